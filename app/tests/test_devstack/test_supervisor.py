"""The supervisor's decisions, on children that die when told to."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from devstack.supervisor import (
    Patience,
    Process,
    Step,
    StopRequest,
    StopRequestedError,
    Supervisor,
    Surroundings,
    run_step,
)
from devstack.system import DevstackError

QUICK = Patience(failures=3, first_delay_seconds=0.001, ready_seconds=0.2)


class Fragile:
    """Dies after every start until `restart` has been called `lives` times."""

    def __init__(self, name: str, *, lives: int, journal: list[str], then: Callable[[], None] = lambda: None) -> None:
        self.name = name
        self._lives = lives
        self._journal = journal
        self._then = then

    def poll(self) -> int | None:
        return 7 if self._lives else None

    def restart(self) -> None:
        self._journal.append(f"restart {self.name}")
        self._lives -= 1
        if not self._lives:
            self._then()

    def stop(self) -> None:
        self._journal.append(f"stop {self.name}")


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(cwd=tmp_path, env={}, logs=tmp_path)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_child_that_died_is_restarted_and_all_stop_in_reverse_order() -> None:
    journal: list[str] = []
    said: list[str] = []
    request = StopRequest()

    def ask_to_stop() -> None:
        request.requested = True

    supervisor = Supervisor(request, said.append, QUICK)
    supervisor.add(Fragile("database", lives=0, journal=journal))
    supervisor.add(Fragile("api", lives=2, journal=journal, then=ask_to_stop))
    supervisor.watch()
    supervisor.stop_all()
    assert journal == ["restart api", "restart api", "stop api", "stop database"]
    assert said[0] == "api ended unexpectedly (exit code 7); starting it again in 0.001 s."
    assert said[1].endswith("in 0.002 s.")


def test_a_child_that_keeps_dying_ends_the_stack_with_a_sentence() -> None:
    journal: list[str] = []
    supervisor = Supervisor(StopRequest(), lambda _: None, QUICK)
    supervisor.add(Fragile("api", lives=100, journal=journal))
    with pytest.raises(DevstackError, match="api ended 4 times in a row \\(exit code 7\\); giving up"):
        supervisor.watch()
    assert journal == ["restart api"] * 3


def test_deaths_long_ago_are_forgiven() -> None:
    journal: list[str] = []
    request = StopRequest()

    def ask_to_stop() -> None:
        request.requested = True

    forgiving = Patience(failures=1, first_delay_seconds=0.001, window_seconds=0.05)
    supervisor = Supervisor(request, lambda _: None, forgiving)
    supervisor.add(Fragile("api", lives=3, journal=journal, then=ask_to_stop))
    supervisor.watch()
    assert journal == ["restart api"] * 3


def test_a_process_that_ends_or_idles_before_it_is_ready_is_an_error(around: Surroundings) -> None:
    supervisor = Supervisor(StopRequest(), lambda _: None, Patience())
    with pytest.raises(DevstackError, match="crashing ended with exit code 4"):
        supervisor.start(Process("crashing", python("raise SystemExit(4)"), is_ready=lambda: False), around)
    supervisor = Supervisor(StopRequest(), lambda _: None, QUICK)
    idle = Process("idle", python("import time; time.sleep(600)"), is_ready=lambda: False)
    with pytest.raises(DevstackError, match="idle was not ready after"):
        supervisor.start(idle, around)
    supervisor.stop_all()


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    pids: list[int] = []
    around = Surroundings(cwd=tmp_path, env={}, logs=tmp_path, record=lambda _name, pid: pids.append(pid))
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w'); time.sleep(600)"
    supervisor = Supervisor(StopRequest(), lambda _: None, Patience())
    supervisor.start(Process("deaf", python(deaf), is_ready=(tmp_path / "deaf").exists, grace_seconds=0.1), around)
    supervisor.stop_all()
    assert not psutil.pid_exists(pids[0])


def test_a_failed_step_shows_the_end_of_its_log(around: Surroundings) -> None:
    step = Step("Schema", python("import sys; print('column lost', file=sys.stderr); sys.exit(2)"), log="setup.log")
    with pytest.raises(DevstackError, match=r"Schema failed with exit code 2; .*\n.*column lost"):
        run_step(step, around, StopRequest())
    assert (around.logs / "setup.log").stat().st_mode & 0o077 == 0


def test_a_step_reads_its_input_even_when_it_does_not_want_it(around: Surroundings) -> None:
    copy = Step("Copy", python("import sys; open('copy', 'w').write(sys.stdin.read())"), stdin="secret\n")
    run_step(copy, around, StopRequest())
    assert (around.cwd / "copy").read_text() == "secret\n"
    run_step(Step("Deaf", python("pass"), stdin="x" * 10_000), around, StopRequest())


def test_no_step_begins_after_a_stop_request(around: Surroundings) -> None:
    request = StopRequest()
    request.requested = True
    with pytest.raises(StopRequestedError):
        run_step(Step("Late", python("open('late', 'w')")), around, request)
    assert not (around.cwd / "late").exists()


def test_an_ignored_hangup_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[signal.Signals] = []
    monkeypatch.setattr(signal, "signal", lambda number, _handler: taken.append(number))
    monkeypatch.setattr(signal, "getsignal", lambda _number: signal.SIG_IGN)
    StopRequest().listen()
    assert taken == [signal.SIGINT, signal.SIGTERM]
