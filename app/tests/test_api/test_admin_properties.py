"""Listings in the admin panel: create, read, replace, hide, delete, restore, list."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from app.config.database import Database
from app.config.settings import Ranking
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.models.property import PriceHistory
from app.services import market
from app.tests.factories import make_properties, make_property, sector_id
from app.tests.photos import picture

ROOT = "/api/v1/admin/properties"
Headers = dict[str, str]
FLAT = {
    "title": "3 BHK flat in Sector 137",
    "listing_type": "sale",
    "property_type": "flat",
    "price": 8_500_000,
    "bhk": 3,
    "area_sqft": 1400.5,
    "area_basis": "super_built_up",
    "locality": "Sector 137",
}
READ_ONLY = {
    *("id", "price_per_sqft", "society", "source", "external_id", "review_flags", "is_active", "deleted_at"),
    *("is_listed", "listed_at_is_known", "created_by", "created_at", "updated_at", "verified_at", "version"),
    *("rank_score", "rank_parts", "metro_distance_m", "images"),
}


async def create(client: httpx.AsyncClient, admin: Headers, **fields: Any) -> dict[str, Any]:
    answer = await client.post(ROOT, json=FLAT | fields, headers=admin)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def check_counts(database: Database) -> None:
    """The counts that search answers with equal a fresh count."""
    async with database.read() as session:
        kept = await session.execute(
            text("SELECT listing_type, property_type, bhk, bucket, listings FROM search_counts WHERE listings <> 0")
        )
        fresh = await session.execute(
            text(
                "SELECT listing_type, property_type, coalesce(bhk, 0), price_bucket(listing_type, price), count(*)"
                " FROM properties WHERE is_active AND deleted_at IS NULL GROUP BY 1, 2, 3, 4"
            )
        )
        assert sorted(map(tuple, kept)) == sorted(map(tuple, fresh))


async def test_create_then_read(client: httpx.AsyncClient, database: Database, admin: Headers) -> None:
    answer = await client.post(ROOT, json=FLAT | {"title": "  3 BHK \n flat "}, headers=admin)
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == f"{ROOT}/{body['id']}"
    assert answer.headers["etag"] == f'"{body["id"]}.v1"'
    assert body["title"] == "3 BHK flat"
    assert body["sector"] == "Sector 137"  # recognised in the locality
    assert body["location_precision"] == "sector"  # no coordinates were given: the sector's centroid
    assert body["latitude"] == pytest.approx(28.509407)
    assert body["price_per_sqft"] == 6069.26
    assert body["rank_score"] > 0
    assert body["created_by"]
    assert body["source"] == "admin"
    again = await client.get(answer.headers["location"], headers=admin)
    assert again.json() == body
    assert again.headers["etag"] == answer.headers["etag"]
    assert (await client.get(f"/api/v1/properties/{body['id']}")).status_code == 200
    await check_counts(database)


async def test_writes_are_logged_with_ids_only(client: httpx.AsyncClient, admin: Headers) -> None:
    with capture_logs() as logs:
        body = await create(client, admin)
    event, access = logs[-2:]
    assert event["event"] == "property_created"
    assert event["property_id"] == body["id"]
    assert (access["method"], access["route"], access["status"]) == ("POST", ROOT, 201)


async def test_what_was_read_can_be_put_back_unchanged(client: httpx.AsyncClient, admin: Headers) -> None:
    full = {
        "description": "Two\nlines",
        "society_name": "Logix Blossom",
        "latitude": 28.5085,
        "longitude": 77.4085,
        "amenities": ["lift"],
        "floor_number": 3,
        "total_floors": 20,
        "rera_number": "UPRERAPRJ6742",
        "available_from": "2027-01-31",
        "carpet_area_sqft": 1000,
        "listed_at": "2026-10-01T10:00:00+05:30",
    }
    body = await create(client, admin, **full)
    assert body["location_precision"] == "exact"
    editable = {name: value for name, value in body.items() if name not in READ_ONLY}
    answer = await client.put(f"{ROOT}/{body['id']}", json=editable, headers=admin)
    assert answer.status_code == 200, answer.text
    changing = {"rank_score", "rank_parts"}  # with the time that passes
    after = answer.json()
    assert {name for name in body if after[name] != body[name]} <= changing  # nothing else, not even the version


async def test_read_only_fields_are_refused_and_said_to_be_read_only(client: httpx.AsyncClient, admin: Headers) -> None:
    body = await create(client, admin)
    answer = await client.put(f"{ROOT}/{body['id']}", json=body, headers=admin)
    assert answer.status_code == 422
    errors = {problem["loc"][1]: problem["msg"] for problem in answer.json()["errors"]}
    assert errors == dict.fromkeys(READ_ONLY, "is read-only here; leave it out")
    answer = await client.post(ROOT, json=FLAT | {"is_active": False, "version": 1}, headers=admin)
    assert [problem["loc"][1] for problem in answer.json()["errors"]] == ["version"]


async def test_a_multi_storey_villa_may_have_more_carpet_than_plot(client: httpx.AsyncClient, admin: Headers) -> None:
    villa = {"property_type": "villa", "area_basis": "plot", "area_sqft": 1000, "carpet_area_sqft": 2500}
    assert (await create(client, admin, **villa))["carpet_area_sqft"] == 2500


async def test_leasehold_has_years_left(client: httpx.AsyncClient, admin: Headers) -> None:
    body = await create(client, admin, ownership="leasehold", lease_years_left=60)
    assert body["lease_years_left"] == 60


async def test_amenities_are_named_once(client: httpx.AsyncClient, admin: Headers) -> None:
    body = await create(client, admin, amenities=["Gym", "gym", "Lift", " GYM ", "lift"])
    assert body["amenities"] == ["Gym", "Lift"]


@pytest.mark.parametrize("fields", [{"price": 100}, {"area_sqft": 10}])
async def test_an_implausible_price_is_flagged_as_imports_do(
    client: httpx.AsyncClient, admin: Headers, fields: dict[str, Any]
) -> None:
    flag = "price_per_sqft_implausible"
    here = f"{ROOT}/{(await create(client, admin))['id']}"

    async def put(**changes: Any) -> list[str]:
        answer = await client.put(here, json=FLAT | changes, headers=admin)
        assert answer.status_code == 200, answer.text
        flags: list[str] = answer.json()["review_flags"]
        return flags

    assert await put() == []
    assert await put(**fields) == [flag]
    assert await put(**fields, title="Said twice, flagged once") == [flag]
    assert await put(**fields, verified=True) == []
    assert await put(**fields, title="What was verified stays so") == []
    assert await put(listing_type="rent", price=2_000_000) == [flag]
    assert (await create(client, admin, **fields))["review_flags"] == [flag]
    assert (await create(client, admin, **fields, verified=True))["review_flags"] == []


async def test_put_replaces_every_field_and_ranks_again(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    body = await create(client, admin, description="Long", bathrooms=2, sector="sector-137")
    replaced = FLAT | {"price": 9_000_000, "locality": "Sector 62", "title": "Another title"}
    answer = await client.put(f"{ROOT}/{body['id']}", json=replaced, headers=admin)
    after = answer.json()
    assert (after["description"], after["bathrooms"]) == (None, None)
    assert after["sector"] == "Sector 62"
    assert after["version"] == 2
    assert answer.headers["etag"] == f'"{body["id"]}.v2"'
    assert after["metro_distance_m"] != body["metro_distance_m"]
    async with database.read() as session:
        prices = await session.execute(select(PriceHistory.price).order_by(PriceHistory.id))
        assert list(prices.scalars()) == [8_500_000, 9_000_000]
        card = await session.execute(text("SELECT card::json ->> 'title' FROM properties"))
        assert card.scalar_one() == "Another title"
    await check_counts(database)


async def test_verified_sets_the_date_and_clears_flags(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    async with unit_of_work(database) as session:
        listing = await make_property(session, review_flags=["price_per_sqft_implausible"])
    body = (await client.put(f"{ROOT}/{listing.id}", json=FLAT, headers=admin)).json()
    assert (body["verified_at"], body["review_flags"]) == (None, ["price_per_sqft_implausible"])
    body = (await client.put(f"{ROOT}/{listing.id}", json=FLAT | {"verified": True}, headers=admin)).json()
    assert body["verified_at"]
    assert body["review_flags"] == []


async def test_hide_show_delete_restore(client: httpx.AsyncClient, database: Database, admin: Headers) -> None:
    body = await create(client, admin)
    here, public = f"{ROOT}/{body['id']}", f"/api/v1/properties/{body['id']}"

    async def shown() -> int:
        await check_counts(database)
        return (await client.get(public)).status_code

    hidden = await client.patch(f"{here}/status", json={"is_active": False}, headers=admin)
    assert (hidden.json()["is_active"], await shown()) == (False, 404)
    await client.patch(f"{here}/status", json={"is_active": True}, headers=admin)
    assert await shown() == 200
    gone = await client.delete(here, headers=admin)
    assert (gone.status_code, gone.content, await shown()) == (204, b"", 404)
    assert gone.headers["etag"] == f'"{body["id"]}.v4"'
    again = await client.delete(here, headers=admin)
    assert (again.status_code, again.headers["etag"]) == (204, gone.headers["etag"])
    assert (await client.get(here, headers=admin)).json()["deleted_at"]
    assert (await client.put(here, json=FLAT, headers=admin)).status_code == 409
    assert (await client.patch(f"{here}/status", json={"is_active": True}, headers=admin)).status_code == 409
    restored = await client.post(f"{here}/restore", headers=admin)
    assert (restored.json()["deleted_at"], await shown()) == (None, 200)
    again = await client.post(f"{here}/restore", headers=admin)
    assert (again.status_code, again.json()["detail"]) == (409, "The listing is not deleted")


async def test_a_restored_home_has_its_pictures_rank_and_place_in_the_market_again(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    async with unit_of_work(database) as session:
        rows = [{"price": 7_000_000 + number * 100_000, "bhk": 3} for number in range(12)]
        await make_properties(session, [row | {"sector_id": await sector_id(session)} for row in rows])
    body = await create(client, admin)
    here, public = f"{ROOT}/{body['id']}", f"/api/v1/properties/{body['id']}"
    photo: dict[str, Any] = {
        "files": {"file": ("front.jpg", picture(64, 48, seed=1))},
        "data": {"image_type": "front_exterior"},
    }
    assert (await client.post(f"{here}/images", headers=admin, **photo)).status_code == 201
    await market.refresh(database, Ranking(), None)

    async def shown() -> tuple[Any, ...]:
        detail = (await client.get(public)).json()
        detail["price_comparison"].pop("as_of")
        rank = (await client.get(here, headers=admin)).json()["rank_score"]
        return detail["price_comparison"], detail["images"], rank

    before = await shown()
    assert (before[0]["sample_size"], len(before[1])) == (12, 1)
    await client.delete(here, headers=admin)
    await market.refresh(database, Ranking(), None)
    await client.post(f"{here}/restore", headers=admin)
    await market.refresh(database, Ranking(), None)
    assert await shown() == before
    await check_counts(database)


async def test_created_hidden(client: httpx.AsyncClient, admin: Headers) -> None:
    body = await create(client, admin, is_active=False)
    assert (await client.get(f"/api/v1/properties/{body['id']}")).status_code == 404


@pytest.mark.parametrize("write", ["put", "status", "delete", "restore"])
async def test_a_stale_if_match_is_refused_with_the_present_state(
    client: httpx.AsyncClient, admin: Headers, write: str
) -> None:
    body = await create(client, admin)
    here = f"{ROOT}/{body['id']}"

    async def change(tag: str) -> httpx.Response:
        headers = admin | {"If-Match": tag}
        if write == "put":
            return await client.put(here, json=FLAT | {"price": 7_000_000}, headers=headers)
        if write == "status":
            return await client.patch(f"{here}/status", json={"is_active": False}, headers=headers)
        if write == "delete":
            return await client.delete(here, headers=headers)
        return await client.post(f"{here}/restore", headers=headers)

    fresh = f'"{body["id"]}.v1"'
    for stale in (f'"{body["id"]}.v0"', f"W/{fresh}", "v1", f'"{new_id()}.v1"', ""):
        answer = await change(stale)
        assert answer.status_code == 412, stale
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["etag"] == fresh
        assert answer.json()["current"] == body
    taken = {200, 204} if write != "restore" else {409}  # it is not deleted
    for seen in (f'"other", {fresh}', "*"):
        assert (await change(seen)).status_code in taken


async def test_if_match_on_two_lines_is_one_list(client: httpx.AsyncClient, admin: Headers) -> None:
    for step in (1, -1):
        body = await create(client, admin)
        lines = [("If-Match", f'"{body["id"]}.v1"'), ("If-Match", '"other"')][::step]
        answer = await client.delete(f"{ROOT}/{body['id']}", headers=[*admin.items(), *lines])
        assert answer.status_code == 204


async def test_unknown_ids_are_not_found(client: httpx.AsyncClient, admin: Headers) -> None:
    here = f"{ROOT}/{new_id()}"
    for method, path, body in (
        ("GET", here, None),
        ("PUT", here, FLAT),
        ("DELETE", here, None),
        ("PATCH", f"{here}/status", {"is_active": True}),
        ("POST", f"{here}/restore", None),
    ):
        answer = await client.request(method, path, json=body, headers=admin)
        assert answer.status_code == 404, (method, path)


async def test_agents_read_but_do_not_write(client: httpx.AsyncClient, headers: dict[UserRole, Headers]) -> None:
    body = await create(client, headers[UserRole.SUPER_ADMIN])
    agent = headers[UserRole.AGENT]
    assert (await client.get(ROOT, headers=agent)).status_code == 200
    assert (await client.get(f"{ROOT}/{body['id']}", headers=agent)).status_code == 200
    assert (await client.delete(f"{ROOT}/{body['id']}", headers=agent)).status_code == 403


PLOT = {"property_type": "plot", "bhk": None, "area_basis": "plot"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": None}, "title"),
        ({"title": "abcd"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "abc\x00def"}, "title"),
        ({"title": "abc\x1b[2Jdef"}, "title"),
        ({"locality": "\u202e731 rotceS"}, "locality"),
        ({"amenities": ["lift\x07"]}, "amenities"),
        ({"description": "abc\x00def"}, "description"),
        ({"description": "abc\u2066def"}, "description"),
        ({"amenities": ["lift\x00"]}, "amenities"),
        ({"amenities": ["x" * 81]}, "amenities"),
        ({"price": 0}, "price"),
        ({"price": 100_000_000_001}, "price"),
        ({"price": 10**30}, "price"),
        ({"price": 8.5e6}, "price"),
        ({"price": "8500000"}, "price"),
        ({"price": True}, "price"),
        ({"area_basis": None}, "area_basis"),
        ({"area_sqft": None}, "area_basis"),
        ({"area_sqft": 0.5}, "area_sqft"),
        ({"area_sqft": 1400.123}, "area_sqft"),
        ({"area_sqft": 10_000_001}, "area_sqft"),
        (PLOT | {"bhk": 2}, "bhk"),
        (PLOT | {"area_basis": "carpet"}, "area_basis"),
        (PLOT | {"furnishing": "furnished"}, "furnishing"),
        ({"bhk": 21}, "bhk"),
        ({"bhk": 0}, "bhk"),
        ({"property_type": "commercial"}, "bhk"),
        ({"carpet_area_sqft": 1401}, "carpet_area_sqft"),
        ({"lease_years_left": 60}, "lease_years_left"),
        ({"lease_years_left": 60, "ownership": "freehold"}, "lease_years_left"),
        ({"floor_number": 5, "total_floors": 4}, "floor_number"),
        ({"floor_number": 201}, "floor_number"),
        ({"bathrooms": 40_000}, "bathrooms"),
        ({"latitude": 28.5085}, "latitude"),
        ({"location_precision": "exact"}, "location_precision"),
        ({"latitude": 28.6139, "longitude": 77.2090}, "latitude"),  # Delhi
        ({"latitude": 28.4595, "longitude": 77.0266}, "latitude"),  # Gurgaon
        ({"latitude": 0.0, "longitude": 0.0}, "latitude"),
        ({"latitude": "28.5085", "longitude": 77.4085}, "latitude"),
        ({"latitude": 28.5085, "longitude": False}, "longitude"),
        ({"latitude": 28.6139, "longitude": 77.2090, "location_precision": "sector"}, "latitude"),
        ({"latitude": 28.47, "longitude": 77.50}, "latitude"),  # Greater Noida, while the sector is 137
        ({"locality": "Indirapuram, Ghaziabad"}, "locality"),
        ({"locality": "Andheri West, Mumbai"}, "locality"),
        ({"locality": "Andheri West"}, "locality"),
        ({"locality": "Sector 62, Mohali"}, "locality"),
        ({"locality": "Andheri West, Mumbai", "sector": "Sector 62"}, "locality"),
        ({"sector": "Sector 999"}, "sector"),
        ({"rera_number": "UPRERAPRJ"}, "rera_number"),
        ({"rera_number": "UPRERAPRJ\u0967\u0968"}, "rera_number"),
        ({"rera_number": "UPRERAPRJ1\nx"}, "rera_number"),
        ({"listed_at": "2026-10-01T10:00:00"}, "listed_at"),
        ({"listed_at": "2030-01-01T00:00:00Z"}, "listed_at"),
        ({"listed_at": "0001-01-01T00:00:00+14:00"}, "listed_at"),
        ({"listed_at": "9999-12-31T23:59:59-12:00"}, "listed_at"),
        ({"available_from": "9999-01-01"}, "available_from"),
        ({"maintenance_monthly": 10**12}, "maintenance_monthly"),
        ({"verified": "yes"}, "verified"),
        ({"rank_score": 100}, "rank_score"),
        ({"created_by": str(new_id())}, "created_by"),
    ],
)
async def test_refused_with_the_field_named(
    client: httpx.AsyncClient, admin: Headers, fields: dict[str, Any], named: str
) -> None:
    answer = await client.post(ROOT, json=FLAT | fields, headers=admin)
    assert answer.status_code == 422
    assert any(named in str(problem["loc"]) or named in problem["msg"] for problem in answer.json()["errors"])
    listed = await client.get(ROOT, headers=admin)
    assert listed.json()["total_count"] == 0


async def test_unknown_sectors_get_suggestions(client: httpx.AsyncClient, admin: Headers) -> None:
    answer = await client.post(ROOT, json=FLAT | {"sector": "Sector 1370"}, headers=admin)
    assert answer.status_code == 422
    assert "did you mean Sector 13" in answer.json()["errors"][0]["msg"]
    answer = await client.get(ROOT, params={"sector": "nowhere at all"}, headers=admin)
    assert answer.json()["errors"][0]["loc"] == ["query", "sector"]


async def test_derived_coordinates_follow_the_sector(client: httpx.AsyncClient, admin: Headers) -> None:
    body = await create(client, admin)
    moved = FLAT | {name: body[name] for name in ("latitude", "longitude", "location_precision")}
    after = (await client.put(f"{ROOT}/{body['id']}", json=moved | {"locality": "Sector 62"}, headers=admin)).json()
    assert after["latitude"] != body["latitude"]
    assert after["location_precision"] == "sector"
