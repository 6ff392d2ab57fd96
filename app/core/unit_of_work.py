"""The one place that commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.config.database import Database, WriteSession
from app.core.jobs import Job, Queue, start_buffer


@asynccontextmanager
async def unit_of_work(database: Database, queue: Queue | None = None) -> AsyncIterator[WriteSession]:
    """Open a write session; commit when the block ends, roll back when it raises.

    Jobs asked for meanwhile (app/core/jobs.py) are sent after the commit, when the connection is given back.
    """
    jobs: list[Job] = []
    async with database.write() as session:
        if queue is not None:
            jobs = start_buffer(session)
        yield session
        await session.commit()
    if queue is not None and jobs:
        await queue.send(jobs)
