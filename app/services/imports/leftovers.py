"""What imports remember while they run, and its removal."""

from datetime import timedelta
from uuid import UUID

from app.config.database import Database
from app.core.clock import utc_now
from app.core.unit_of_work import unit_of_work
from app.repositories import imports

FORGET_AT_ONCE = 50_000


async def forget(database: Database, import_id: UUID) -> None:
    """Drop the rows one import has met, a transaction a slice."""
    dropped = FORGET_AT_ONCE
    while dropped == FORGET_AT_ONCE:
        async with unit_of_work(database) as session:
            dropped = await imports.forget(session, import_id, FORGET_AT_ONCE)


async def forget_abandoned(database: Database) -> int:
    """Drop what imports left behind that were killed more than a day ago, and old trials; returns how many imports."""
    async with unit_of_work(database) as session:
        await imports.forget_trials(session)
    day_ago = int((utc_now() - timedelta(days=1)).timestamp() * 1000)
    async with database.read() as session:
        abandoned = await imports.abandoned_imports(session, UUID(int=day_ago << 80))
    for import_id in abandoned:
        await forget(database, import_id)
    return len(abandoned)
