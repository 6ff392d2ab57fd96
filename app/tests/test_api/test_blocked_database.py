"""Someone holds a lock that listings need: what needs it fails soon, everything else goes on."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.config.database import Database, create_database
from app.config.settings import Settings
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.main import create_app
from app.models.user import User
from app.tests.conftest import client_of, settings_for
from app.tests.factories import PASSWORD, auth_headers, make_user
from app.tests.test_devstack.waiting import DEADLINE_SECONDS

LISTINGS = "/api/v1/admin/properties"
ANSWERS = {"budget_min": 1, "budget_max": 10_000_000, "property_type": "flat"}
both_ways = pytest.mark.parametrize("pooler", [False, True], ids=["direct", "behind a pooler"])


@pytest.fixture
async def user(database: Database) -> User:
    async with unit_of_work(database) as session:
        return await make_user(session, UserRole.ADMIN)


@asynccontextmanager
async def serving(settings: Settings, lock_timeout_seconds: float = 0, **changes: Any) -> AsyncIterator[Any]:
    """A client of an app with four connections of its own, and its database."""
    # Without Redis, where another test may have left an answer about no homes.
    changed = settings_for(settings.database_url, **({"database_pool_size": 4, "redis_url": None} | changes))
    opened = create_database(changed, lock_timeout_seconds=lock_timeout_seconds)
    async with client_of(create_app(changed, opened)) as client:
        yield client, opened
    await opened.close()


@asynccontextmanager
async def locked_listings(database: Database) -> AsyncIterator[None]:
    async with database.engine.begin() as holder:
        await holder.execute(text("LOCK TABLE properties IN ACCESS EXCLUSIVE MODE"))
        yield


def need_listings(
    client: httpx.AsyncClient, headers: dict[str, str], user: User
) -> list[Coroutine[Any, Any, httpx.Response]]:
    return [
        client.get(LISTINGS, headers=headers),
        client.delete(f"{LISTINGS}/{user.id}", headers=headers),
        client.post("/api/v1/search/guided", json=ANSWERS),
    ]


async def test_health_and_accounts_need_no_connection_that_waits_for_listings(
    settings: Settings, database: Database, user: User
) -> None:
    headers = auth_headers(settings, user)
    async with serving(settings) as (client, opened), asyncio.TaskGroup() as group:
        async with locked_listings(database), asyncio.timeout(DEADLINE_SECONDS):
            waiting = [group.create_task(one) for _ in range(12) for one in need_listings(client, headers, user)]
            while not opened.turns.locked():  # noqa: ASYNC110 - until as many wait as may
                await asyncio.sleep(0.01)
            well = [
                await client.get("/health/ready"),
                await client.get("/health"),
                await client.get("/api/v1/auth/me", headers=headers),
                await client.post("/api/v1/auth/login", json={"email": user.email, "password": PASSWORD}),
            ]
            assert [answer.status_code for answer in well] == [200] * 4
            assert not any(task.done() for task in waiting)
        answers = await asyncio.gather(*waiting)
    assert [answer.status_code for answer in answers] == [200, 404, 200] * 12


@both_ways
async def test_who_needs_a_locked_listing_hears_so_soon(
    settings: Settings, database: Database, user: User, *, pooler: bool
) -> None:
    headers = auth_headers(settings, user)
    async with serving(settings, 0.2, database_transaction_pooler=pooler) as (client, _):
        async with locked_listings(database), asyncio.timeout(10):  # less than a statement may take
            answers = await asyncio.gather(*need_listings(client, headers, user))
            assert [answer.status_code for answer in answers] == [503] * 3
            assert all(answer.headers["retry-after"] for answer in answers)
        answers = await asyncio.gather(*need_listings(client, headers, user))
        assert [answer.status_code for answer in answers] == [200, 404, 200]


async def test_waiting_for_a_turn_has_an_end(settings: Settings, user: User) -> None:
    headers = auth_headers(settings, user)
    async with (
        serving(settings, database_pool_size=2, database_pool_timeout_seconds=0.2) as (client, opened),
        opened.turn(),
    ):
        answer = await client.get(LISTINGS, headers=headers)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]


async def test_a_lock_timeout_ends_with_its_transaction_behind_a_pooler(settings: Settings) -> None:
    pooled = settings_for(settings.database_url, database_transaction_pooler=True, database_pool_size=1)
    database = create_database(pooled, lock_timeout_seconds=0.2)
    async with unit_of_work(database) as session:
        assert (await session.execute(text("SHOW lock_timeout"))).scalar_one() == "200ms"
    async with database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        assert await driver.fetchval("SHOW lock_timeout") == "0"
    await database.close()
