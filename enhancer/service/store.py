"""Jobs on disk: what was asked, how it ended, and which callbacks are still due. One SQLite file, no other state."""

import contextlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from enhancer.service.wire import EnhanceRequest

# Standard Webhooks, "Operational considerations": seconds after the attempt before.
SCHEDULE = (0, 5, 5 * 60, 30 * 60, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24)))
_BUSY_SECONDS = 20

_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS jobs (
    reference TEXT PRIMARY KEY,
    idempotency_key TEXT NOT NULL UNIQUE,
    job_id TEXT NOT NULL,
    request TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'success', 'failed')),
    accepted_at REAL NOT NULL,
    starts INTEGER NOT NULL DEFAULT 0,
    ended_at REAL,
    seconds REAL,
    result TEXT,
    error TEXT,
    webhook_id TEXT NOT NULL,
    callbacks_sent INTEGER NOT NULL DEFAULT 0,
    callback_due REAL
)
""",
    "CREATE INDEX IF NOT EXISTS jobs_waiting ON jobs (accepted_at) WHERE state = 'waiting'",
    "CREATE INDEX IF NOT EXISTS jobs_due ON jobs (callback_due) WHERE callback_due IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS jobs_by_job_id ON jobs (job_id, accepted_at)",
)


class OtherRequestError(Exception):
    """The idempotency key was used before, for another request."""


class QueueFullError(Exception):
    """As many jobs wait as the service takes."""


@dataclass(frozen=True)
class Job:
    """One row."""

    reference: str
    job_id: str
    request: EnhanceRequest
    state: str
    starts: int
    seconds: float | None
    result: str | None
    error: str | None
    webhook_id: str
    callbacks_sent: int


class Store:
    """Every method is one transaction, durable when it returns; callable from any thread."""

    def __init__(
        self, path: Path, *, schedule: Sequence[float] = SCHEDULE, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._schedule = schedule
        self._clock = clock
        with self._transaction() as database:
            for statement in _SCHEMA:
                database.execute(statement)

    def add(self, key: str, request: EnhanceRequest, max_queue: int) -> Job:
        """Return the new job, or the one that the key was first used for. Raises OtherRequestError, QueueFullError."""
        text = request.model_dump_json()
        with self._transaction() as database:
            kept = database.execute("SELECT * FROM jobs WHERE idempotency_key = ?", (key,)).fetchone()
            if kept is not None:
                if kept["request"] != text:
                    raise OtherRequestError
                return _job(kept)
            waiting = database.execute("SELECT count(*) FROM jobs WHERE state = 'waiting'").fetchone()[0]
            if waiting >= max_queue:
                raise QueueFullError
            values = (_name("job"), key, request.job_id, text, self._clock(), _name("msg"))
            row = database.execute(
                "INSERT INTO jobs (reference, idempotency_key, job_id, request, accepted_at, webhook_id)"
                " VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
                values,
            ).fetchone()
            return _job(row)

    def find(self, name: str) -> Job | None:
        """Return the job of this reference, or the newest with this job_id."""
        with self._transaction() as database:
            row = database.execute(
                "SELECT * FROM jobs WHERE reference = ? OR job_id = ? ORDER BY accepted_at DESC LIMIT 1", (name, name)
            ).fetchone()
            return _job(row) if row else None

    def start(self, running: Sequence[str]) -> Job | None:
        """Return the job that has waited longest and is not among `running`, its start counted; None without one."""
        marks = ", ".join("?" * len(running))
        with self._transaction() as database:
            row = database.execute(
                f"UPDATE jobs SET starts = starts + 1 WHERE reference = ("  # noqa: S608 - question marks
                f"SELECT reference FROM jobs WHERE state = 'waiting' AND reference NOT IN ({marks})"
                " ORDER BY accepted_at LIMIT 1) RETURNING *",
                running,
            ).fetchone()
            return _job(row) if row else None

    def discount(self, job: Job) -> None:
        """Take back that the job was started; it still waits."""
        with self._transaction() as database:
            database.execute("UPDATE jobs SET starts = starts - 1 WHERE reference = ?", (job.reference,))

    def end(self, job: Job, *, seconds: float, result: str | None = None, error: str | None = None) -> None:
        """Note how the job ended, and that its first callback is due."""
        now = self._clock()
        state = "failed" if result is None else "success"
        with self._transaction() as database:
            database.execute(
                "UPDATE jobs SET state = ?, ended_at = ?, seconds = ?, result = ?, error = ?, callback_due = ?"
                " WHERE reference = ?",
                (state, now, seconds, result, error, now + self._schedule[0], job.reference),
            )

    def due(self, limit: int) -> list[Job]:
        """Return jobs whose callback is due, the longest due first."""
        with self._transaction() as database:
            rows = database.execute(
                "SELECT * FROM jobs WHERE callback_due <= ? ORDER BY callback_due LIMIT ?", (self._clock(), limit)
            ).fetchall()
            return [_job(row) for row in rows]

    def seconds_until_due(self) -> float | None:
        """Return how long no callback is due; None when none waits."""
        with self._transaction() as database:
            at = database.execute("SELECT min(callback_due) FROM jobs").fetchone()[0]
            return None if at is None else max(0.0, at - self._clock())

    def callback_sent(self, job: Job, *, delivered: bool) -> None:
        """Note that a callback went out; when it was not taken the next is due by the schedule, while that lasts."""
        sent = job.callbacks_sent + 1
        again = not delivered and sent < len(self._schedule)
        due = self._clock() + self._schedule[sent] if again else None
        with self._transaction() as database:
            database.execute(
                "UPDATE jobs SET callbacks_sent = ?, callback_due = ? WHERE reference = ?", (sent, due, job.reference)
            )

    def waiting(self) -> int:
        """Return how many jobs have not ended."""
        with self._transaction() as database:
            return int(database.execute("SELECT count(*) FROM jobs WHERE state = 'waiting'").fetchone()[0])

    def forget(self, older_than: float) -> None:
        """Remove jobs that ended more seconds ago than this."""
        with self._transaction() as database:
            database.execute("DELETE FROM jobs WHERE ended_at < ?", (self._clock() - older_than,))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            database.row_factory = sqlite3.Row
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")
        finally:
            database.close()  # what was not committed is rolled back


def _job(row: sqlite3.Row) -> Job:
    return Job(
        reference=row["reference"],
        job_id=row["job_id"],
        request=EnhanceRequest.model_validate_json(row["request"]),
        state=row["state"],
        starts=row["starts"],
        seconds=row["seconds"],
        result=row["result"],
        error=row["error"],
        webhook_id=row["webhook_id"],
        callbacks_sent=row["callbacks_sent"],
    )


def _name(kind: str) -> str:
    return f"{kind}_{secrets.token_urlsafe(18)}"
