"""What one home says of its price: the comparison, the homes it is compared with, and what was asked before."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.config.database import Database
from app.config.settings import Ranking
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import PropertyType
from app.models.property import Property
from app.services import market
from app.tests.conftest import Statements
from app.tests.factories import make_properties, sector_id

DEAR = 10_000


async def compared(database: Database, prices: list[int], **fields: Any) -> list[Property]:
    """Flats of 1,000 sq ft in Sector 137 that ask these rupees a square foot, compared."""
    async with unit_of_work(database) as session:
        place = {"sector_id": await sector_id(session), "area_sqft": 1000}
        homes = await make_properties(
            session, [place | {"price": price * 1000, "floor_number": i} | fields for i, price in enumerate(prices)]
        )
    await market.refresh(database, Ranking())
    return homes


async def get(client: httpx.AsyncClient, home: Property, part: str = "") -> dict[str, Any]:
    answer = await client.get(f"/api/v1/properties/{home.id}{part}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_home_below_its_comparables_says_so_everywhere(
    client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    prices = [4200, *range(5000, 6700, 200), DEAR * 100]
    home = (await compared(database, prices))[0]
    statements.clear()
    body = await get(client, home)
    assert len(statements) == 1
    comparison = body["price_comparison"]
    assert comparison["as_of"]
    assert sum(bar["count"] for bar in comparison.pop("histogram")) == comparison["sample_size"]
    assert comparison | {"as_of": None} == {
        "property_price_per_sqft": 4200,
        "area_basis": "super_built_up",
        "median": 5800,
        "p25": 5400,
        "p75": 6200,
        "lowest": 5000,
        "highest": 6600,
        "difference_percentage": -27.59,
        "category": "below_average",
        "sample_size": 9,
        "scope": "similar_size",
        "scope_label": "Sector 137, 3 BHK, about the same size",
        "spread_percentage": 7.7,
        "left_out": {"duplicates": 0, "inactive": 0, "outliers": 1},
        "caution": None,
        "as_of": None,
    }
    answers = {"budget_min": 1, "budget_max": 4_500_000, "property_type": "flat"}
    [card] = (await client.post("/api/v1/search/guided", json=answers)).json()["results"]
    assert card["key_metrics"]["price_vs_market"] == "below_average"
    assert "28% below similar flats in Sector 137 (9 compared)" in card["reasons"]


@pytest.mark.parametrize(
    ("others", "category", "reason"),
    [
        (0, None, "Not enough comparable listings (0)"),
        (1, None, "Not enough comparable listings (1)"),
        (4, None, "Not enough comparable listings (4)"),
        (5, None, "Only 5 comparable listings; a verdict needs 8"),
        (7, None, "Only 7 comparable listings; a verdict needs 8"),
        (8, "average", None),
    ],
)
async def test_few_comparables_get_no_verdict(
    client: httpx.AsyncClient, database: Database, others: int, category: str | None, reason: str | None
) -> None:
    body = await get(client, (await compared(database, [5000] * (others + 1)))[0])
    comparison = body["price_comparison"]
    assert (comparison is None) == (others < 5)
    if comparison:
        assert comparison["category"] == category
        assert comparison["median"] == comparison["p25"] == comparison["p75"] == comparison["highest"] == 5000
        assert sum(bar["count"] for bar in comparison["histogram"]) == others
    path = "price_comparison" if others < 5 else "price_comparison.category"
    assert body["unknown"].get(path) == reason


async def test_a_price_absurdly_low_is_flagged_and_not_rewarded(client: httpx.AsyncClient, database: Database) -> None:
    home = (await compared(database, [50, *range(5000, 6200, 100)]))[0]
    body = await get(client, home)
    assert body["price_comparison"]["caution"]
    assert body["metrics"]["rank_parts"]["value"] is None
    async with database.read() as session:
        flags = await session.execute(text("SELECT review_flags FROM properties WHERE id = :id"), {"id": home.id})
        assert flags.scalar_one() == ["price_far_below_comparables"]
    answers = {"budget_min": 1, "budget_max": 100_000, "property_type": "flat"}
    [card] = (await client.post("/api/v1/search/guided", json=answers)).json()["results"]
    assert not any("below" in reason for reason in card["reasons"])


async def test_what_changed_since_is_not_compared_until_the_next_refresh(
    client: httpx.AsyncClient, database: Database
) -> None:
    home = (await compared(database, [5000] * 10))[0]
    async with unit_of_work(database) as session:
        await session.execute(text("UPDATE properties SET price = 9000000 WHERE id = :id"), {"id": home.id})
    body = await get(client, home)
    assert body["price_comparison"] is None
    assert "Not compared yet" in body["unknown"]["price_comparison"]
    await market.refresh(database, Ranking())
    assert (await get(client, home))["price_comparison"]["category"] == "above_average"


async def test_similar_homes_are_the_most_alike_without_itself_and_its_twin(
    client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    homes = await compared(database, [5000 + 10 * i for i in range(20)])
    async with unit_of_work(database) as session:
        await make_properties(
            session,
            [
                {"area_sqft": 1000, "price": 5_000_000, "floor_number": 0, "sector_id": homes[0].sector_id},
                {"area_sqft": 1000, "price": 5_000_000, "property_type": PropertyType.VILLA},
            ],
        )
    statements.clear()
    body = await get(client, homes[0], "/similar")
    assert len(statements) == 2
    assert [card["id"] for card in body["results"]] == [str(home.id) for home in homes[1:13]]
    assert len(body["points"]) == 19
    assert (body["scope"], body["sample_size"], body["unknown"]) == ("similar_size", 19, None)


@pytest.mark.parametrize(
    ("fields", "scope"),
    [
        ({"society_name": "Neem Row"}, "society"),
        ({}, "similar_size"),
        ({"sector_id": None}, "noida"),
        ({"bhk": None}, "noida"),
    ],
)
async def test_similar_homes_come_from_the_scope_of_the_comparison(
    client: httpx.AsyncClient, database: Database, fields: dict[str, Any], scope: str
) -> None:
    homes = await compared(database, [5000 + 10 * i for i in range(10)], **fields)
    body = await get(client, homes[3], "/similar")
    assert body["scope"] == scope
    assert {card["id"] for card in body["results"]} == {str(home.id) for home in homes} - {str(homes[3].id)}


async def test_a_home_without_area_has_nothing_similar_and_says_why(
    client: httpx.AsyncClient, database: Database
) -> None:
    [home] = await compared(database, [5000], area_sqft=None, area_basis=None)
    body = await get(client, home, "/similar")
    assert (body["results"], body["points"], body["unknown"]) == ([], [], "The area is not given")


async def test_prices_asked_before_and_the_median_by_month(
    client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    in_may = datetime(2026, 5, 20, tzinfo=UTC)
    homes = await compared(database, [5000 + 100 * i for i in range(9)], listed_at=in_may)
    async with unit_of_work(database) as session:
        await session.execute(text("UPDATE properties SET price = 4900000 WHERE id = :id"), {"id": homes[0].id})
    statements.clear()
    body = await get(client, homes[0], "/prices")
    assert len(statements) == 1
    assert [asked["price"] for asked in body["history"]] == [5_000_000, 4_900_000]
    assert datetime.fromisoformat(body["history"][0]["recorded_at"]) == in_may
    assert body["trend"] == [{"month": "2026-05", "median_price_per_sqft": 5400, "sample_size": 9}]
    assert body["trend_scope"] == "Sector 137, 3 BHK"
    async with unit_of_work(database) as session:
        lone = (await make_properties(session, [{"property_type": PropertyType.VILLA}]))[0]
    body = await get(client, lone, "/prices")
    assert body["trend"] is None
    assert body["unknown"]["trend"]


@pytest.mark.parametrize("part", ["/similar", "/prices"])
async def test_there_is_no_such_home(client: httpx.AsyncClient, part: str) -> None:
    assert (await client.get(f"/api/v1/properties/{new_id()}{part}")).status_code == 404
