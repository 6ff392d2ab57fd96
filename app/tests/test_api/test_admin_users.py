"""Accounts: who may make and change them, and that a super admin is always left."""

import asyncio
from typing import Any

import httpx
import pytest

from app.config.database import Database
from app.config.settings import Settings
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.models.user import User
from app.tests.factories import auth_headers, make_user

ROOT, ME = "/api/v1/admin/users", "/api/v1/auth/me"
Headers = dict[str, str]
RAVI = {"email": "Ravi@homes.example.com", "full_name": " Ravi  Kumar ", "role": "agent", "password": "correct horse 1"}


@pytest.fixture
async def boss(database: Database) -> User:
    async with unit_of_work(database) as session:
        return await make_user(session, UserRole.SUPER_ADMIN)


@pytest.fixture
def as_boss(settings: Settings, boss: User) -> Headers:
    return auth_headers(settings, boss)


async def change(client: httpx.AsyncClient, who: Headers, user: object, **fields: Any) -> httpx.Response:
    return await client.patch(f"{ROOT}/{user}", json=fields, headers=who)


async def test_a_new_account_can_log_in(client: httpx.AsyncClient, as_boss: Headers) -> None:
    answer = await client.post(ROOT, json=RAVI, headers=as_boss)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert answer.headers["etag"] == f'"{body["id"]}.v1"'
    assert (body["full_name"], body["role"], body["is_active"]) == ("Ravi Kumar", "agent", True)
    assert "password" not in answer.text
    login = {"email": "ravi@homes.example.com", "password": RAVI["password"]}
    assert (await client.post("/api/v1/auth/login", json=login)).status_code == 200
    again = await client.post(ROOT, json=RAVI | {"email": "ravi@HOMES.example.com"}, headers=as_boss)
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "ravi"}, "email"),
        ({"full_name": " "}, "full_name"),
        ({"role": "owner"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 73}, "password"),
        ({"token_generation": 5}, "token_generation"),
        ({"is_active": False}, "is_active"),
    ],
)
async def test_what_breaks_a_rule_is_refused_by_name(
    client: httpx.AsyncClient, as_boss: Headers, fields: dict[str, Any], field: str
) -> None:
    answer = await client.post(ROOT, json=RAVI | fields, headers=as_boss)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", field]
    assert str(fields.get("password", "no password")) not in answer.text


async def test_the_list_with_its_filters(client: httpx.AsyncClient, database: Database, as_boss: Headers) -> None:
    async with unit_of_work(database) as session:
        await make_user(session, UserRole.AGENT, full_name="Zoya")
        await make_user(session, UserRole.AGENT, full_name="bina", is_active=False)
    names = [item["full_name"] for item in (await client.get(ROOT, headers=as_boss)).json()["items"]]
    assert names == ["Asha Rao", "bina", "Zoya"]
    for filters, found in (({"role": "agent"}, 2), ({"is_active": "false"}, 1), ({"role": "admin"}, 0)):
        assert (await client.get(ROOT, params=filters, headers=as_boss)).json()["total_count"] == found


async def test_deactivation_logs_out_everywhere_and_for_good(
    client: httpx.AsyncClient, database: Database, settings: Settings, as_boss: Headers
) -> None:
    async with unit_of_work(database) as session:
        agent = await make_user(session, UserRole.AGENT)
    token = auth_headers(settings, agent)
    assert (await client.get(ME, headers=token)).status_code == 200
    assert (await change(client, as_boss, agent.id, is_active=False)).json()["is_active"] is False
    assert (await client.get(ME, headers=token)).status_code == 401
    assert (await change(client, as_boss, agent.id, is_active=True)).status_code == 200
    assert (await client.get(ME, headers=token)).status_code == 401


async def test_a_new_role_holds_at_once(
    client: httpx.AsyncClient, database: Database, settings: Settings, as_boss: Headers
) -> None:
    async with unit_of_work(database) as session:
        admin = await make_user(session)
    token = auth_headers(settings, admin)
    assert (await client.get("/api/v1/admin/deliveries", headers=token)).status_code == 200
    await change(client, as_boss, admin.id, role="agent")
    assert (await client.get("/api/v1/admin/deliveries", headers=token)).status_code == 403


async def test_the_last_active_super_admin_stays(
    client: httpx.AsyncClient, database: Database, boss: User, as_boss: Headers
) -> None:
    async with unit_of_work(database) as session:
        await make_user(session, UserRole.SUPER_ADMIN, is_active=False)
    for fields in ({"is_active": False}, {"role": "admin"}, {"role": "agent", "is_active": True}):
        answer = await change(client, as_boss, boss.id, **fields)
        assert (answer.status_code, "last active super admin" in answer.json()["detail"]) == (409, True)
    renamed = await change(client, as_boss, boss.id, full_name="Boss", role="super_admin", is_active=True)
    assert renamed.json()["full_name"] == "Boss"


async def test_two_super_admins_cannot_remove_each_other_at_once(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    for _ in range(5):
        async with unit_of_work(database) as session:
            pair = [await make_user(session, UserRole.SUPER_ADMIN) for _ in range(2)]
        one, other = pair
        answers = await asyncio.gather(
            change(client, auth_headers(settings, one), other.id, role="admin"),
            change(client, auth_headers(settings, other), one.id, is_active=False),
        )
        # Whoever comes second is one no longer, or may not be the last one's end.
        codes = sorted(answer.status_code for answer in answers)
        assert codes[0] == 200
        assert codes[1] in {401, 403, 409}
        left = next(user for user, answer in zip((other, one), answers, strict=True) if not answer.is_success)
        async with unit_of_work(database) as session:
            (await session.get_one(User, left.id)).is_active = False


async def test_a_stale_writer_gets_the_present_state(
    client: httpx.AsyncClient, database: Database, as_boss: Headers
) -> None:
    async with unit_of_work(database) as session:
        user = await make_user(session)
    seen = as_boss | {"If-Match": f'"{user.id}.v1"'}
    assert (await change(client, seen, user.id, full_name="First")).status_code == 200
    stale = await change(client, seen, user.id, full_name="Second")
    assert (stale.status_code, stale.json()["current"]["full_name"]) == (412, "First")


@pytest.mark.parametrize(
    "body", [{}, {"role": None}, {"is_active": "no"}, {"email": "x@rao.com"}, {"password": "y" * 12}]
)
async def test_changes_that_cannot_be(
    client: httpx.AsyncClient, boss: User, as_boss: Headers, body: dict[str, Any]
) -> None:
    assert (await client.patch(f"{ROOT}/{boss.id}", json=body, headers=as_boss)).status_code == 422
    assert (await change(client, as_boss, new_id(), full_name="Nobody")).status_code == 404
