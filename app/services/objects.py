"""Objects of the storage and the rows that need them: neither may be left alone by a crash.

Before an object is written its key is noted as loose (`hold`); the transaction that writes the row which needs it takes
the note away (`settle`), and the one that deletes the row makes a note again (`let_go`). What stays noted is removed
from the storage: an hour after it was held, at once after it was let go.
"""

from collections.abc import Sequence
from uuid import UUID

import structlog

from app.config.database import Database, WriteSession
from app.core.exceptions import UnavailableError
from app.core.jobs import enqueue
from app.core.unit_of_work import unit_of_work
from app.infrastructure.storage import Storage
from app.repositories import loose_objects

log = structlog.get_logger()
AT_ONCE = 200
MOST_FAILURES = 3


async def hold(session: WriteSession, property_id: UUID, keys: Sequence[str]) -> None:
    """In a transaction of its own, before the objects are written. Raises UnavailableError."""
    if await loose_objects.hold(session, property_id, keys) < len(keys):
        raise _going()


async def settle(session: WriteSession, keys: Sequence[str]) -> None:
    """Together with the row that needs the objects. Raises UnavailableError when they were held too long ago."""
    if await loose_objects.settle(session, keys) < len(keys):
        raise _going()


async def let_go(session: WriteSession, property_id: UUID, keys: Sequence[str]) -> None:
    """Together with the deletion of the row that needed them."""
    await loose_objects.let_go(session, property_id, keys)
    enqueue(session, "images.remove_loose_objects")


async def remove_due(database: Database, storage: Storage) -> int:
    """Remove what nobody needs; returns how many objects. What fails is tried again in ten minutes."""
    removed = 0
    while True:
        async with unit_of_work(database) as session:
            keys = await loose_objects.begin_removal(session, AT_ONCE)
        gone: list[str] = []
        failed: list[str] = []
        for key in keys:
            if len(failed) == MOST_FAILURES:
                break
            try:
                await storage.delete(key)
            except UnavailableError as error:
                log.warning("object_not_removed", key=key, reason=error.detail)
                failed.append(key)
            else:
                gone.append(key)
        async with unit_of_work(database) as session:
            await loose_objects.end_removal(session, gone=gone, failed=failed)
        removed += len(gone)
        if failed or len(keys) < AT_ONCE:
            return removed


def _going() -> UnavailableError:
    return UnavailableError("The same picture is being removed at this moment; try again", retry_after_seconds=10)
