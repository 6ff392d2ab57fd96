"""Exports as CSV files of any length: the rows are read a batch at a time, each on a connection of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from app.config.database import Database, ReadSession
from app.core.csv_lines import csv_lines
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction, AuditEntity
from app.schemas.base import RequestModel
from app.services.audit import Actor, filters_of, record

AT_ONCE = 500
R = TypeVar("R")


async def export(
    database: Database,
    actor: Actor,
    entity: AuditEntity,
    filters: RequestModel,
    columns: Sequence[str],
    find_after: Callable[[ReadSession, R | None], Awaitable[Sequence[R]]],
    cells: Callable[[R], Iterable[object]],
) -> AsyncIterator[bytes]:
    """The lines of the file, the first with the head. `find_after` gives the next AT_ONCE rows, in one order.

    The audit has it before the first line leaves.
    """
    async with database.turn(), unit_of_work(database) as writing:
        record(writing, actor, entity, AuditAction.EXPORTED, details=filters_of(filters))
    chunk, after = csv_lines([columns]), None
    while True:
        async with database.turn(), database.read() as session:
            rows = await find_after(session, after)
        yield chunk + csv_lines(cells(row) for row in rows)
        if len(rows) < AT_ONCE:
            return
        chunk, after = b"", rows[-1]
