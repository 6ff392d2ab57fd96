"""The log in production: a JSON line for each event, with the request's id, and nothing that names a person."""

import json
import os
from ipaddress import IPv6Address
from pathlib import Path

import httpx
import pytest

from app.config.database import Database
from app.config.settings import Settings
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.tests.conftest import REDIS_VARIABLE
from app.tests.factories import PASSWORD, make_user
from app.tests.served import PATIENCE_SECONDS, served

SECRET = "kJ8vQ2mZr5Xw9TbN4cYd7Lf1HsGa3PeUiOx6"
PRODUCTION = {"APP_ENV": "production", "SECRET_KEY": SECRET, "JWT_SECRET_KEY": SECRET, "TRUSTED_PROXY_COUNT": "1"}
PHONE, EMAIL = "98765 43210", "asha.rao@example.com"


@pytest.mark.timeout(600)
async def test_the_log_of_production_is_json_and_names_nobody(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    async with unit_of_work(database) as session:
        user = await make_user(session, UserRole.SUPER_ADMIN)
    log = tmp_path / "log"
    # An address of this test's own, since the limits of all tests are counted in one Redis.
    headers = {"X-Request-ID": "request-of-this-test", "X-Forwarded-For": str(IPv6Address(user.id.int))}
    with served(settings, log, 1, REDIS_URL=os.environ[REDIS_VARIABLE], **PRODUCTION) as (url, _):
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE_SECONDS) as client:
            login = {"email": user.email, "password": PASSWORD}
            refused = await client.post("/api/v1/auth/login", json=login | {"password": "guess-1234"})
            token = (await client.post("/api/v1/auth/login", json=login)).json()["access_token"]
            asked = {"full_name": "Asha Rao", "phone": PHONE, "email": EMAIL, "consent": True}
            stored = await client.post("/api/v1/inquiries", json=asked)
            wrong = await client.post("/api/v1/inquiries", json=asked | {"phone": f"{PHONE}0"})
            assert [refused.status_code, stored.status_code, wrong.status_code] == [401, 201, 422]
            await client.post("/api/v1/search/guided", json={"q": f"call me {PHONE} 2bhk"})
            bearer = {"Authorization": f"Bearer {token}"}
            await client.get("/api/v1/admin/inquiries", params={"q": PHONE}, headers=bearer)
            await client.get(f"/{EMAIL}", params={"token": token})
    lines = [line for line in log.read_text().splitlines() if not line.startswith("INFO: ")]  # uvicorn's own
    events = [json.loads(line) for line in lines]
    assert {"login", "login_refused", "inquiry_received", "request"} <= {event["event"] for event in events}
    assert sum(event.get("request_id") == "request-of-this-test" for event in events) >= 10
    said = log.read_text()
    for private in (EMAIL, "Asha", "98765", "9876543210", user.email, PASSWORD, "guess-1234", token[:40], SECRET):
        assert private not in said
