"""A market refresh whose worker, or whose broker, is killed in the middle."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import text

from app.config.database import Database
from app.config.settings import Ranking
from app.core.jobs import Job
from app.core.unit_of_work import unit_of_work
from app.infrastructure.queue.sender import CeleryQueue
from app.services import market
from app.tests.factories import make_properties, sector_id
from app.tests.test_tasks.conftest import StartWorker, kill
from devstack.servers import ValkeyServer

REFRESH = Job("market.refresh", {})
SECTORS = ("sector-18", "sector-50", "sector-137", "sector-150")
PRICES = range(5_000_000, 5_800_000, 100_000)


async def medians(database: Database) -> dict[UUID, float]:
    async with database.read() as session:
        found = await session.execute(text("SELECT property_id, median FROM market_positions"))
        return dict(found.all())


@asynccontextmanager
async def held_up_in_the_last_zone(database: Database) -> AsyncIterator[None]:
    """Until the end, a refresh has to wait for one listing's position in the zone that comes last."""
    async with database.engine.connect() as holding:
        await holding.execute(
            text("""
SELECT FROM market_positions WHERE property_id = (
  SELECT p.id FROM properties p JOIN sectors s ON s.id = p.sector_id ORDER BY zone_id DESC LIMIT 1) FOR UPDATE
""")
        )
        yield


async def wait_until_held_up(database: Database) -> None:
    statement = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while True:
        async with database.read() as session:
            if (await session.execute(statement)).scalar_one():
                return


@pytest.fixture
async def dearer(notes: Database) -> Database:
    """A compared market in which since then every price has doubled."""
    async with unit_of_work(notes) as session:
        for slug in SECTORS:
            sector = await sector_id(session, slug)
            await make_properties(
                session, [{"sector_id": sector, "price": price, "area_sqft": 1000} for price in PRICES]
            )
    await market.refresh(notes, Ranking())
    async with unit_of_work(notes) as session:
        await session.execute(text("UPDATE properties SET price = price * 2"))
    return notes


@pytest.mark.parametrize("victim", ["worker", "redis"])
async def test_old_figures_stay_until_the_next_refresh_completes_them(
    dearer: Database, start_worker: StartWorker, celery_queue: CeleryQueue, valkey: ValkeyServer, victim: str
) -> None:
    old = await medians(dearer)
    new = {listing: 2 * median for listing, median in old.items()}
    worker = start_worker("--concurrency=1")
    async with held_up_in_the_last_zone(dearer):
        await celery_queue.send([REFRESH])
        await wait_until_held_up(dearer)
        if victim == "worker":
            worker.kill()
        else:
            kill(valkey)
        between = await medians(dearer)
        renewed = {listing for listing, median in between.items() if median == new[listing]}
        kept = {listing for listing, median in between.items() if median == old[listing]}
        assert renewed
        assert kept
        assert renewed | kept == old.keys()
    if victim == "worker":
        worker = start_worker("--concurrency=1")
    else:
        worker.wait_for("market_refreshed")
        valkey.restart()
    await celery_queue.send([REFRESH])
    worker.wait_for("market_refreshed", times=1 if victim == "worker" else 2)
    assert await medians(dearer) == new
    async with dearer.read() as session:
        pending = await session.execute(text("SELECT count(*) FROM market_positions WHERE is_pending"))
        assert pending.scalar_one() == 0
