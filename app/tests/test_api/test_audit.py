"""The audit: what an entry says, what it must not say, who reads it."""

from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import InquiryStatus, UserRole
from app.tests.factories import PASSWORD, make_inquiry, make_property

AUDIT = "/api/v1/admin/audit"
FLAT: dict[str, Any] = {
    "title": "3 BHK flat near the metro",
    "listing_type": "sale",
    "property_type": "flat",
    "price": 8_500_000,
    "area_sqft": 1400,
    "area_basis": "super_built_up",
    "locality": "Sector 137",
}
Headers = dict[str, str]


@pytest.fixture
def boss(headers: dict[UserRole, Headers]) -> Headers:
    return headers[UserRole.SUPER_ADMIN]


async def entries(client: httpx.AsyncClient, as_whom: Headers, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(AUDIT, params=query, headers=as_whom)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_listing_s_life_field_by_field(client: httpx.AsyncClient, admin: Headers, boss: Headers) -> None:
    created = (await client.post("/api/v1/admin/properties", json=FLAT, headers=admin)).json()
    here = f"/api/v1/admin/properties/{created['id']}"
    changed = await client.put(here, json=FLAT | {"price": 8_400_000, "bhk": 3}, headers=admin)
    assert (await client.put(here, json=FLAT | {"price": 8_400_000, "bhk": 3}, headers=admin)).is_success
    await client.delete(here, headers=boss)
    await client.delete(here, headers=boss)
    assert (await client.put(here, json=FLAT, headers=admin)).status_code == 409
    await client.post(f"{here}/restore", headers=boss)
    assert (await client.put(here, json=FLAT, headers=admin | {"If-Match": '"old"'})).status_code == 412

    restored, deleted, updated, added = await entries(client, admin, entity_id=created["id"])
    assert [entry["action"] for entry in (added, updated, deleted, restored)] == [
        *("created", "updated", "deleted", "restored")
    ], "what changes nothing and what is refused leaves no entry"
    assert added["changes"]["area_sqft"] == {"from": None, "to": 1400}
    assert added["changes"]["property_type"] == {"from": None, "to": "flat"}
    assert updated["changes"] == {"price": {"from": 8_500_000, "to": 8_400_000}, "bhk": {"from": None, "to": 3}}
    assert updated["request_id"] == changed.headers["x-request-id"]
    assert restored["changes"]["deleted_at"] == {"from": deleted["changes"]["deleted_at"]["to"], "to": None}
    assert updated["actor"] != deleted["actor"]
    assert len({entry["address_hash"] for entry in (added, updated, deleted, restored)}) == 1
    assert len(updated["address_hash"]) == 32
    assert [entry["id"] for entry in await entries(client, boss, actor=deleted["actor"]["id"])] == [
        *(restored["id"], deleted["id"])
    ]


async def test_filters_and_pages(client: httpx.AsyncClient, admin: Headers) -> None:
    for title in ("First flat", "Second flat", "Third flat"):
        await client.post("/api/v1/admin/properties", json=FLAT | {"title": title}, headers=admin)
    assert len(await entries(client, admin, entity="property", action="created")) == 3
    assert await entries(client, admin, action="deleted") == []
    assert await entries(client, admin, actor="none") == []
    assert await entries(client, admin, date_to="2020-01-01") == []
    assert len(await entries(client, admin, date_from="2020-01-01")) == 3
    (second,) = await entries(client, admin, page=2, per_page=1)
    assert second["changes"]["title"]["to"] == "Second flat"
    for wrong in ({"entity": "house"}, {"date_from": "2026-02-02", "date_to": "2026-02-01"}, {"page": 9}):
        assert (await client.get(AUDIT, params=wrong, headers=admin)).status_code == 422


async def test_accounts_are_for_super_admins_and_no_secret_is_kept(
    client: httpx.AsyncClient, database: Database, admin: Headers, boss: Headers
) -> None:
    new = {"email": "ravi@homes.example.com", "full_name": "Ravi", "role": "agent", "password": "a first password"}
    user = (await client.post("/api/v1/admin/users", json=new, headers=boss)).json()
    await client.patch(f"/api/v1/admin/users/{user['id']}", json={"is_active": False}, headers=boss)
    change = {"current_password": PASSWORD, "new_password": "a second password"}
    assert (await client.post("/api/v1/auth/password", json=change, headers=admin)).status_code == 204
    found = await entries(client, boss, entity="user")
    assert [entry["action"] for entry in found] == ["password_changed", "updated", "created"]
    assert found[0]["changes"] == {"hashed_password": None}
    assert found[1]["changes"] == {"is_active": {"from": True, "to": False}}
    assert found[2]["changes"]["role"] == {"from": None, "to": "agent"}
    assert found[2]["changes"]["hashed_password"] is None
    kept = orjson.dumps(found).decode()
    assert not [secret for secret in (PASSWORD, "a first password", "a second password", "$2b$") if secret in kept]


async def test_an_erased_person_is_in_no_entry(
    client: httpx.AsyncClient, database: Database, boss: Headers, admin: Headers
) -> None:
    said = {"full_name": "Unmistakable Name", "email": "unmistakable@example.com", "phone": "+919812345678"}
    async with unit_of_work(database) as session:
        listing = await make_property(session)
        inquiry = await make_inquiry(
            session, **said, message="An unmistakable message", property_id=listing.id, status=InquiryStatus.QUALIFIED
        )
    here = f"/api/v1/admin/inquiries/{inquiry.id}"
    await client.post(f"{here}/notes", json={"note": "Unmistakable Name rides horses"}, headers=admin)
    await client.patch(f"{here}/status", json={"status": "lost"}, headers=admin)
    await client.get("/api/v1/admin/inquiries/export", params={"q": "Unmistakable"}, headers=admin)
    for what in ("export", "erasure"):
        answer = await client.post(f"/api/v1/admin/privacy/{what}", json={"phone": said["phone"]}, headers=boss)
        assert answer.status_code == 200
    async with database.read() as session:
        kept = (await session.execute(text("SELECT json_agg(a)::text FROM audit_entries a"))).scalar_one()
    assert "nmistakable" not in kept
    assert said["phone"][3:] not in kept
    found = await entries(client, boss, entity_id=inquiry.id)
    assert [(entry["entity"], entry["action"]) for entry in found] == [
        *(("person", "erased"), ("person", "exported"), ("inquiry", "status_changed"), ("inquiry", "note_added"))
    ]
    assert found[2]["changes"]["status"] == {"from": "qualified", "to": "lost"}
    assert found[3]["changes"] == {"note": None}
    (exported,) = await entries(client, admin, entity="inquiry", action="exported")
    assert exported["details"] == {"filters": {"q": None}}
    assert await entries(client, admin, entity="person") == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entries SET changes = '{}'", "DELETE FROM audit_entries", "TRUNCATE audit_entries"],
)
async def test_the_database_keeps_the_entries(
    client: httpx.AsyncClient, database: Database, admin: Headers, statement: str
) -> None:
    await client.post("/api/v1/admin/properties", json=FLAT, headers=admin)
    async with database.write() as session:
        with pytest.raises(IntegrityError, match="only added to"):
            await session.execute(text(statement))


async def test_a_page_costs_two_statements(
    client: httpx.AsyncClient, admin: Headers, database: Database, statements: list[str]
) -> None:
    for _ in range(3):
        await client.post("/api/v1/admin/properties", json=FLAT, headers=admin)
    statements.clear()
    await entries(client, admin)
    assert len([each for each in statements if "audit_entries" in each]) == len(statements) - 1 == 2
