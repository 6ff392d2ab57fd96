"""What may be fetched from elsewhere, and how much of it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence

import httpx
import pytest
import pytest_asyncio

from app.infrastructure.http import (
    ForbiddenUrlError,
    GuardedTransport,
    NoAnswerError,
    Reach,
    UnusableAnswerError,
    create_client,
    exchange,
    is_public,
    safe_fetch,
)
from app.tests.test_enhancement.stand_in import (
    StandIn,
    answer_without_end,
    drip,
    hang_up,
    never_answer,
    picture,
    redirect,
    reply,
    serve,
)

PICTURES = ("image/jpeg",)


@pytest.fixture
def host() -> Iterator[StandIn]:
    with serve() as stand_in:
        yield stand_in


@pytest_asyncio.fixture
async def client(host: StandIn) -> AsyncIterator[httpx.AsyncClient]:
    """Reaches a server on this machine, as in development."""
    reach = Reach((httpx.URL(host.url),), https_only=False, private_addresses=True)
    async with create_client(GuardedTransport(reach)) as opened:
        yield opened


def guarded(
    resolve_to: Sequence[str], origin: str = "http://ai.example", *, https_only: bool = False
) -> tuple[httpx.AsyncClient, list[str]]:
    """A client for ai.example, which leads to these addresses; and the names it asked for."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return resolve_to

    reach = Reach((httpx.URL(origin),), ("other-ai.example", ".cdn.example"), https_only=https_only)
    return create_client(GuardedTransport(reach, resolve)), asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104 - only checked
        "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808",
        "2002:7f00:1::1", "2002:808:808::1", "2001:0:53aa:64c::1",
    ],
)  # fmt: skip
def test_what_is_not_the_public_internet_is_known_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public_in_every_form(address: str) -> None:
    assert is_public(address)


async def fetch(client: httpx.AsyncClient, url: str, *, max_bytes: int = 1000, seconds: float = 20.0) -> bytes:
    answer = await safe_fetch(client, url, content_types=PICTURES, max_bytes=max_bytes, seconds=seconds)
    return answer.body


@pytest.mark.parametrize(
    "url",
    [
        "ftp://ai.example/x", "file:///etc/passwd", "gopher://ai.example/", "http://", "not an address", "http://[::1",
        "http://other.example/x", "http://ai.example.evil.example/x", "http://cdn.example/x", "http://127.0.0.1/x",
        "http://user:password@ai.example/x", "http://ai.example@evil.example/x",
        "http://2130706433/x", "http://0x7f.1/x",
        "http://ai.example:8080/x", "https://ai.example/x", "http://ai.example:443/x", "http://a.cdn.example:8080/x",
    ],
)  # fmt: skip
async def test_what_is_not_allowed_is_not_even_looked_up(url: str) -> None:
    client, asked = guarded(["127.0.0.1"])
    async with client:
        with pytest.raises(ForbiddenUrlError):
            await fetch(client, url)
    assert asked == []


async def test_only_https_where_that_is_asked_for() -> None:
    client, asked = guarded(["8.8.8.8"], https_only=True)
    async with client:
        with pytest.raises(ForbiddenUrlError, match="https is required"):
            await fetch(client, "http://ai.example/x")
    assert asked == []


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_a_name_with_one_private_address_is_refused(host: StandIn, addresses: list[str]) -> None:
    url = host.url.replace("127.0.0.1", "ai.example")
    client, asked = guarded(addresses, url)
    async with client:
        with pytest.raises(ForbiddenUrlError, match="not public"):
            await fetch(client, url)
    assert asked == ["ai.example"]
    assert host.received == []


async def test_the_address_that_was_checked_is_the_one_connected_to(host: StandIn) -> None:
    """A name that would lead elsewhere when looked up again is looked up once; the host is told the name."""
    host.on("GET /x", picture(b"pixels"))
    answers = iter([["127.0.0.1"]])

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return next(answers)

    name = host.url.replace("127.0.0.1", "rebinding.example")
    reach = Reach((httpx.URL(name),), https_only=False, private_addresses=True)
    async with create_client(GuardedTransport(reach, resolve)) as client:
        assert await fetch(client, f"{name}/x") == b"pixels"
    assert host.received[0].headers["host"] == name.removeprefix("http://")


async def test_a_second_address_is_tried_where_the_first_does_not_answer(host: StandIn) -> None:
    host.on("GET /x", picture(b"pixels"))

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.99", "127.0.0.1"]

    url = host.url.replace("127.0.0.1", "two.example")
    reach = Reach((httpx.URL(url),), https_only=False, private_addresses=True)
    async with create_client(GuardedTransport(reach, resolve)) as client:
        assert await fetch(client, f"{url}/x") == b"pixels"


async def test_redirects_are_followed_and_credentials_stay_with_their_host(host: StandIn) -> None:
    with serve() as other:
        reach = Reach((httpx.URL(host.url), httpx.URL(other.url)), https_only=False, private_addresses=True)
        host.on("GET /x", redirect("/y"))
        host.on("GET /y", redirect(f"{other.url}/z"))
        other.on("GET /z", picture(b"pixels"))
        async with create_client(GuardedTransport(reach)) as client:
            answer = await safe_fetch(
                client,
                f"{host.url}/x",
                content_types=PICTURES,
                max_bytes=99,
                seconds=20,
                headers={"x-api-key": "hunter2"},
            )
    assert answer.body == b"pixels"
    assert [each.headers.get("x-api-key") for each in (*host.received, *other.received)] == ["hunter2", "hunter2", None]


@pytest.mark.parametrize("location", ["http://169.254.169.254/latest", "http://10.0.0.1/", "file:///x", "//["])
async def test_a_redirect_leads_nowhere_that_may_not_be_fetched(
    host: StandIn, client: httpx.AsyncClient, location: str
) -> None:
    host.on("GET /x", redirect(location))
    with pytest.raises(ForbiddenUrlError):
        await fetch(client, f"{host.url}/x")


async def test_redirects_end(host: StandIn, client: httpx.AsyncClient) -> None:
    host.on("GET /x", redirect("/x"))
    with pytest.raises(UnusableAnswerError, match="more than 3 redirects"):
        await fetch(client, f"{host.url}/x")
    assert len(host.received) == 4


async def test_a_body_without_end_is_cut_off(host: StandIn, client: httpx.AsyncClient) -> None:
    host.on("GET /x", answer_without_end)
    with pytest.raises(UnusableAnswerError, match="larger than 1 MB"):
        await fetch(client, f"{host.url}/x", max_bytes=1_000_000)


async def test_a_body_that_drips_is_cut_off_in_time(host: StandIn, client: httpx.AsyncClient) -> None:
    host.on("GET /x", drip)
    with pytest.raises(NoAnswerError, match=r"within 0\.3 s"):
        await fetch(client, f"{host.url}/x", seconds=0.3)


async def test_silence_and_broken_connections_are_no_answer(host: StandIn, client: httpx.AsyncClient) -> None:
    host.on("GET /silent", never_answer)
    host.on("GET /broken", hang_up)
    with pytest.raises(NoAnswerError):
        await fetch(client, f"{host.url}/silent", seconds=0.3)
    with pytest.raises(NoAnswerError):
        await fetch(client, f"{host.url}/broken")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/x"
        async with create_client() as unguarded:
            with pytest.raises(NoAnswerError, match="ConnectError"):
                await exchange(unguarded, "GET", url, seconds=20, max_bytes=1)


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({"Content_Type": "text/html; charset=utf-8"}, "content type is text/html"),
        ({}, "content type is not given"),
        ({"Content_Type": "image/jpeg", "Content_Encoding": "gzip"}, "compressed"),
    ],
)
async def test_another_content_is_refused(
    host: StandIn, client: httpx.AsyncClient, headers: dict[str, str], sentence: str
) -> None:
    host.on("GET /x", reply(200, b"<html>", **headers))
    with pytest.raises(UnusableAnswerError, match=sentence):
        await fetch(client, f"{host.url}/x")


async def test_an_answer_is_read_as_far_as_asked_for(host: StandIn) -> None:
    host.on("POST /x", reply(418, b"0123456789"))
    async with create_client() as client:
        answer = await exchange(client, "POST", f"{host.url}/x", seconds=20, max_bytes=4)
    assert (answer.status, answer.body, answer.is_whole) == (418, b"0123", False)


async def test_whoever_gives_up_is_given_up(host: StandIn, client: httpx.AsyncClient) -> None:
    """A limit from outside stays that limit's, so that a job that takes too long ends as one."""
    host.on("GET /x", never_answer)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await fetch(client, f"{host.url}/x")
