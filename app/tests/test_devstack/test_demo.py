"""`demo` and `env` as programs, with stand-ins for the app's commands: what a person at the terminal meets."""

import contextlib
import hashlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
from typer.testing import CliRunner

from app.tests.test_devstack.waiting import DEADLINE_SECONDS, eventually
from devstack.__main__ import cli
from devstack.plan import Address
from devstack.processes import LOOPBACK, port_is_free
from devstack.state import StackState

DEVSTACK = [sys.executable, "-m", "devstack"]
STAND_IN = [sys.executable, "-m", "app.tests.test_devstack.stand_in"]


class Terminal:
    """One demo of the stand-in plan in its own process."""

    def __init__(self, data_dir: Path, port: int, mode: str = "") -> None:
        self.data_dir = data_dir
        self.address = Address(LOOPBACK, port)
        self._output = data_dir.parent / "terminal.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*STAND_IN, str(data_dir), str(port), *([mode] if mode else [])],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def screen(self) -> str:
        return self._output.read_text()

    def shows(self, text: str) -> bool:
        assert self.process.poll() is None, self.screen
        return text in self.screen

    def wait_until_running(self) -> None:
        eventually(lambda: self.shows("CasaBricks is running"))

    def pids(self) -> dict[str, int]:
        recorded = json.loads((self.data_dir / "stack.json").read_text())["processes"]
        postgres = (self.data_dir / "postgres/data/postmaster.pid").read_text().split("\n")[0]
        valkey = (self.data_dir / "valkey/data/valkey.pid").read_text()
        return {"api": recorded["API"][0], "postgres": int(postgres), "valkey": int(valkey)}

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_SECONDS)


def api_port(home: Path) -> int:
    """A free port below those that the stack gives to its servers, which would otherwise be the API's now and then."""
    start = int.from_bytes(hashlib.sha256(str(home).encode()).digest()[:2], "big") % 9000
    return next(port for port in range(10_000 + start, 20_000) if port_is_free(LOOPBACK, port))


@contextlib.contextmanager
def demo(home: Path, port: int | None = None, mode: str = "") -> Iterator[Terminal]:
    terminal = Terminal(home / "data", port or api_port(home), mode)
    try:
        yield terminal
    finally:
        if terminal.process.poll() is None:
            terminal.end(signal.SIGTERM)


def env(data_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DEVSTACK, "env", "--data-dir", str(data_dir)], capture_output=True, text=True, check=False)


def after_the_shown_line(screen: str) -> dict[str, str]:
    """The variables of a shell that has run what the demo says another terminal should run."""
    (line,) = (line for line in screen.splitlines() if "eval" in line)
    shell = subprocess.run(["/bin/sh", "-ec", f"{line}\nenv"], capture_output=True, text=True, check=True)
    return dict(assignment.split("=", 1) for assignment in shell.stdout.splitlines() if "=" in assignment)


def database_url(terminal: Terminal) -> str:
    environment = StackState(terminal.data_dir).environment()
    assert environment is not None
    return environment["DATABASE_URL"]


async def database_answer(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def exports(printed: str) -> dict[str, str]:
    words = (shlex.split(line) for line in printed.splitlines())
    return dict(assignment.split("=", 1) for export, assignment in words if export == "export")


def test_env_without_a_demo_is_one_sentence_on_stderr(tmp_path: Path) -> None:
    asked = env(tmp_path / "nothing")
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "uv run casabricks demo" in asked.stderr
    assert asked.stderr.count("\n") == 1


def test_a_taken_port_is_refused_before_anything_starts(scratch: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with demo(scratch, port) as terminal:
            assert terminal.process.wait(DEADLINE_SECONDS) == 1
    assert f"Port {port} on 127.0.0.1 is taken" in terminal.screen
    assert "--port" in terminal.screen
    assert not (terminal.data_dir / "postgres").exists()


def test_values_out_of_range_are_refused(tmp_path: Path) -> None:
    for option, value in (("--listings", "0"), ("--listings", "1000001"), ("--port", "70000"), ("--workers", "0")):
        refused = CliRunner().invoke(cli, ["demo", "--data-dir", str(tmp_path), option, value])
        assert refused.exit_code == 2
        assert option in refused.stderr


async def test_a_demo_serves_repairs_itself_and_ends_everything_on_a_signal(scratch: Path) -> None:
    with demo(scratch) as terminal:
        terminal.wait_until_running()
        environment = exports(env(terminal.data_dir).stdout)
        assert environment == StackState(terminal.data_dir).environment()
        assert environment.items() <= after_the_shown_line(terminal.screen).items()
        assert set(environment) == {
            "APP_ENV",
            "DATABASE_URL",
            "REDIS_URL",
            "CELERY_BROKER_URL",
            "CELERY_RESULT_BACKEND",
            "STORAGE_FOLDER",
            "MAIL_FOLDER",
            "METRICS_FOLDER",
            "LEADS_INBOX",
            "SECRET_KEY",
            "JWT_SECRET_KEY",
            "PUBLIC_URL",
            "AI_SERVICE_API_URL",
            "AI_SERVICE_API_KEY",
            "AI_SERVICE_WEBHOOK_SECRET",
            "AI_SERVICE_PRIVATE_ADDRESSES",
            "ENHANCER_API_KEY",
            "ENHANCER_WEBHOOK_SECRET",
            "ENHANCER_CLIENT_HOSTS",
            "ENHANCER_PUBLIC_URL",
            "ENHANCER_PORT",
            "ENHANCER_DATA_FOLDER",
        }
        await database_answer(environment["DATABASE_URL"], "CREATE TABLE kept AS SELECT 42 AS answer")

        with demo(scratch, terminal.address.port + 1) as second:
            assert second.process.wait(DEADLINE_SECONDS) == 1
        assert "A demo already runs here" in second.screen
        terminal_pids = terminal.pids()

        for name, pid in terminal_pids.items():
            os.kill(pid, signal.SIGKILL)
            eventually(lambda name=name, pid=pid: alive_with_another_pid(terminal, name, pid))  # type: ignore[misc] # a default binds the loop variable
        eventually(lambda: terminal.address.answers("/"))
        assert await database_answer(environment["DATABASE_URL"], "SELECT answer FROM kept") == 42

        pids = terminal.pids()
        assert terminal.end(signal.SIGINT) == 0
    assert not any(psutil.pid_exists(pid) for pid in pids.values())
    assert not (terminal.data_dir / "stack.json").exists()
    assert StackState(terminal.data_dir).environment() is None


def alive_with_another_pid(terminal: Terminal, name: str, pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ValueError):
        return terminal.pids()[name] != pid
    return False


async def test_after_an_interrupted_load_and_a_kill_the_next_start_goes_on_with_the_data(scratch: Path) -> None:
    with demo(scratch, mode="linger") as interrupted:
        loads = interrupted.data_dir / "loads"
        eventually(loads.exists)
        assert interrupted.end(signal.SIGINT) == 0

    with demo(scratch) as killed:
        killed.wait_until_running()
        url = database_url(killed)
        await database_answer(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        orphans = killed.pids()
        killed.end(signal.SIGKILL)
    assert StackState(killed.data_dir).environment() is None, "a stack without its demo is not running"

    with demo(scratch, killed.address.port) as terminal:
        terminal.wait_until_running()
        assert not set(orphans.values()) & set(terminal.pids().values())
        assert database_url(terminal) == url
        assert await database_answer(url, "SELECT answer FROM kept") == 42
        assert loads.read_text() == "xx", "interrupted, repeated, and then never again"
        assert terminal.end(signal.SIGHUP) == 0


def test_a_failed_step_ends_the_demo_with_its_output(scratch: Path) -> None:
    with demo(scratch, mode="fail") as terminal:
        assert terminal.process.wait(DEADLINE_SECONDS) == 1
    assert "Schema failed with exit code 3" in terminal.screen
    assert "schema for development" in terminal.screen
    assert not (terminal.data_dir / "postgres/data/postmaster.pid").exists()
