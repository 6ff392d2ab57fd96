"""The product's own jobs, run by a worker."""

from datetime import timedelta

from sqlalchemy import func, select, text

from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.jobs import Job
from app.core.unit_of_work import unit_of_work
from app.infrastructure.queue.sender import CeleryQueue
from app.models.property import Property
from app.models.user import RevokedToken
from app.repositories import users
from app.tests.factories import make_property
from app.tests.test_tasks.conftest import Worker


async def test_ranks_are_renewed(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    async with unit_of_work(worker.database) as session:
        listing = await make_property(session)
        await session.execute(text("UPDATE properties SET card = NULL WHERE id = :id"), {"id": listing.id})
    await jobs.send([Job("market.rank_all", {})])
    worker.wait_for("job_done", this)
    (line,) = worker.lines("listings_ranked", this)
    assert "listings=" in line
    async with worker.database.read() as session:
        card = await session.scalar(select(Property.card).where(Property.id == listing.id))
    assert card is not None


async def test_frequent_searches_are_had_ready(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    await jobs.send([Job("cache.warm_up", {})])
    worker.wait_for("job_done", this)
    assert "warm=0" in worker.lines("cache_warmed", "searches=0", this)[0]


async def test_revocations_of_expired_tokens_are_forgotten(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    expired, valid = new_id(), new_id()
    async with unit_of_work(worker.database) as session:
        await users.revoke_token(session, expired, utc_now() - timedelta(minutes=1))
        await users.revoke_token(session, valid, utc_now() + timedelta(minutes=1))
    await jobs.send([Job("housekeeping.forget_expired_tokens", {})])
    worker.wait_for("job_done", this)
    assert "tokens=1" in worker.lines("expired_tokens_forgotten", this)[0]
    async with worker.database.read() as session:
        assert list(await session.scalars(select(RevokedToken.jti))) == [valid]


async def test_what_killed_imports_left_behind_is_forgotten(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    async with unit_of_work(worker.database) as session:
        # The first 48 bits of an id are its time: the one of 1970, the other of now.
        for import_id in ("00000000-0000-7000-8000-000000000001", str(new_id())):
            await session.execute(
                text("INSERT INTO import_seen (import_id, key, row_number) VALUES (CAST(:id AS uuid), 1, 1)"),
                {"id": import_id},
            )
    await jobs.send([Job("housekeeping.forget_abandoned_imports", {})])
    worker.wait_for("job_done", this)
    async with worker.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(text("import_seen"))) == 1
