"""Answers from the cache are those without it, in their headers too, and end with the next write."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.config.database import Database
from app.core.metrics import CACHE
from app.core.unit_of_work import unit_of_work
from app.models.property import Property
from app.tests.conftest import Statements
from app.tests.factories import make_property

FLATS = {"budget_min": 1, "budget_max": 90_000_000, "property_type": "flat"}
WORDS = {"q": "flat under 9 cr"}
ASKED: dict[str, dict[str, Any]] = {
    "search": {"method": "POST", "url": "/api/v1/search/guided", "json": FLATS},
    "plain words": {"method": "POST", "url": "/api/v1/search/guided", "json": WORDS},
    "questions": {"method": "GET", "url": "/api/v1/search/questions"},
    "detail": {"method": "GET", "url": "/api/v1/properties/{id}"},
}


@pytest.fixture
async def home(database: Database) -> Property:
    async with unit_of_work(database) as session:
        return await make_property(session)


def shown(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize("kind", ASKED)
async def test_the_second_answer_is_the_first_without_a_statement(
    app: FastAPI, client: httpx.AsyncClient, home: Property, statements: Statements, kind: str
) -> None:
    asked = ASKED[kind] | {"url": ASKED[kind]["url"].format(id=home.id)}
    store, app.state.cache.store = app.state.cache.store, None
    without = shown(await client.request(**asked))
    app.state.cache.store = store
    assert shown(await client.request(**asked)) == without
    statements.clear()
    answer = await client.request(**asked)
    assert shown(answer) == without
    assert statements == []
    if etag := answer.headers.get("etag"):
        known = await client.request(**asked, headers={"If-None-Match": etag})
        assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", etag)


async def test_a_write_is_in_the_next_answer_and_what_is_hidden_is_gone(
    client: httpx.AsyncClient, home: Property, admin: dict[str, str]
) -> None:
    detail, status = f"/api/v1/properties/{home.id}", f"/api/v1/admin/properties/{home.id}/status"

    async def seen() -> tuple[int, int]:
        found = await client.post("/api/v1/search/guided", json=FLATS)
        return (await client.get(detail)).status_code, found.json()["total_count"]

    for active, expected in ((True, (200, 1)), (False, (404, 0)), (True, (200, 1))):
        await client.patch(status, json={"is_active": active}, headers=admin)
        assert [await seen() for _ in range(2)] == [expected] * 2


async def test_what_the_cache_did_is_counted(app: FastAPI, client: httpx.AsyncClient, home: Property) -> None:
    def counted() -> dict[str, float]:
        return {outcome: CACHE.labels("detail", outcome)._value.get() for outcome in ("hit", "miss", "bypass")}

    before = counted()
    for _ in range(3):
        await client.get(f"/api/v1/properties/{home.id}")
    app.state.cache.store = None
    await client.get(f"/api/v1/properties/{home.id}")
    assert {outcome: number - before[outcome] for outcome, number in counted().items()} == {
        "hit": 2,
        "miss": 1,
        "bypass": 1,
    }
