"""Child processes and the loopback ports they listen on."""

import contextlib
import errno
import functools
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from devstack.system import CALLER, Account, private_opener

LOOPBACK = "127.0.0.1"
IS_LINUX = sys.platform == "linux"
StopSteps = Sequence[tuple[signal.Signals, float]]
# Below the ranges that Linux (32768) and macOS (49152) hand out to outgoing connections, so that a server
# that is restarted finds its port free again.
_PORTS = range(20_000, 32_000)


def port_is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen on the port; raises OSError when the host itself cannot be used."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def free_ports(seed: str) -> Iterator[int]:
    """Yield free loopback ports, the same first one for the same seed as long as it stays free."""
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big")
    for step in range(len(_PORTS)):
        port = _PORTS[(start + step) % len(_PORTS)]
        if port_is_free(LOOPBACK, port):
            yield port


def inherited(data_dir: Path) -> dict[str, str]:
    """Return our own variables, for children that start Python with compiled files kept: without, seconds later."""
    variables = dict(os.environ)
    if variables.pop("PYTHONDONTWRITEBYTECODE", ""):
        variables["PYTHONPYCACHEPREFIX"] = str(data_dir / "pycache")
    return variables


def spawn(
    argv: Sequence[str],
    *,
    cwd: Path,
    log: Path | None,
    env: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    account: Account = CALLER,
    parent_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, so that Ctrl-C reaches it only through us.

    Its output is appended to `log`, or shares our terminal when that is None. On Linux the kernel sends it
    `parent_death` when the calling *thread* ends, so call this from a thread that outlives the child.
    """
    with contextlib.ExitStack() as files:
        output = None if log is None else files.enter_context(open(log, "ab", opener=private_opener))
        return subprocess.Popen(
            [*_death_watch(parent_death), *argv],
            cwd=cwd,
            env=env,
            stdin=stdin,
            stdout=output,
            stderr=None if log is None else subprocess.STDOUT,
            start_new_session=True,
            user=account.uid,
            group=account.gid,
            extra_groups=account.extra_groups,
        )


@functools.cache
def _death_watch(parent_death: signal.Signals) -> tuple[str, ...]:
    # setpriv instead of preexec_fn with prctl: no Python code runs between fork and exec of a threaded parent.
    setpriv = shutil.which("setpriv") if IS_LINUX else None
    if setpriv is None:
        return ()
    prefix = (setpriv, "--pdeathsig", parent_death.name, "--")
    supported = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    return prefix if supported else ()


def end(process: subprocess.Popen[bytes] | psutil.Process, steps: StopSteps) -> None:
    """Send each signal and wait its seconds, until the process is gone."""
    for number, seconds in steps:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        deadline = time.monotonic() + seconds
        while is_alive(process):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        else:
            return


def is_alive(process: subprocess.Popen[bytes] | psutil.Process) -> bool:
    """Tell whether the process still runs; one that nobody has reaped yet does not."""
    if isinstance(process, subprocess.Popen):
        return process.poll() is None
    try:
        alive: bool = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    return alive
