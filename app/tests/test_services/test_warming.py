"""The most frequent searches of the last week are ready before they are asked for."""

from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from app.config.database import Database
from app.core.clock import utc_now
from app.core.unit_of_work import unit_of_work
from app.models.analytics import AnalyticsEvent
from app.services.warming import Warmed, warm_up
from app.tests.conftest import Statements
from app.tests.factories import make_property

FLATS: dict[str, Any] = {"budget_min": 1, "budget_max": 90_000_000, "property_type": "flat"}
PLACE = FLATS | {"locality_preference": "sector 137"}
WORDS = {"q": "3 bhk near sector 137 metro under 2 cr"}


async def store_searches(database: Database, *searches: tuple[Any, int, int]) -> None:
    """Answers, how often and how many days ago."""
    async with unit_of_work(database) as session:
        await make_property(session)
        session.add_all(
            AnalyticsEvent(
                event_type="search_performed",
                payload={"answers": answers, "total_count": 1},
                occurred_at=utc_now() - timedelta(days=days),
            )
            for answers, times, days in searches
            for _ in range(times)
        )


async def test_frequent_searches_are_answered_from_the_cache_afterwards(
    app: FastAPI, client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    old = FLATS | {"bhk": 2}
    await store_searches(
        database, (FLATS, 3, 1), (PLACE, 2, 6), (WORDS, 1, 1), (old, 9, 8), ({"page": 0}, 2, 1), ("?", 2, 1)
    )
    warmed = await warm_up(app.state.cache, database, app.state.places)
    assert warmed == Warmed(searches=4, refused=1, warm=3)
    statements.clear()
    for body in (FLATS, PLACE | {"page": 1}, WORDS):
        assert (await client.post("/api/v1/search/guided", json=body)).status_code == 200
    assert statements == []
    await client.post("/api/v1/search/guided", json=old)
    assert statements


async def test_what_did_not_become_warm_is_not_counted(app: FastAPI, database: Database) -> None:
    await store_searches(database, (FLATS, 1, 1))
    app.state.cache.store = None
    assert await warm_up(app.state.cache, database, app.state.places) == Warmed(searches=1, refused=0, warm=0)
