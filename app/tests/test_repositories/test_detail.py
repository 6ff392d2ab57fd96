"""What the trust panel says of a listing's papers."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from app.config.database import Database, Query
from app.core.unit_of_work import unit_of_work
from app.models.geography import Society
from app.repositories.detail import trust as trust_sql
from app.repositories.detail import trust_unknown
from app.schemas.property_detail import Trust
from app.tests.factories import make_property

PARTS = Query(f"""
SELECT {trust_sql()}::text, json_strip_nulls(json_build_object({trust_unknown()}))::text
FROM properties p WHERE p.id = :id
""")  # noqa: S608 - constants of the code


async def trust(database: Database, **fields: Any) -> tuple[dict[str, Any], dict[str, str]]:
    async with unit_of_work(database) as session:
        listing = await make_property(session, **fields)
    [(parts, unknown)] = await database.direct.fetch(PARTS, {"id": listing.id})
    Trust.model_validate_json(parts, strict=True)
    return orjson.loads(parts), orjson.loads(unknown)


async def test_all_that_can_be_known(database: Database) -> None:
    checked = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
    parts, unknown = await trust(
        database,
        rera_number="UPRERAPRJ9999991",
        ownership="leasehold",
        lease_years_left=82,
        possession="ready_to_move",
        verified_at=checked,
    )
    assert parts == {
        "rera": {
            "number": "UPRERAPRJ9999991",
            "well_formed": True,
            "verified": None,
            "note": "Well-formed, not verified: look it up at up-rera.in",
        },
        "ownership": "leasehold",
        "lease_years_left": 82,
        "possession": "ready_to_move",
        "last_verified_at": "2026-11-17T09:30:00.000000Z",
        "registry_status": None,
    }
    assert unknown.keys() == {"trust.rera.verified", "trust.registry_status"}


async def test_each_unknown_is_null_with_its_reason(database: Database) -> None:
    parts, unknown = await trust(database)
    assert set(parts.values()) == {None}
    assert unknown.keys() == {f"trust.{name}" for name in Trust.model_fields}
    assert parts.keys() == Trust.model_fields.keys()


@pytest.mark.parametrize(("ownership", "words"), [("freehold", "there is no lease"), ("leasehold", "does not give it")])
async def test_why_there_are_no_lease_years(database: Database, ownership: str, words: str) -> None:
    _, unknown = await trust(database, ownership=ownership)
    assert words in unknown["trust.lease_years_left"]


async def test_a_number_that_the_register_gives_to_the_society(database: Database) -> None:
    async with database.read() as session:
        statement = select(Society).where(Society.rera_numbers != []).order_by(Society.id)
        home, other = (await session.execute(statement.limit(2))).scalars()
    number = home.rera_numbers[0]
    parts, _ = await trust(database, rera_number=number, society_id=home.id)
    assert parts["rera"]["verified"] is None
    assert f"gives it to {home.name}, not verified" in parts["rera"]["note"]
    elsewhere, _ = await trust(database, rera_number=number, society_id=other.id)
    assert "register" not in elsewhere["rera"]["note"]
