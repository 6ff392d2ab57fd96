"""Login, tokens, passwords."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from json import dumps
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from fastapi import FastAPI

from app.config.database import Database
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.security import AUDIENCE, ISSUER, NOBODYS_HASH, get_password_hash, issue_token
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.main import create_app
from app.models.user import User
from app.services import auth
from app.tests.conftest import client_of
from app.tests.factories import PASSWORD, auth_headers, make_user

LOGIN, ME = "/api/v1/auth/login", "/api/v1/auth/me"
NEW = "another long password"


@pytest.fixture
async def user(database: Database) -> User:
    async with unit_of_work(database) as session:
        return await make_user(session, email=f"Asha-{new_id().hex}@casabricks.test")


async def login(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post(LOGIN, json={"email": email, "password": password})


async def test_login_and_me(client: httpx.AsyncClient, user: User) -> None:
    answer = await login(client, user.email.upper(), PASSWORD)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    me = await client.get(ME, headers={"Authorization": f"Bearer {body['access_token']}"})
    assert me.json()["email"] == user.email
    assert me.json()["last_login_at"]
    assert "password" not in me.text


async def test_unknown_wrong_and_inactive_get_one_text(
    client: httpx.AsyncClient, database: Database, user: User
) -> None:
    async with unit_of_work(database) as session:
        gone = await make_user(session, is_active=False)
    answers = [
        await login(client, f"{new_id().hex}@casabricks.test", PASSWORD),
        await login(client, user.email, "wrong password"),
        await login(client, user.email, "x" * 200),
        await login(client, user.email, "nul\u0001"),
        await login(client, gone.email, PASSWORD),
    ]
    assert {answer.status_code for answer in answers} == {401}
    bodies = [{name: value for name, value in answer.json().items() if name != "request_id"} for answer in answers]
    assert all(body == bodies[0] for body in bodies)


@asynccontextmanager
async def hashing_held_up(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """All places where passwords are compared are taken, and nobody waits long for one."""
    monkeypatch.setattr(auth, "HASHING_PATIENCE_SECONDS", 0.05)
    places = 2 * (os.cpu_count() or 1)
    for _ in range(places):
        await auth.hashing_places.acquire()
    assert auth.hashing_places.locked()
    yield
    for _ in range(places):
        auth.hashing_places.release()


async def test_an_unknown_account_is_compared_with_a_hash_that_costs_the_same(
    client: httpx.AsyncClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert NOBODYS_HASH.split("$")[:3] == get_password_hash(PASSWORD).split("$")[:3]
    async with hashing_held_up(monkeypatch):
        codes = [(await login(client, email, PASSWORD)).status_code for email in (user.email, "nobody@casabricks.test")]
    assert codes == [503, 503]


async def users(database: Database, number: int) -> list[str]:
    """Addresses of accounts; those of nobody would each take the time of a real hash."""
    async with unit_of_work(database) as session:
        return [(await make_user(session)).email for _ in range(number)]


async def check_limited(client: httpx.AsyncClient, database: Database) -> None:
    emails = await users(database, 14)
    answers = await asyncio.gather(*(login(client, email, "") for email in emails))
    assert {answer.status_code for answer in answers} == {422}  # refused before it counts
    answers = await asyncio.gather(*(login(client, email, "wrong") for email in emails))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 4
    refused = next(answer for answer in answers if answer.status_code == 429)
    wait = int(refused.headers["retry-after"])
    assert 1 <= wait <= 15 * 60
    assert refused.json()["detail"] == f"Too many failed attempts; try again in {-(-wait // 60)} minutes"
    assert refused.headers["content-type"] == "application/problem+json"


async def test_ten_logins_in_fifteen_minutes_from_an_address(client: httpx.AsyncClient, database: Database) -> None:
    await check_limited(client, database)


async def test_ten_logins_in_fifteen_minutes_for_an_account(app: Any, user: User) -> None:
    codes = []
    for _ in range(12):
        async with client_of(app) as elsewhere:
            codes.append((await login(elsewhere, user.email.upper(), "wrong")).status_code)
    assert codes == [401] * 10 + [429] * 2


async def test_right_passwords_do_not_count(client: httpx.AsyncClient, user: User) -> None:
    for _ in range(12):
        assert (await login(client, user.email, PASSWORD)).status_code == 200


async def test_right_passwords_of_one_account_buy_no_guesses_at_another(
    client: httpx.AsyncClient, database: Database, user: User
) -> None:
    async with unit_of_work(database) as session:
        own = await make_user(session)
    codes = []
    for _ in range(11):
        codes.append((await login(client, user.email, "wrong")).status_code)
        await login(client, own.email, PASSWORD)
    assert codes == [401] * 10 + [429]
    # What was guessed counts on, whatever is right afterwards.
    assert (await login(client, user.email, PASSWORD)).status_code == 429


async def test_a_forged_forwarding_header_changes_nothing(client: httpx.AsyncClient, database: Database) -> None:
    codes = []
    for number, email in enumerate(await users(database, 12)):
        body = {"email": email, "password": "wrong"}
        forged = {"X-Forwarded-For": f"10.0.0.{number}"}
        codes.append((await client.post(LOGIN, json=body, headers=forged)).status_code)
    assert codes == [401] * 10 + [429] * 2


async def test_the_limit_holds_in_memory_while_redis_is_away(settings: Settings, database: Database) -> None:
    away = settings.model_copy(update={"redis_url": type(settings.redis_url)("redis://127.0.0.1:9/0")})  # type: ignore[misc] # a Pydantic URL type, made through its class
    async with client_of(create_app(away, database)) as client:
        await check_limited(client, database)


def claims(user: User, **changes: Any) -> dict[str, Any]:
    now = utc_now()
    return {
        "sub": str(user.id),
        "role": user.role.value,
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "jti": str(new_id()),
        "iss": ISSUER,
        "aud": AUDIENCE,
        "gen": 0,
    } | changes


FORGERIES: dict[str, Callable[[User, str], str]] = {
    "expired": lambda user, key: jwt.encode(claims(user, exp=utc_now() - timedelta(seconds=1)), key, "HS256"),
    "no algorithm": lambda user, _: jwt.encode(claims(user), None, "none"),
    "other algorithm": lambda user, key: jwt.encode(claims(user), key * 2, "HS512"),
    "foreign key": lambda user, _: jwt.encode(claims(user), "another-key-of-at-least-32-characters", "HS256"),
    "other audience": lambda user, key: jwt.encode(claims(user, aud="elsewhere"), key, "HS256"),
    "other issuer": lambda user, key: jwt.encode(claims(user, iss="elsewhere"), key, "HS256"),
    "subject no UUID": lambda user, key: jwt.encode(claims(user, sub="1"), key, "HS256"),
    "subject unknown": lambda user, key: jwt.encode(claims(user, sub=str(new_id())), key, "HS256"),
    "token id no UUID": lambda user, key: jwt.encode(claims(user, jti="1"), key, "HS256"),
    "generation no number": lambda user, key: jwt.encode(claims(user, gen="x"), key, "HS256"),
    "generation false": lambda user, key: jwt.encode(claims(user, gen=False), key, "HS256"),
    "generation null": lambda user, key: jwt.encode(claims(user, gen=None), key, "HS256"),
    "generation huge": lambda user, key: jwt.encode(claims(user, gen=10**30), key, "HS256"),
    "expiry huge": lambda user, key: jwt.encode(claims(user, exp=10**30), key, "HS256"),
    "expiry beyond the calendar": lambda user, key: jwt.encode(claims(user, exp=10**18), key, "HS256"),
    "expiry in year 300,000": lambda user, key: jwt.encode(claims(user, exp=10**13), key, "HS256"),
    "no role": lambda user, key: jwt.encode({k: v for k, v in claims(user).items() if k != "role"}, key, "HS256"),
    "role unknown": lambda user, key: jwt.encode(claims(user, role="owner"), key, "HS256"),
    "no expiry": lambda user, key: jwt.encode({k: v for k, v in claims(user).items() if k != "exp"}, key, "HS256"),
    "garbage": lambda *_: "garbage",
    "two dots": lambda *_: "..",
    "empty": lambda *_: "",
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_forged_tokens(client: httpx.AsyncClient, settings: Settings, user: User, forgery: str) -> None:
    token = FORGERIES[forgery](user, settings.jwt_key)
    answer = await client.get(ME, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert str(user.id) not in answer.text


async def test_other_schemes_are_refused(client: httpx.AsyncClient) -> None:
    for value in ("Basic YTpi", "Bearer", "token"):
        assert (await client.get(ME, headers={"Authorization": value})).status_code == 401


async def test_logout_revokes_this_token_only(client: httpx.AsyncClient, settings: Settings, user: User) -> None:
    one, other = auth_headers(settings, user), auth_headers(settings, user)
    assert (await client.post("/api/v1/auth/logout", headers=one)).status_code == 204
    assert (await client.get(ME, headers=one)).status_code == 401
    assert (await client.get(ME, headers=other)).status_code == 200


async def test_changing_the_password_revokes_every_token(
    client: httpx.AsyncClient, settings: Settings, user: User
) -> None:
    one, other = auth_headers(settings, user), auth_headers(settings, user)
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert (await client.post("/api/v1/auth/password", json=body, headers=one)).status_code == 204
    for headers in (one, other):
        assert (await client.get(ME, headers=headers)).status_code == 401
    assert (await login(client, user.email, PASSWORD)).status_code == 401
    assert (await login(client, user.email, NEW)).status_code == 200


async def test_of_parallel_changes_of_a_password_one_wins(
    client: httpx.AsyncClient, settings: Settings, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "HASHING_PATIENCE_SECONDS", 60)  # a busy machine is no failure
    headers = auth_headers(settings, user)
    bodies = [{"current_password": PASSWORD, "new_password": f"{NEW} {number}"} for number in range(3)]
    answers = await asyncio.gather(
        *(client.post("/api/v1/auth/password", json=body, headers=headers) for body in bodies)
    )
    codes = [answer.status_code for answer in answers]
    assert sorted(codes) == [204] + [401] * 2
    assert (await login(client, user.email, bodies[codes.index(204)]["new_password"])).status_code == 200


async def test_a_password_is_what_was_typed_blanks_included(
    client: httpx.AsyncClient, settings: Settings, user: User
) -> None:
    spaced = f"  {NEW} "
    body = {"current_password": PASSWORD, "new_password": spaced}
    padded = {"current_password": f" {PASSWORD}", "new_password": spaced}
    headers = auth_headers(settings, user)
    assert (await client.post("/api/v1/auth/password", json=padded, headers=headers)).status_code == 422
    assert (await client.post("/api/v1/auth/password", json=body, headers=headers)).status_code == 204
    assert (await login(client, user.email, spaced.strip())).status_code == 401
    assert (await login(client, f" {user.email} ", spaced)).status_code == 200


async def test_more_logins_than_can_be_compared_soon_hear_to_come_again(
    app: FastAPI, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def login_from_elsewhere() -> httpx.Response:
        async with client_of(app) as client:
            return await login(client, user.email, PASSWORD)

    async with hashing_held_up(monkeypatch):
        refused = await asyncio.gather(*(login_from_elsewhere() for _ in range(8)))
    assert {answer.status_code for answer in refused} == {503}
    assert all(answer.headers["retry-after"] for answer in refused)
    assert (await login_from_elsewhere()).status_code == 200


async def test_an_inactive_users_token_is_refused(
    client: httpx.AsyncClient, settings: Settings, database: Database, user: User
) -> None:
    headers = auth_headers(settings, user)
    async with unit_of_work(database) as session:
        (await session.get_one(User, user.id)).is_active = False
    assert (await client.get(ME, headers=headers)).status_code == 401


async def test_the_role_counts_as_stored_not_as_in_the_token(
    client: httpx.AsyncClient, settings: Settings, database: Database
) -> None:
    async with unit_of_work(database) as session:
        agent = await make_user(session, UserRole.AGENT)
    token = issue_token(settings, UUID(str(agent.id)), UserRole.SUPER_ADMIN, 0)
    answer = await client.post("/api/v1/admin/properties", json={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in {403, 422}
    assert (await client.get(ME, headers={"Authorization": f"Bearer {token}"})).json()["role"] == "agent"


@pytest.mark.parametrize(
    ("new", "rule"),
    [
        ("too short", "at least 10 characters"),
        ("x" * 73, "at most 72 bytes"),
        ("पासवर्ड" * 4, "at most 72 bytes"),
        ("nul\x00character", "NUL"),
        ("", "at least 1"),
        ("half a character \ud83d", "surrogate"),
    ],
)
async def test_password_rules(client: httpx.AsyncClient, settings: Settings, user: User, new: str, rule: str) -> None:
    body = {"current_password": PASSWORD, "new_password": new}
    json = {"Content-Type": "application/json"} | auth_headers(settings, user)
    answer = await client.post("/api/v1/auth/password", content=dumps(body), headers=json)
    assert answer.status_code == 422
    problem = answer.json()["errors"][0]
    assert problem["loc"] == ["body", "new_password"]
    assert rule in problem["msg"]
    if new:
        assert new not in answer.text


async def test_the_current_password_must_be_right(client: httpx.AsyncClient, settings: Settings, user: User) -> None:
    body = {"current_password": "wrong password", "new_password": NEW}
    answer = await client.post("/api/v1/auth/password", json=body, headers=auth_headers(settings, user))
    assert answer.json()["errors"][0]["loc"] == ["body", "current_password"]


async def test_guessing_the_current_password_is_limited(
    client: httpx.AsyncClient, settings: Settings, user: User
) -> None:
    body = {"current_password": "wrong password", "new_password": NEW}
    headers = auth_headers(settings, user)
    codes = [(await client.post("/api/v1/auth/password", json=body, headers=headers)).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]
