"""GET /api/v1/properties/{id}/costs: the visitor's assumptions in, the month and the sheet out, in one statement."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.models.property import Property
from app.schemas.costs import Costs
from app.services.costs import cost_rates
from app.tests.conftest import Statements
from app.tests.factories import make_property


async def store(database: Database, **fields: Any) -> str:
    async with unit_of_work(database) as session:
        return str((await make_property(session, **fields)).id)


async def ask(client: httpx.AsyncClient, listing: str, **inputs: Any) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/properties/{listing}/costs", params=inputs)
    assert answer.status_code == 200
    Costs.model_validate_json(answer.content)
    body: dict[str, Any] = answer.json()
    return body


async def test_a_purchase_under_the_documented_assumptions(client: httpx.AsyncClient, database: Database) -> None:
    listing = await store(database, price=11_200_000, possession="ready_to_move", maintenance_monthly=4200)
    body = await ask(client, listing)
    assert body["monthly"] == {
        "kind": "instalment",
        "amount": 77_757,
        "down_payment": 2_240_000,
        "principal": 8_960_000,
        "annual_rate": 8.5,
        "years": 20,
        "interest": 9_701_680,
        "maintenance": 4200,
    }
    assert body["assumed"] == ["down_payment", "annual_rate", "years", "buyer"]
    assert body["sheet"]["buyer"] == "other"
    assert [(line["key"], line["percent"], line["amount"]) for line in body["sheet"]["lines"]] == [
        ("price", None, 11_200_000),
        ("stamp_duty", 7, 784_000),
        ("registration", 1, 112_000),
        ("gst", 0, 0),
    ]
    assert body["sheet"]["estimate"] == 12_096_000
    assert body["unknown"] == {}
    assert body["label"] == "Estimate, confirm before you pay"
    assert body["rates_as_of"] == cost_rates().as_of.isoformat()


async def test_a_visitors_own_assumptions(client: httpx.AsyncClient, database: Database) -> None:
    listing = await store(database, price=4_000_000, possession="new_launch", area_sqft=600, area_basis="carpet")
    body = await ask(client, listing, down_payment=1_600_000, annual_rate="0", years=10, buyer="woman")
    assert (body["monthly"]["amount"], body["monthly"]["interest"]) == (20_000, 0)
    assert body["assumed"] == []
    assert [line["amount"] for line in body["sheet"]["lines"]] == [4_000_000, 240_000, 40_000, 40_000]
    assert body["unknown"] == {"monthly.maintenance": "The listing does not give it"}
    assert (await ask(client, listing, years=10))["assumed"] == ["down_payment", "annual_rate", "buyer"]


@pytest.mark.parametrize(
    ("fields", "gst"),
    [
        ({"carpet_area_sqft": 600}, 40_000),
        ({"carpet_area_sqft": 700, "area_sqft": 600, "area_basis": "built_up"}, 200_000),
        # Another basis says nothing about the carpet area.
        ({"area_sqft": 600, "area_basis": "super_built_up"}, None),
        ({"area_sqft": None, "area_basis": None}, None),
    ],
)
async def test_the_carpet_area_is_only_what_is_given_as_such(
    client: httpx.AsyncClient, database: Database, fields: dict[str, Any], gst: int | None
) -> None:
    listing = await store(database, price=4_000_000, possession="under_construction", **fields)
    assert (await ask(client, listing))["sheet"]["lines"][-1]["amount"] == gst


async def test_rent_has_no_sheet_and_says_why(client: httpx.AsyncClient, database: Database) -> None:
    listing = await store(database, listing_type="rent", price=30_000, maintenance_monthly=2500)
    body = await ask(client, listing, down_payment=90_000)
    assert body["monthly"] == {"kind": "rent", "amount": 30_000, "maintenance": 2500, "deposit": None}
    assert (body["sheet"], body["assumed"]) == (None, [])
    assert body["unknown"].keys() == {"sheet", "monthly.deposit"}


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"down_payment": -1}, "down_payment"),
        ({"down_payment": 8_500_001}, "down_payment"),
        ({"down_payment": "nan"}, "down_payment"),
        ({"down_payment": "1.5"}, "down_payment"),
        ({"down_payment": "9" * 5000}, "down_payment"),
        ({"annual_rate": "nan"}, "annual_rate"),
        ({"annual_rate": "inf"}, "annual_rate"),
        ({"annual_rate": "-0.01"}, "annual_rate"),
        ({"annual_rate": "30.01"}, "annual_rate"),
        ({"annual_rate": "8.505"}, "annual_rate"),
        ({"years": 0}, "years"),
        ({"years": 41}, "years"),
        ({"years": "2.5"}, "years"),
        ({"buyer": "company"}, "buyer"),
        ({"rate": 8}, "rate"),
    ],
)
async def test_an_input_outside_its_limits_is_named(
    client: httpx.AsyncClient, database: Database, inputs: dict[str, Any], field: str
) -> None:
    listing = await store(database)
    answer = await client.get(f"/api/v1/properties/{listing}/costs", params=inputs)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["loc"] for error in answer.json()["errors"]] == [["query", field]]


async def test_the_limits_themselves_are_accepted(client: httpx.AsyncClient, database: Database) -> None:
    listing = await store(database)
    body = await ask(client, listing, down_payment=0, annual_rate=30, years=40)
    assert body["monthly"]["principal"] == 8_500_000
    assert (await ask(client, listing, down_payment=8_500_000, annual_rate=0, years=1))["monthly"]["amount"] == 0


@pytest.mark.parametrize(
    "fields", [{"is_active": False}, {"deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}], ids=["inactive", "deleted"]
)
async def test_hidden_listings_are_not_found(
    client: httpx.AsyncClient, database: Database, fields: dict[str, Any]
) -> None:
    listing = await store(database, **fields)
    assert (await client.get(f"/api/v1/properties/{listing}/costs")).status_code == 404


async def test_one_statement(client: httpx.AsyncClient, database: Database, statements: Statements) -> None:
    listing = await store(database)
    statements.clear()
    await ask(client, listing, years=15)
    assert len(statements) == 1


async def test_validators(client: httpx.AsyncClient, database: Database) -> None:
    listing = await store(database)
    address = f"/api/v1/properties/{listing}/costs"
    first = await client.get(address)
    assert first.headers["cache-control"] == "public, max-age=60"
    known = {"If-None-Match": first.headers["etag"]}
    again = await client.get(address, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get(address, params={"years": 15}, headers=known)).status_code == 200
    async with unit_of_work(database) as session:
        (await session.get_one(Property, listing)).price = 9_000_000
    assert (await client.get(address, headers=known)).status_code == 200


async def test_the_inputs_are_described_with_their_limits(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    operation = paths["/api/v1/properties/{property_id}/costs"]["get"]
    inputs = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert (inputs["years"]["minimum"], inputs["years"]["maximum"], inputs["years"]["default"]) == (1, 40, 20)
    assert inputs["buyer"]["default"] == "other"
    assert {"304", "404", "422", "503"} <= operation["responses"].keys()
