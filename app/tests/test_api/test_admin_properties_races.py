"""What holds when many write at once, and whatever the body is. Every commit here is a real one."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm.exc import StaleDataError

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import Facing, Furnishing, LocationPrecision, Ownership, Possession
from app.models.property import Property
from app.schemas.properties import PropertyCreate
from app.tests.factories import make_property
from app.tests.test_api.test_admin_properties import FLAT, ROOT, Headers, check_counts, create


async def test_of_two_writers_with_one_etag_one_wins(client: httpx.AsyncClient, admin: Headers) -> None:
    body = await create(client, admin)
    here, seen = f"{ROOT}/{body['id']}", admin | {"If-Match": f'"{body["id"]}.v1"'}
    answers = await asyncio.gather(
        *(client.put(here, json=FLAT | {"price": 7_000_000 + number}, headers=seen) for number in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    won = next(answer.json() for answer in answers if answer.is_success)
    assert all(answer.json()["current"] == won for answer in answers if not answer.is_success)
    assert (await client.get(here, headers=admin)).json()["price"] == won["price"]


async def test_a_writer_that_does_not_lock_cannot_overwrite(database: Database) -> None:
    async with unit_of_work(database) as session:
        listing = await make_property(session)
    async with database.write() as first, database.write() as second:
        mine, theirs = await first.get_one(Property, listing.id), await second.get_one(Property, listing.id)
        mine.price, theirs.price = 1_000_000, 2_000_000
        await first.commit()
        with pytest.raises(StaleDataError):
            await second.flush()


async def test_twenty_writers_keep_the_counts_exact(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    shared = await create(client, admin)

    async def work(number: int) -> None:
        own = await create(client, admin, price=5_000_000 + number * 400_000, bhk=1 + number % 4)
        for here in (f"{ROOT}/{own['id']}", f"{ROOT}/{shared['id']}"):
            answers = [
                await client.put(here, json=FLAT | {"price": 9_000_000 - number * 350_000}, headers=admin),
                await client.patch(f"{here}/status", json={"is_active": number % 2 == 0}, headers=admin),
                await client.delete(here, headers=admin),
                await client.post(f"{here}/restore", headers=admin),
            ]
            # Of the shared one another writer's deletion may be in between.
            allowed = {200, 204} if here.endswith(own["id"]) else {200, 204, 409}
            assert {answer.status_code for answer in answers} <= allowed
        if number % 3 == 0:
            await client.delete(f"{ROOT}/{own['id']}", headers=admin)

    await asyncio.gather(*(work(number) for number in range(20)))
    await check_counts(database)
    totals = await client.post(
        "/api/v1/search/count",
        json={"property_type": "flat"},
    )
    listed = await client.get(ROOT, params={"status": "active"}, headers=admin)
    assert totals.json()["count"] == listed.json()["total_count"]


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.integers(-10, 250),
    st.floats(),
    st.text(st.characters(), max_size=30),
    st.lists(st.text(st.characters(), max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "title": st.text(st.characters(), min_size=5, max_size=200),
    "property_type": st.sampled_from(["flat", "villa", "plot", "commercial"]),
    "listing_type": st.sampled_from(["sale", "rent"]),
    "price": st.integers(1, 100_000_000_000),
    "area_sqft": st.decimals(1, 10_000_000, places=2).map(float),
    "area_basis": st.sampled_from(["carpet", "built_up", "super_built_up", "plot"]),
    "latitude": st.floats(28.4, 28.65),
    "longitude": st.floats(77.25, 77.6),
    "location_precision": st.sampled_from(list(LocationPrecision)),
    "sector": st.sampled_from(["Sector 137", "sector-62", "Techzone 4", "nowhere"]),
    "locality": st.sampled_from(["Sector 137", "Sector 16", "somewhere"]) | st.text(max_size=160),
    "furnishing": st.sampled_from(list(Furnishing)),
    "entrance_facing": st.sampled_from(list(Facing)),
    "possession": st.sampled_from(list(Possession)),
    "ownership": st.sampled_from(list(Ownership)),
    "bhk": st.integers(1, 20),
    "floor_number": st.integers(-5, 200),
    "total_floors": st.integers(0, 200),
    "available_from": st.dates().map(str),
    "listed_at": st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    "amenities": st.lists(st.text(max_size=80), max_size=3),
    "rera_number": st.from_regex(r"\AUPRERAPRJ\d{1,7}(/\d{2}/\d{4})?\Z"),
}
BODIES = st.fixed_dictionaries(
    {}, optional={name: PLAUSIBLE.get(name, ANYTHING) | ANYTHING for name in PropertyCreate.model_fields}
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(fields=BODIES, dropped=st.booleans())
async def test_any_body_is_accepted_or_refused_but_breaks_nothing(
    client: httpx.AsyncClient,
    admin: Headers,
    fields: dict[str, Any],
    dropped: bool,  # noqa: FBT001 - drawn
) -> None:
    body = json.dumps(fields if dropped else FLAT | fields)
    answer = await client.post(ROOT, content=body, headers=admin | {"Content-Type": "application/json"})
    assert answer.status_code in {201, 422}, answer.text
