"""Whose attempts are counted together, behind uvicorn's own handling of forwarding headers."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.api.dependencies import client_address
from app.tests.conftest import settings_for


async def address(peer: str, *forwarded: str, proxies: int = 0) -> str:
    """What the app takes the client for when `peer` connects and sends these X-Forwarded-For lines."""
    settings = settings_for("postgresql+asyncpg://none/none", trusted_proxy_count=proxies)

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(await client_address(Request(scope), settings))(scope, receive, send)

    # As `uvicorn app.main:app` wraps the app: what comes from this machine is believed.
    believing = ProxyHeadersMiddleware(tell)  # type: ignore[arg-type] # the middleware's own ASGI types

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"peer": scope["client"]}  # as app/server.py notes it
        await believing(scope, receive, send)  # type: ignore[arg-type] # likewise

    transport = httpx.ASGITransport(serve, client=(peer, 40_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://casabricks.test") as client:
        lines = [("X-Forwarded-For", line) for line in forwarded]
        return (await client.get("/", headers=lines)).text


async def test_without_a_proxy_it_is_the_peer() -> None:
    assert await address("203.0.113.7") == "203.0.113.7"
    assert await address("203.0.113.7", "198.51.100.1") == "203.0.113.7"
    assert await address("127.0.0.1") == "127.0.0.1"


@pytest.mark.parametrize("proxies", [0, 2])
async def test_what_a_client_writes_into_the_header_gives_no_address_of_its_own(proxies: int) -> None:
    forged = [
        "127.0.0.1",
        "198.51.100.1",
        "198.51.100.2:4711",
        "[2001:db8::1]:4711",
        "2001:db8::2",
        "nonsense",
        " a b ",
    ]
    assert {await address("127.0.0.1", line, proxies=proxies) for line in forged} == {"127.0.0.1"}


async def test_behind_proxies_it_is_what_the_outermost_saw() -> None:
    assert await address("127.0.0.1", "198.51.100.9, 203.0.113.7", proxies=1) == "203.0.113.7"
    assert await address("10.0.0.1", "198.51.100.9", "203.0.113.7, 10.0.0.2", proxies=2) == "203.0.113.7"


@pytest.mark.parametrize(
    ("seen", "counted"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
        ("203.0.113.777", "203.0.113.777"),
    ],
)
async def test_one_household_is_counted_as_one(seen: str, counted: str) -> None:
    assert await address("10.0.0.1", seen, proxies=1) == counted
    if not seen.startswith("["):
        assert await address(seen) == counted
