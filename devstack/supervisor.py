"""Keeps a stack of children running: starts them, restarts what dies, stops everything in the reverse order."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

from devstack import processes
from devstack.server_base import ServerError
from devstack.system import DevstackError

_TICK_SECONDS = 0.1
Popen = subprocess.Popen[bytes]


class StopRequestedError(Exception):
    """The person asked to stop while something was being set up."""


class StopRequest:
    """Becomes `requested` on Ctrl-C, SIGTERM and SIGHUP.

    A plain attribute and not a threading.Event, whose lock a signal handler could find already taken by the
    thread that it interrupts.
    """

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> None:
        """Take over the signals; a SIGHUP that is ignored (nohup) stays ignored."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    def check(self) -> None:
        """Raise StopRequestedError when a stop was asked for."""
        if self.requested:
            raise StopRequestedError

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True


class Child(Protocol):
    """What the supervisor needs of a server or process."""

    @property
    def name(self) -> str: ...

    def poll(self) -> int | None: ...

    def restart(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Process:
    """A program of the app that the stack keeps running. Without `log` its output shares our terminal."""

    name: str
    argv: Sequence[str]
    is_ready: Callable[[], bool] = lambda: True
    log: str | None = None
    grace_seconds: float = 20


@dataclass(frozen=True)
class Step:
    """A command that runs to its end before the processes start; its output goes to `log`, else the terminal."""

    title: str
    argv: Sequence[str]
    stdin: str = ""
    log: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """Where commands run; `record(name, pid)` notes every child, for the clean-up after a killed stack."""

    cwd: Path
    env: Mapping[str, str]
    logs: Path
    record: Callable[[str, int], None] = lambda _name, _pid: None

    def spawn(self, name: str, argv: Sequence[str], log: str | None, *, stdin: int = subprocess.DEVNULL) -> Popen:
        """Start a command here."""
        path = None if log is None else self.logs / log
        child = processes.spawn(argv, cwd=self.cwd, env=self.env, log=path, stdin=stdin)
        self.record(name, child.pid)
        return child

    def output_of(self, log: str | None) -> str:
        """Say where a child's output is, with the end of its log if it has one."""
        if log is None:
            return "its output is above"
        lines = (self.logs / log).read_text(errors="replace").splitlines()
        return "\n".join([f"the end of {self.logs / log}:", *lines[-12:]])


def run_step(step: Step, around: Surroundings, stop: StopRequest) -> None:
    """Run the command to its end.

    Raises DevstackError when it fails, StopRequestedError after ending it when a stop is asked for meanwhile.
    """
    stop.check()
    child = around.spawn(step.title, step.argv, step.log, stdin=subprocess.PIPE)
    try:
        if child.stdin is not None:
            with contextlib.suppress(BrokenPipeError), child.stdin as pipe:
                pipe.write(step.stdin.encode())
        while child.poll() is None:
            stop.check()
            time.sleep(_TICK_SECONDS / 2)
    finally:
        # SIGINT first: Python programs restore the terminal on KeyboardInterrupt.
        processes.end(child, ((signal.SIGINT, 5), (signal.SIGTERM, 5), (signal.SIGKILL, 5)))
    if child.returncode != 0:
        message = f"{step.title} failed with exit code {child.returncode}; {around.output_of(step.log)}"
        raise DevstackError(message)


class RunningProcess:
    """A started Process."""

    def __init__(self, process: Process, around: Surroundings) -> None:
        self.process = process
        self._around = around
        self._child = around.spawn(process.name, process.argv, process.log)

    @property
    def name(self) -> str:
        """The name to show."""
        return self.process.name

    @property
    def pid(self) -> int:
        """Its process id, which is its group's as well."""
        return self._child.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._child.poll()

    def restart(self) -> None:
        """Start it again after it ended."""
        self._end_group()
        self._child = self._around.spawn(self.process.name, self.process.argv, self.process.log)

    def stop(self) -> None:
        """End it, politely at first."""
        processes.end(self._child, ((signal.SIGTERM, self.process.grace_seconds), (signal.SIGKILL, 5)))
        self._end_group()

    def _end_group(self) -> None:
        # Workers of a process that was killed would keep its port; the group is the child's own.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Patience:
    """How often a child may die before the stack gives up: `failures` within `window_seconds`."""

    failures: int = 5
    window_seconds: float = 60
    first_delay_seconds: float = 0.5
    ready_seconds: float = 60


class Supervisor:
    """Owns the children, in the order they were started."""

    def __init__(self, stop: StopRequest, say: Callable[[str], None], patience: Patience) -> None:
        self._stop = stop
        self._say = say
        self._patience = patience
        self._children: list[Child] = []
        self._deaths: dict[str, list[float]] = {}
        self._due: dict[str, float] = {}

    def add(self, child: Child) -> None:
        """Take charge of a started child."""
        self._children.append(child)

    def start(self, process: Process, around: Surroundings) -> None:
        """Start a process and wait until it is ready. Raises DevstackError or StopRequestedError."""
        self._stop.check()
        running = RunningProcess(process, around)
        self.add(running)
        deadline = time.monotonic() + self._patience.ready_seconds
        while not process.is_ready():
            self._stop.check()
            if (code := running.poll()) is not None:
                output = around.output_of(process.log)
                message = f"{process.name} ended with exit code {code} before it was ready; {output}"
                raise DevstackError(message)
            if time.monotonic() > deadline:
                message = f"{process.name} was not ready after {self._patience.ready_seconds:.0f} seconds."
                raise DevstackError(message)
            time.sleep(_TICK_SECONDS)

    def watch(self) -> None:
        """Return when a stop is asked for; raise DevstackError when a child keeps dying."""
        while not self._stop.requested:
            self.attend()
            time.sleep(_TICK_SECONDS)

    def attend(self) -> None:
        """Restart what ended and is due; raise DevstackError when a child keeps dying."""
        for child in self._children:
            self._attend(child)

    def stop_all(self) -> None:
        """End every child, the last started first."""
        while self._children:
            self._children.pop().stop()

    def _attend(self, child: Child) -> None:
        code = child.poll()
        if code is None:
            return
        now = time.monotonic()
        if child.name not in self._due:
            self._due[child.name] = now + self._delay(child.name, code, now)
        if now >= self._due[child.name]:
            del self._due[child.name]
            try:
                child.restart()
            except ServerError as error:
                self._say(str(error))  # still down: the next tick counts another failure

    def _delay(self, name: str, code: int, now: float) -> float:
        patience = self._patience
        deaths = [at for at in self._deaths.get(name, []) if now - at < patience.window_seconds] + [now]
        self._deaths[name] = deaths
        if len(deaths) > patience.failures:
            message = f"{name} ended {len(deaths)} times in a row (exit code {code}); giving up."
            raise DevstackError(message)
        delay = patience.first_delay_seconds * 2.0 ** (len(deaths) - 1)
        self._say(f"{name} ended unexpectedly (exit code {code}); starting it again in {delay:g} s.")
        return delay
