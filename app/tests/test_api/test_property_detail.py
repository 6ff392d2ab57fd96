"""GET /api/v1/properties/{id}: everything the detail page shows, in one statement."""

from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.models.image import PropertyImage
from app.models.property import Property
from app.schemas.property_detail import PropertyDetail
from app.tests.conftest import Statements
from app.tests.factories import make_property, sector_id

INTERNAL = {"external_id", "fingerprint", "content_hash", "review_flags", "created_by", "version", "card", "deleted_at"}


async def store(database: Database, **fields: Any) -> Property:
    async with unit_of_work(database) as session:
        return await make_property(session, **fields)


async def show(client: httpx.AsyncClient, listing: Property) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/properties/{listing.id}")
    assert answer.status_code == 200
    PropertyDetail.model_validate_json(answer.content, strict=True)
    body: dict[str, Any] = answer.json()
    assert body.keys() == PropertyDetail.model_fields.keys()
    return body


async def test_a_full_listing(client: httpx.AsyncClient, database: Database) -> None:
    async with unit_of_work(database) as session:
        listing = await make_property(
            session,
            sector_id=await sector_id(session),
            society_name='Logix "Blossom"',
            description="Two\nlines",
            furnishing="semi_furnished",
            entrance_facing="north_east",
            available_from=datetime(2027, 1, 2, tzinfo=UTC).date(),
            amenities=["lift", "gym"],
            rera_number="UPRERAPRJ6742",
            review_flags=["looked_odd"],
        )
    body = await show(client, listing)
    assert body["id"] == str(listing.id)
    assert body["price"] == 8_500_000
    assert body["area_sqft"] == 1400
    assert body["price_per_sqft"] == 6071.43
    assert (body["sector"], body["zone"]) == ("Sector 137", "Noida Expressway")
    assert body["society_name"] == 'Logix "Blossom"'
    assert body["available_from"] == "2027-01-02"
    assert body["amenities"] == ["lift", "gym"]
    assert datetime.fromisoformat(body["listed_at"]) == listing.listed_at
    assert body["metrics"]["metro"] == {
        "station": "Sector 137 metro",
        "distance_m": listing.metro_distance_m,
        "method": "straight line",
        "location_precision": "exact",
    }
    assert body["metrics"]["rank_score"] == float(listing.rank_score)
    assert body["metrics"]["rank_parts"] == listing.rank_parts
    assert not INTERNAL & body.keys()


async def test_parts_not_known_are_null_with_a_reason(client: httpx.AsyncClient, database: Database) -> None:
    bare = dict.fromkeys(("latitude", "longitude", "location_precision", "area_sqft", "area_basis", "bhk"))
    body = await show(client, await store(database, property_type="plot", **bare))
    unknown = {"facing_widget_data", "price_comparison", "nearby", "metrics.metro", "price_per_sqft", "trust.rera"}
    assert unknown <= body["unknown"].keys()
    for path, reason in body["unknown"].items():
        value: Any = body
        for step in path.split("."):
            value = value[step]
        assert value is None
        assert reason
    assert body["images"] == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "price is what the advertiser asks"),
        ({"listing_type": "rent", "price": 30_000}, "rent is what the advertiser asks"),
        ({"area_basis": "super_built_up"}, "super built-up area as the source gives it"),
        ({"property_type": "plot", "bhk": None, "area_basis": "plot"}, "the plot area as"),
        ({"location_precision": "sector"}, "that of the sector, not of the home"),
        ({"location_precision": "society"}, "that of the society"),
        ({"latitude": None, "longitude": None, "location_precision": None}, "position is not known"),
        ({"rera_number": "UPRERAPRJ1"}, "not checked against the UP-RERA register"),
        ({"source": "demo"}, "made up"),
    ],
)
async def test_disclaimers(client: httpx.AsyncClient, database: Database, fields: dict[str, Any], words: str) -> None:
    body = await show(client, await store(database, **fields))
    assert any(words in text for text in body["disclaimers"])
    quiet = ("made up", "RERA", "position")
    if not fields:
        assert not any(word in text for text in body["disclaimers"] for word in quiet)


async def test_images_primary_first_with_label_when_enhanced(client: httpx.AsyncClient, database: Database) -> None:
    common = {"content_type": "image/jpeg", "width": 1600, "height": 900}
    async with unit_of_work(database) as session:
        listing = await make_property(session)
        small = {"key": "a/640.webp", "width": 640, "height": 360, "format": "webp"}
        better = small | {"key": "e/640.webp"}
        inside = {"property_id": listing.id, "image_type": "interior", "original_key": "b.jpg", **common}
        front = {"property_id": listing.id, "image_type": "front_exterior", "original_key": "a.jpg", **common}
        session.add(PropertyImage(sha256="b" * 64, display_order=0, **inside))
        enhanced = {"enhanced_key": "e.jpg", "enhancement_status": "completed", "enhanced_variants": [better]}
        session.add(
            PropertyImage(sha256="a" * 64, display_order=1, is_primary=True, variants=[small], **front, **enhanced)
        )
    first, second = (await show(client, listing))["images"]
    assert first["original_url"] == "/media/a.jpg"
    assert first["enhanced_url"] == "/media/e.jpg"
    assert first["thumbnail_url"] == "/media/e/640.webp"
    assert first["alt"] == f"Front view: {listing.title}"
    size = {"width": 640, "height": 360, "format": "webp"}
    assert first["variants"] == [
        {"url": "/media/a/640.webp", **size, "shows": "original"},
        {"url": "/media/e/640.webp", **size, "shows": "enhanced"},
    ]
    assert first["ai_label"]
    assert first["ai_disclaimer"]
    assert (second["enhanced_url"], second["ai_label"], second["ai_disclaimer"]) == (None, None, None)


@pytest.mark.parametrize(
    "fields", [{"is_active": False}, {"deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}], ids=["inactive", "deleted"]
)
async def test_hidden_listings_are_not_found(
    client: httpx.AsyncClient, database: Database, fields: dict[str, Any]
) -> None:
    listing = await store(database, **fields)
    answer = await client.get(f"/api/v1/properties/{listing.id}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_unknown_and_malformed_ids(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/api/v1/properties/{new_id()}")).status_code == 404
    answer = await client.get("/api/v1/properties/17")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["path", "property_id"]


async def test_one_statement_whatever_the_images(
    client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    listing = await store(database)
    statements.clear()
    await show(client, listing)
    assert len(statements) == 1


async def test_validators(client: httpx.AsyncClient, database: Database) -> None:
    listing = await store(database)
    first = await client.get(f"/api/v1/properties/{listing.id}")
    assert first.headers["cache-control"] == "public, max-age=60"
    known = {"If-None-Match": first.headers["etag"]}
    again = await client.get(f"/api/v1/properties/{listing.id}", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    async with unit_of_work(database) as session:
        stored = await session.get_one(Property, listing.id)
        stored.price = 9_000_000
    changed = await client.get(f"/api/v1/properties/{listing.id}", headers=known)
    assert changed.status_code == 200
    assert orjson.loads(changed.content)["price"] == 9_000_000
