"""POSIX building blocks: the account that runs the servers, private files and directories, and locks on them."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

CHOOSE_ANOTHER = "choose another data directory with --data-dir, or DATA_DIR= with make."
_ACCOUNT_NAME = "casabricks"
_SCRATCH = "casabricks-scratch-"
_SCRATCH_BYTES = 4 << 30


class DevstackError(Exception):
    """Something the person at the terminal can act on; the text is the whole message."""


class DirectoryBusyError(DevstackError):
    """Another live process holds the directory."""


@dataclass(frozen=True)
class Account:
    """The operating-system user that runs the servers; without ids, the caller."""

    uid: int | None = None
    gid: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """Supplementary groups: none for a dedicated account, unchanged for the caller."""
        return None if self.uid is None else []

    def give(self, file: Path | int) -> None:
        """Make the account the owner of a path or open file."""
        if self.uid is not None and self.gid is not None:
            os.chown(file, self.uid, self.gid)

    def can_enter(self, path: Path) -> bool:
        """Tell whether the account may search the directory (or run the file) `path`, parents included."""
        return self.uid is None or self.run(["test", "-x", str(path)]).returncode == 0

    def run(
        self, command: list[str], *, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a short command to its end as this account and return its output."""
        return subprocess.run(
            command,
            input=stdin,
            env=env,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            user=self.uid,
            group=self.gid,
            extra_groups=self.extra_groups,
        )


CALLER = Account()


def server_account(data: Path) -> Account:
    """Return the account for a server on `data`: the caller's own unless that is root.

    PostgreSQL refuses to run as root, so for root this is the owner of existing data, else a dedicated
    system user (created once), else `nobody`.
    """
    if os.geteuid() != 0:
        return CALLER
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    entry = _dedicated_user() or pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _dedicated_user() -> pwd.struct_passwd | None:
    for _ in range(10):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(_ACCOUNT_NAME)
        useradd = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
        if useradd is None:
            return None
        command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        added = subprocess.run([*command, _ACCOUNT_NAME], capture_output=True, check=False)
        if added.returncode != 0:
            time.sleep(0.2)  # another process may hold the lock of the user database
    return None


def default_directory() -> Path:
    """Return `.casabricks` in the current folder, or what stands for it where the server account cannot enter.

    That is in a private home of root's, as most containers have it: a place in /var/lib then, named after the folder.
    """
    here = Path(".casabricks").resolve()
    if os.geteuid() != 0 or all(folder.stat().st_mode & stat.S_IXOTH for folder in here.parents):
        return here
    digest = hashlib.sha256(str(here).encode()).hexdigest()
    return Path("/var/lib/casabricks") / f"{here.parent.name}-{digest[:8]}"


def private_directory(path: Path) -> None:
    """Create `path` for the caller alone (root's stays passable: the server account works inside it).

    A directory that already holds files keeps its mode: it may be somebody's home. An empty parent of root's,
    such as mkdtemp() makes, becomes passable as well. Raises DevstackError.
    """
    as_root = os.geteuid() == 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if as_root and not any(path.parent.iterdir()):
            path.parent.chmod(path.parent.stat().st_mode | 0o011)
        path.mkdir(exist_ok=True)
        if not any(path.iterdir()):
            path.chmod(0o711 if as_root else 0o700)
    except OSError as error:
        message = f"Cannot use the data directory {path} ({error.strerror}): {CHOOSE_ANOTHER}"
        raise DevstackError(message) from error


@contextlib.contextmanager
def scratch_directory() -> Iterator[Path]:
    """Give a directory for throw-away servers, in memory where there is room, and remove it afterwards."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes an unguessable name in it
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _SCRATCH_BYTES
    parent = memory if roomy else Path(tempfile.gettempdir())
    _remove_leftovers(parent)
    path = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{os.getpid()}-", dir=parent))
    private_directory(path)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _remove_leftovers(parent: Path) -> None:
    """Of processes that were killed: in memory they would stay until the machine starts anew."""
    for path in parent.glob(f"{_SCRATCH}*"):
        number = path.name.removeprefix(_SCRATCH).partition("-")[0]
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            shutil.rmtree(path, ignore_errors=True)


def write_private(path: Path, text: str, account: Account = CALLER) -> None:
    """Replace `path` with `text` in one step; only the caller (or `account`) may read it."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    with open(temporary, "x", opener=private_opener) as file:
        account.give(file.fileno())
        file.write(text)
    temporary.replace(path)


def private_opener(path: str, flags: int) -> int:
    """For open(): a new file is readable by the caller only."""
    return os.open(path, flags, 0o600)


def stored_secret(path: Path) -> str:
    """Return the random text kept in `path` (64 URL-safe characters), made on first use."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text()


class DirectoryLock:
    """At most one live process owns a directory; the kernel frees it when that process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / ".lock"
        self._descriptor: int | None = None

    def acquire(self, *, patience: float = 0.3) -> None:
        """Take the lock; raises DirectoryBusyError after `patience` seconds, DevstackError without permission."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as error:
            message = f"{self._path.parent} belongs to another user: {CHOOSE_ANOTHER}"
            raise DevstackError(message) from error
        deadline = time.monotonic() + patience
        while not _try_lock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                owner = os.read(descriptor, 20).decode() or "?"
                os.close(descriptor)
                message = f"{self._path.parent} is in use by the running process {owner}."
                raise DirectoryBusyError(message)
            time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def is_held(self) -> bool:
        """Tell whether a live process, this one included, holds the lock."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except (FileNotFoundError, PermissionError):
            return False
        try:
            return not _try_lock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
