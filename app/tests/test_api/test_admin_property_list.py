"""The admin list: filters, sorts, pages."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.models.geography import Sector
from app.tests.conftest import Statements
from app.tests.factories import make_properties
from app.tests.test_api.test_admin_properties import ROOT, Headers


class TestList:
    ROWS = (
        {"title": "Alpha flat", "price": 5_000_000, "locality": "Sector 137", "source": "one"},
        {"title": "Beta villa", "price": 9_000_000, "property_type": "villa", "society_name": "50%_off\\ Homes"},
        {"title": "Gamma rent", "price": 30_000, "listing_type": "rent", "review_flags": ["odd"]},
        {"title": "Delta flat", "price": 7_000_000, "is_active": False, "bhk": 2},
        {"title": "Omega flat", "price": 6_000_000, "area_sqft": None, "area_basis": None},
    )

    @pytest.fixture(autouse=True)
    async def rows(self, database: Database) -> None:
        async with unit_of_work(database) as session:
            listings = await make_properties(session, list(self.ROWS))
            self.ids = {listing.title.split()[0]: str(listing.id) for listing in listings}
            sector = (await session.execute(select(Sector.id).where(Sector.slug == "sector-62"))).scalar_one()
            listings[0].sector_id = sector
        async with unit_of_work(database) as session:
            await session.execute(text("UPDATE properties SET deleted_at = now() WHERE title = 'Omega flat'"))

    async def titles(self, client: httpx.AsyncClient, admin: Headers, **params: Any) -> list[str]:
        answer = await client.get(ROOT, params={"sort": "title"} | params, headers=admin)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["total_count"] == len(body["items"])
        return [item["title"].split()[0] for item in body["items"]]

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({}, ["Alpha", "Beta", "Delta", "Gamma"]),
            ({"status": "all"}, ["Alpha", "Beta", "Delta", "Gamma", "Omega"]),
            ({"status": "active"}, ["Alpha", "Beta", "Gamma"]),
            ({"status": "inactive"}, ["Delta"]),
            ({"status": "deleted"}, ["Omega"]),
            ({"listing_type": "rent"}, ["Gamma"]),
            ({"property_type": "villa"}, ["Beta"]),
            ({"bhk": 2}, ["Delta"]),
            ({"sector": "sector 62"}, ["Alpha"]),
            ({"sector": "sector-62"}, ["Alpha"]),
            ({"source": "one"}, ["Alpha"]),
            ({"price_min": 7_000_000, "price_max": 9_000_000}, ["Beta", "Delta"]),
            ({"flagged": True}, ["Gamma"]),
            ({"flagged": False}, ["Alpha", "Beta", "Delta"]),
            ({"q": "FLAT"}, ["Alpha", "Delta"]),
            ({"q": "sector 137"}, ["Alpha", "Beta", "Delta", "Gamma"]),
            ({"q": "%"}, ["Beta"]),
            ({"q": "_"}, ["Beta"]),
            ({"q": "\\"}, ["Beta"]),
            ({"q": "50%_off\\"}, ["Beta"]),
            ({"q": "no such"}, []),
            ({"sort": "-title"}, ["Gamma", "Delta", "Beta", "Alpha"]),
            ({"sort": "price"}, ["Gamma", "Alpha", "Delta", "Beta"]),
            ({"sort": "-price_per_sqft", "status": "all"}, ["Beta", "Delta", "Alpha", "Gamma", "Omega"]),
            ({"sort": "price_per_sqft", "status": "all"}, ["Gamma", "Alpha", "Delta", "Beta", "Omega"]),
        ],
    )
    async def test_filters_and_sorts(
        self, client: httpx.AsyncClient, admin: Headers, params: dict[str, Any], expected: list[str]
    ) -> None:
        assert await self.titles(client, admin, **params) == expected

    async def test_by_id(self, client: httpx.AsyncClient, admin: Headers) -> None:
        assert await self.titles(client, admin, q=self.ids["Beta"]) == ["Beta"]

    @pytest.mark.parametrize(
        "params",
        [
            {"sort": "id"},
            {"sort": "--price"},
            {"status": "gone"},
            {"per_page": 101},
            {"per_page": 0},
            {"page": 0},
            {"page": 101, "per_page": 100},
            {"page": 10**30},
            {"page": 2},
            {"price_min": -1},
            {"price_max": 10**30},
            {"bhk": "two"},
            {"q": "\x00"},
            {"source": "\x00"},
            {"sector": "\x00"},
            {"colour": "red"},
        ],
    )
    async def test_refused(self, client: httpx.AsyncClient, admin: Headers, params: dict[str, Any]) -> None:
        answer = await client.get(ROOT, params=params, headers=admin)
        assert answer.status_code == 422
        assert answer.json()["errors"]


async def test_pages_are_total_and_stable(
    client: httpx.AsyncClient, database: Database, admin: Headers, statements: Statements
) -> None:
    async with unit_of_work(database) as session:
        await make_properties(session, [{"price": 5_000_000 + number % 3} for number in range(25)])
    for sort in ("-updated_at", "price", "-price", "title", "rank_score", "-listed_at"):
        seen: list[str] = []
        for page in (1, 2, 3):
            statements.clear()
            params = {"sort": sort, "page": page, "per_page": 10}
            body = (await client.get(ROOT, params=params, headers=admin)).json()
            assert sum("FROM properties" in statement for statement in statements) == 2
            assert len(statements) == 3  # and the token's user
            assert (body["total_count"], body["total_pages"]) == (25, 3)
            assert (body["has_prev"], body["has_next"]) == (page > 1, page < 3)
            seen += [item["id"] for item in body["items"]]
        assert len(set(seen)) == 25
