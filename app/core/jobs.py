"""Jobs asked for inside a unit of work. They leave after its commit and are dropped with its rollback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.config.database import WriteSession

_BUFFER = "jobs"


@dataclass(frozen=True, slots=True)
class Job:
    """A task's name and the ids it starts from; it reloads the rest. With `debounce_seconds`: see enqueue_debounced."""

    name: str
    ids: Mapping[str, Any]
    debounce_seconds: int | None = None


class Queue(Protocol):
    """Where jobs are sent. Never raises: what cannot be sent is logged, and the rows it is about ask for it again."""

    async def send(self, jobs: Sequence[Job]) -> None: ...

    async def unattended(self) -> Sequence[str] | None:
        """Queues no living worker takes jobs from; None when no broker is configured. Raises UnavailableError."""

    async def close(self) -> None: ...


def enqueue(session: WriteSession, name: str, /, **ids: Any) -> None:
    """Have the task run once this unit of work is committed. Ids are strings, numbers, UUIDs or lists of them."""
    _buffer(session).append(Job(name, ids))


def enqueue_debounced(session: WriteSession, name: str, seconds: int, /, **ids: Any) -> None:
    """Like enqueue, for a task that many writes ask for: asked any number of times with the same ids, it runs once.

    It runs `seconds` after the first call of a series and sees every write whose call came before it started.
    """
    _buffer(session).append(Job(name, ids, seconds))


def start_buffer(session: WriteSession) -> list[Job]:
    """Let jobs be asked for in this session; returns the list they are put into."""
    jobs: list[Job] = []
    session.info[_BUFFER] = jobs
    return jobs


def _buffer(session: WriteSession) -> list[Job]:
    try:
        jobs: list[Job] = session.info[_BUFFER]
    except KeyError:
        msg = "This unit of work was opened without a queue, so no job can be asked for in it"
        raise RuntimeError(msg) from None
    return jobs
