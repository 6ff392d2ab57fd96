"""The one place that commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.config.database import Database, WriteSession


@asynccontextmanager
async def unit_of_work(database: Database) -> AsyncIterator[WriteSession]:
    """Open a write session; commit when the block ends, roll back when it raises."""
    async with database.write() as session:
        yield session
        await session.commit()
