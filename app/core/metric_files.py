"""Counts of all processes of a machine, added up: each process writes into files of its own in one folder.

A process takes the lowest free slot, which is a locked file, and goes on counting where the slot's last holder
stopped. So a count outlives the process that made it, however it ended, and there are never more files than there were
processes at once. Who finds no slot taken empties the folder: counts start anew, and none is left of an older version.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.core.exceptions import UnavailableError

# The kinds that are kept in files. What is true now (gauges) is asked of the database instead.
_KINDS = ("counter", "histogram")
_FILE_BYTES = 64 * 1024


class _Slots:
    folder: Path | None = None
    number: int | None = None
    held: int | None = None
    """The open file that keeps the slot locked, until the process ends."""
    value: Any = None
    """The library's class of values in files."""


def keep_in(folder: Path) -> bool:
    """Keep this process's counts there from now on; False when they are kept already. Raises OSError."""
    if _Slots.folder is not None:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    _Slots.folder = folder.absolute()
    try:
        _slot()
    except OSError:
        _Slots.folder = None
        raise
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_Slots.folder)  # where the library looks for it
    _Slots.value = values.MultiProcessValue(_slot)  # type: ignore[no-untyped-call] # the library's own
    return True


def exposition(further: Iterable[Metric]) -> bytes:
    """All counts and these, as Prometheus reads them. Blocks; call it in a thread. Raises UnavailableError."""
    if _Slots.folder is None:
        raise UnavailableError("The metrics folder cannot be used; the log says why")
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(_Slots.folder))  # type: ignore[no-untyped-call] # the library's own
    registry.register(_Ready(further))
    return generate_latest(registry)


class _Ready(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self.metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self.metrics


def _value(*args: Any, **options: Any) -> Any:
    """In memory while this process keeps no files: commands never do, and servers and workers from their start."""
    return (_Slots.value or values.MutexValue)(*args, **options)


values.ValueClass = _value


def _slot() -> int:
    if _Slots.number is None:
        assert _Slots.folder is not None  # noqa: S101 - it was set first
        _Slots.number, _Slots.held = _take_slot(_Slots.folder)
    return _Slots.number


def _take_slot(folder: Path) -> tuple[int, int]:
    with _alone(folder):
        if not any(_is_held(path) for path in folder.glob("slot-*.lock")):
            for path in folder.glob("*.db"):
                path.unlink()
        held, number = None, -1
        while held is None:
            number += 1
            held = _lock(folder / f"slot-{number}.lock")
        for kind in _KINDS:
            # Of full size at once: a reader must never see it empty.
            path = folder / f"{kind}_{number}.db"
            if not path.exists():
                new = path.with_suffix(".new")
                new.write_bytes(bytes(_FILE_BYTES))
                new.rename(path)
    return number, held


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _lock(path: Path) -> int | None:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _is_held(path: Path) -> bool:
    file = _lock(path)
    if file is None:
        return True
    os.close(file)
    return False


def _leave_to_parent() -> None:
    """A child process counts in a slot of its own."""
    if _Slots.held is not None:
        os.close(_Slots.held)
    _Slots.number = _Slots.held = None


os.register_at_fork(after_in_child=_leave_to_parent)
