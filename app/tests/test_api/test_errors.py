"""Every error is a problem+json without insides, whatever is sent."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.config.database import Database, Query, create_database
from app.config.settings import Settings
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.main import create_app
from app.tests.conftest import client_of
from app.tests.factories import make_property
from app.tests.test_devstack.waiting import DEADLINE_SECONDS

GUIDED = "/api/v1/search/guided"
COUNT = "/api/v1/search/count"
ADMIN = "/api/v1/admin/properties"
ANSWERS = {"budget_min": 1, "budget_max": 10_000_000, "property_type": "flat"}
INSIDES = re.compile(r"Traceback|sqlalchemy|asyncpg|SELECT |/work|\.py|site-packages", re.IGNORECASE)


def check_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= body.keys()
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    assert (status == 422) == ("errors" in body)
    assert not INSIDES.search(answer.text)
    return body


async def post(client: httpx.AsyncClient, content: bytes, content_type: str = "application/json") -> httpx.Response:
    return await client.post(GUIDED, content=content, headers={"Content-Type": content_type})


async def test_unknown_path_and_method(client: httpx.AsyncClient) -> None:
    body = check_problem(await client.get("/api/v1/nothing"), 404)
    assert body["instance"] == "/api/v1/nothing"
    for path, methods in {
        GUIDED: "POST",
        "/": "GET, HEAD",
        "/api/v1/search/questions": "GET, HEAD",
        "/api/v1/admin/properties": "GET, HEAD, POST",
        f"/api/v1/admin/properties/{new_id()}": "DELETE, GET, HEAD, PUT",
    }.items():
        answer = await client.patch(path)
        check_problem(answer, 405)
        assert answer.headers["allow"] == methods, path


async def test_a_trailing_slash_is_another_path(client: httpx.AsyncClient) -> None:
    for path in ("/health/", f"{GUIDED}/", "/api/v1/admin/properties/"):
        answer = await client.get(path, headers={"Host": "evil.example"})
        check_problem(answer, 404)
        assert "evil.example" not in answer.text


async def test_head_answers_as_get_without_the_body(client: httpx.AsyncClient, database: Database) -> None:
    async with unit_of_work(database) as session:
        listing = await make_property(session)
    for path in ("/", "/health", "/health/live", "/health/ready", "/openapi.json", f"/api/v1/properties/{listing.id}"):
        got, head = await client.get(path), await client.head(path)
        assert (head.status_code, head.content) == (200, b""), path
        # Latencies differ in length.
        same = {"content-type", "etag", "cache-control", "vary"} | (
            {"content-length"} if "health" not in path else set()
        )
        assert [head.headers.get(name) for name in same] == [got.headers.get(name) for name in same], path
    assert (await client.head("/nothing")).status_code == 404
    assert (await client.head(GUIDED)).status_code == 405
    etag = (await client.head(f"/api/v1/properties/{listing.id}")).headers["etag"]
    tags = [("If-None-Match", '"other"'), ("If-None-Match", etag)]  # two lines are one list
    assert (await client.get(f"/api/v1/properties/{listing.id}", headers=tags)).status_code == 304


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"nonsense",
        b"[]",
        b"null",
        b'"text"',
        b"17",
        b'{"budget_min": NaN, "budget_max": Infinity, "property_type": "flat"}',
        b'{"budget_min": 1e400, "budget_max": 2, "property_type": "flat"}',
        b'{"budget_min": ' + b"9" * 4000 + b', "budget_max": 2, "property_type": "flat"}',
        b'{"budget_min": ' + b"9" * 5000 + b', "budget_max": 2, "property_type": "flat"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"\\ud800": 1}',
        b'{"budget_min": 1, "budget_max": 2, "property_type": "flat", "locality_preference": "sector \\ud800"}',
        b'{"budget_min": 1, "budget_max": 2, "property_type": "flat", "locality_preference": "sector \\u0000"}',
        b'{"budget_min": 1, "budget_max": 2, "property_type": "flat", "extra": 1}',
        b'{"budget_min": true, "budget_max": 2, "property_type": "flat"}',
        b'{"budget_min": 1.0, "budget_max": 2, "property_type": "flat"}',
        b'{"budget_min": 2, "budget_max": 1, "property_type": "flat"}',
        b'{"budget_min": -1, "budget_max": 1, "property_type": "flat"}',
    ],
    ids=range(22),
)
async def test_bodies_that_are_not_answers(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await post(client, content)
    check_problem(answer, 422)


LISTING = {
    "title": "3 BHK flat in Sector 137",
    "listing_type": "sale",
    "property_type": "flat",
    "price": 8_500_000,
    "locality": "Sector 137",
}


@pytest.mark.parametrize(
    ("path", "body", "field", "rule"),
    [
        (GUIDED, ANSWERS | {"budget_max": 1}, "budget_max", "must be more than budget_min"),
        (GUIDED, ANSWERS | {"property_type": "plot", "bhk": 2}, "bhk", "does not apply to plots; leave it out"),
        (
            GUIDED,
            ANSWERS | {"property_type": "commercial", "bhk": 2},
            "bhk",
            "does not apply to commercial units; leave it out",
        ),
        (
            GUIDED,
            ANSWERS | {"page": 501},
            "page",
            "is more than 10,000 results deep; narrow the answers instead",
        ),
        (COUNT, {"budget_min": 2, "budget_max": 2}, "budget_max", "must be more than budget_min"),
        (COUNT, {"property_type": "commercial", "bhk": 2}, "bhk", "does not apply to commercial units; leave it out"),
        (ADMIN, LISTING | {"floor_number": 5, "total_floors": 4}, "floor_number", "must not be above total_floors"),
        (ADMIN, LISTING | {"area_sqft": 900}, "area_basis", "belongs together with area_sqft; give both or neither"),
        (ADMIN, LISTING | {"title": " a \n b "}, "title", "must have at least 5 characters"),
        (ADMIN, LISTING | {"title": "x" * 201}, "title", "must have at most 200 characters"),
    ],
)
async def test_a_broken_rule_names_its_field(
    client: httpx.AsyncClient, admin: dict[str, str], path: str, body: dict[str, Any], field: str, rule: str
) -> None:
    answer = check_problem(await client.post(path, json=body, headers=admin), 422)
    assert [(problem["loc"], problem["msg"]) for problem in answer["errors"]] == [(["body", field], rule)]
    assert answer["detail"] == f"Not accepted: {field}"


async def test_all_broken_rules_of_a_body_are_named(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    body = LISTING | {"property_type": "plot", "bhk": 2, "furnishing": "furnished", "latitude": 28.5}
    answer = check_problem(await client.post(ADMIN, json=body, headers=admin), 422)
    assert [problem["loc"][1] for problem in answer["errors"]] == ["bhk", "furnishing", "longitude"]
    assert answer["detail"] == "Not accepted: bhk, furnishing, longitude"


async def test_a_page_too_deep_in_a_query_is_named(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    answer = check_problem(await client.get(ADMIN, params={"page": 501}, headers=admin), 422)
    assert answer["errors"][0]["loc"] == ["query", "page"]


async def test_content_type_must_be_json(client: httpx.AsyncClient) -> None:
    content = json.dumps(ANSWERS).encode()
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"):
        check_problem(await post(client, content, content_type), 415)
    for content_type in ("application/json", "application/json; charset=utf-8", "application/ld+json"):
        assert (await post(client, content, content_type)).status_code == 200


async def test_compressed_bodies_are_not_read(client: httpx.AsyncClient) -> None:
    content = json.dumps(ANSWERS).encode()
    for encoding in ("gzip", "br", "nonsense", "identity, gzip"):
        answer = await client.post(GUIDED, content=content, headers={"Content-Encoding": encoding})
        check_problem(answer, 415)
        assert answer.headers["accept-encoding"] == "identity"
    for encoding in ("identity", ""):
        headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
        assert (await client.post(GUIDED, content=content, headers=headers)).status_code == 200


async def test_an_answer_about_many_faults_stays_small(client: httpx.AsyncClient) -> None:
    many = {f"unknown_{number}": number for number in range(20_000)}
    answer = await client.post(GUIDED, json=ANSWERS | many)
    body = check_problem(answer, 422)
    assert len(body["errors"]) == 20
    assert body["detail"].endswith("and 19,980 more")
    long = await client.post(GUIDED, json=ANSWERS | {"x" * 400_000: 1})
    check_problem(long, 422)
    assert len(answer.content) < 10_000
    assert len(long.content) < 2_000


async def test_a_body_that_does_not_come_is_waited_for_only_so_long(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.middleware.body_limit.PATIENCE_SECONDS", 0.2)

    async def dripping() -> AsyncIterator[bytes]:
        yield b"{"
        while True:
            await asyncio.sleep(0.01)
            yield b" "

    async with client_of(app) as client:
        for path in (GUIDED, "/api/v1/auth/login"):
            answer = await client.post(path, content=dripping(), headers={"Content-Type": "application/json"})
            check_problem(answer, 408)
            assert answer.headers["connection"] == "close"


async def test_large_bodies(client: httpx.AsyncClient) -> None:
    check_problem(await post(client, b" " * 1_000_000), 413)

    async def chunks() -> Any:
        for _ in range(10):
            yield b" " * 100_000

    answer = await client.post(GUIDED, content=chunks(), headers={"Content-Type": "application/json"})
    check_problem(answer, 413)


@pytest.mark.parametrize(("page", "per_page"), [(0, 20), (1, 0), (1, 101), (501, 20), (10**30, 1), (2, 20), ("1", 20)])
async def test_pages(client: httpx.AsyncClient, page: int, per_page: int) -> None:
    answer = await client.post(GUIDED, json=ANSWERS | {"page": page, "per_page": per_page})
    check_problem(answer, 422)


async def test_request_ids_are_echoed_or_replaced(client: httpx.AsyncClient) -> None:
    good = await client.get("/health/live", headers={"X-Request-ID": "abc-123.DEF_456"})
    assert good.headers["x-request-id"] == "abc-123.DEF_456"
    for bad in ("short", "x" * 65, "with space in it", "<script>alert(1)</script>", "a;b\tc\td12345"):
        answer = await client.get("/health/live", headers={"X-Request-ID": bad})
        assert answer.headers["x-request-id"] != bad
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])


async def test_security_headers_are_on_errors_too(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/api/v1/nothing"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "path", ["/api/v1/properties/01a20aad-dd51-72b3-ac1a-411bb39b1a11", "/api/v1/search/questions"]
)
async def test_without_the_database_it_is_503_soon(settings: Settings, path: str) -> None:
    away = settings.model_copy(update={"database_url": "postgresql+asyncpg://u:pass@127.0.0.1:9/none"})
    database = create_database(away)
    async with client_of(create_app(away, database)) as client:
        answer = await client.get(path)
        check_problem(answer, 503)
        assert answer.headers["retry-after"]
        assert (await client.get("/health")).status_code == 503
    await database.close()


async def test_a_connection_killed_meanwhile_is_503_or_healed(client: httpx.AsyncClient, database: Database) -> None:
    path = "/api/v1/search/questions"
    assert (await client.get(path)).status_code == 200
    async with database.read() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert (await client.get(path)).status_code in {200, 503}
    await asyncio.sleep(0.1)
    assert (await client.get(path)).status_code == 200


async def test_idle_connections_closed_by_the_server_are_replaced_unnoticed(
    client: httpx.AsyncClient, admin: dict[str, str], database: Database
) -> None:
    path = "/api/v1/auth/me"
    assert (await client.get(path, headers=admin)).status_code == 200
    terminate = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
    async with database.engine.connect() as pooled:
        idle = (await pooled.get_raw_connection()).driver_connection
    assert idle is not None
    await database.direct.fetch(Query(f"{terminate} AND pid <> pg_backend_pid()"), {})
    # Closed by the server; what is tested begins when that news has reached this process, as for any idle connection.
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not idle.is_closed():  # noqa: ASYNC110 - the driver does not announce it
            await asyncio.sleep(0.005)
    assert (await client.get(path, headers=admin)).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/api/v1/search/questions"])
async def test_a_statement_that_takes_too_long_is_503(
    settings: Settings, database: Database, admin: dict[str, str], path: str
) -> None:
    hasty = settings.model_copy(update={"database_statement_timeout_seconds": 0.2, "redis_url": None})
    opened = create_database(hasty)
    async with client_of(create_app(hasty, opened)) as client:
        async with database.engine.begin() as holder:
            await holder.execute(text("LOCK TABLE users, search_counts IN ACCESS EXCLUSIVE MODE"))
            check_problem(await client.get(path, headers=admin), 503)
        assert (await client.get(path, headers=admin)).status_code == 200
    await opened.close()


STATES = {"57P02": "another process crashed", "53100": "the disk is full", "25006": "read only", "40P01": "a deadlock"}


@pytest.mark.parametrize("state", STATES)
async def test_what_the_server_cannot_do_now_is_503(
    app: FastAPI, client: httpx.AsyncClient, database: Database, state: str
) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION '{STATES[state]}' USING ERRCODE = '{state}'; END $$"

    @app.get("/written")
    async def written() -> None:
        async with unit_of_work(database) as session:
            await session.execute(text(raising))

    @app.get("/read")
    async def read() -> None:
        await database.direct.fetch(Query(raising), {})

    for path in ("/written", "/read"):
        answer = await client.get(path)
        assert STATES[state] not in str(check_problem(answer, 503))
        assert answer.headers["retry-after"]


# An OSError is not the database's only because the database can raise one too.
@pytest.mark.parametrize("error", [RuntimeError, OSError, TimeoutError])
async def test_a_bug_is_a_500_without_insides(app: FastAPI, client: httpx.AsyncClient, error: type[Exception]) -> None:
    @app.get("/broken")
    async def broken() -> None:
        msg = "SELECT secret FROM insides"
        raise error(msg)

    body = check_problem(await client.get("/broken", headers={"X-Request-ID": "trace-me-1"}), 500)
    assert body["request_id"] == "trace-me-1"


async def test_cors_answers_only_listed_origins(settings: Settings, database: Database) -> None:
    listed = settings.model_copy(update={"allowed_origins": ["https://app.example"]})
    async with client_of(create_app(listed, database)) as client:
        answer = await client.get("/api/v1/nothing", headers={"Origin": "https://app.example"})
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        other = await client.get("/api/v1/nothing", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
