"""What reaches the app over a socket: limits on the head and the time of a request, under the documented command."""

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from app import server
from app.config.settings import Settings
from app.server import HEAD_BYTES
from app.tests.conftest import ROOT
from app.tests.test_api.conftest import Address, connection, served
from app.tests.test_devstack.waiting import DEADLINE_SECONDS

LIVE = b"GET /health/live HTTP/1.1\r\nHost: casabricks.test\r\n"
SEARCH = b"POST /api/v1/search/guided HTTP/1.1\r\nHost: casabricks.test\r\nContent-Type: application/json\r\n"


async def answer_to(address: Address, *parts: bytes) -> tuple[int, bytes]:
    """Status and body of the first answer; the connection stays open until it has come."""
    async with asyncio.timeout(DEADLINE_SECONDS), connection(address) as (reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        return int(head.split(b" ", 2)[1]), await reader.readexactly(int(length[1]) if length else 0)


HUGE = {
    "one field": (LIVE, b"X-A: " + b"a" * 5_000_000, b"\r\n\r\n"),
    "one field that does not end": (LIVE, b"X-A: " + b"a" * 5_000_000),
    "a field's name": (LIVE, b"a" * 5_000_000 + b": a\r\n\r\n"),
    "many fields": (LIVE, b"a: a\r\n" * 100_000, b"\r\n"),
    "the address": (b"GET /" + b"a" * 5_000_000, b" HTTP/1.1\r\n\r\n"),
    "blank lines": (b"\r\n" * 100_000, LIVE, b"\r\n"),
    "just over": (LIVE + b"X-A: " + b"a" * 2 * HEAD_BYTES + b"\r\n\r\n",),
    "trailers": (SEARCH + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n0\r\n", b"a: a\r\n" * 100_000, b"\r\n"),
}


@pytest.mark.parametrize("kind", HUGE.keys() - {"trailers"})
async def test_a_huge_head_is_refused(address: Address, kind: str) -> None:
    status, body = await answer_to(address, *HUGE[kind])
    assert status == 431
    assert json.loads(body)["status"] == 431


async def test_huge_trailers_are_hung_up_on(address: Address) -> None:
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await answer_to(address, *HUGE["trailers"])


async def test_ordinary_requests_pass(address: Address) -> None:
    assert (await answer_to(address, LIVE, b"X-A: " + b"a" * (HEAD_BYTES - 200), b"\r\n\r\n"))[0] == 200
    answers = json.dumps({"budget_min": 1, "budget_max": 2, "property_type": "flat"}).encode()
    large = answers + b" " * 400_000
    declared = SEARCH + b"Content-Length: %d\r\n\r\n" % len(large)
    assert (await answer_to(address, declared + large))[0] == 200
    assert (await answer_to(address, declared, large))[0] == 200
    chunks = b"".join(b"1;a=%s\r\n%c\r\n" % (b"b" * 50, byte) for byte in answers + b" " * 5_000) + b"0\r\n\r\n"
    assert (await answer_to(address, SEARCH + b"Transfer-Encoding: chunked\r\n\r\n", chunks))[0] == 200
    assert (await answer_to(address, *(LIVE[at : at + 1] for at in range(len(LIVE))), b"\r\n"))[0] == 200


async def test_one_connection_may_serve_many_requests(address: Address) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS), connection(address) as (reader, writer):
        for _ in range(3):
            writer.write((LIVE + b"X-A: " + b"a" * (HEAD_BYTES // 2) + b"\r\n\r\n") * 2)
            for _ in range(2):
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200 ")
                await reader.readuntil(b"}")


SLOW = {
    "silent": (),
    "half a head": (LIVE,),
    "blank lines": (b"\r\n",),
    "half a body": (SEARCH + b"Content-Length: 100\r\n\r\n{",),
    "half a body after its answer": (b"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",),
    "half a second head": (LIVE + b"\r\n", LIVE),
}


@pytest.mark.parametrize("kind", SLOW)
async def test_a_request_that_does_not_arrive_is_hung_up_on(
    address: Address, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(server, "ARRIVAL_SECONDS", 0.3)
    async with asyncio.timeout(DEADLINE_SECONDS), connection(address) as (reader, writer), asyncio.TaskGroup() as group:
        for number, part in enumerate(SLOW[kind]):
            if number:
                await reader.readuntil(b"}")  # the answer to what was whole
            writer.write(part)

        async def drip() -> None:
            while not writer.is_closing():
                writer.write(b"\n" if kind == "blank lines" else b"a")
                await asyncio.sleep(0.02)

        dripping = group.create_task(drip()) if SLOW[kind] else None
        try:
            while await reader.read(65_536):
                pass
        except ConnectionError:
            pass  # hung up on while it sent
        if dripping:
            dripping.cancel()


async def test_a_connection_may_last_as_long_as_its_requests_arrive(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ARRIVAL_SECONDS", 0.2)
    until = time.monotonic() + 0.6
    async with asyncio.timeout(DEADLINE_SECONDS), connection(address) as (reader, writer):
        while time.monotonic() < until:
            for part in (LIVE, b"\r\n"):
                writer.write(part)
                await writer.drain()
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            await reader.readuntil(b"}")


async def test_the_documented_command_has_the_limits_and_ends_when_told(settings: Settings) -> None:
    """`uvicorn app.main:app` names no protocol, yet a huge head is refused; SIGTERM is not held up by half a body."""
    assert settings.redis_url is not None
    command = (sys.executable, "-m", "uvicorn", "app.main:app", "--port", "0", "--timeout-graceful-shutdown", "1")
    variables: dict[str, Any] = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url.get_secret_value(),
    }
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=variables, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not (running := re.search(rb"running on http://127\.0\.0\.1:(\d+)", await process.stderr.readline())):
                assert process.returncode is None
        address = ("127.0.0.1", int(running[1]))
        drained = asyncio.create_task(process.stderr.read())
        assert (await answer_to(address, LIVE, b"\r\n"))[0] == 200
        assert (await answer_to(address, *HUGE["one field"]))[0] == 431
        async with connection(address) as (_, writer), connection(address), connection(address) as (_, other):
            writer.write(SEARCH + b"Content-Length: 100\r\n\r\n{")
            other.write(LIVE)
            assert (await answer_to(address, LIVE, b"\r\n"))[0] == 200
            process.send_signal(signal.SIGTERM)
            await process.wait()
        told = await drained
        assert b"timeout graceful shutdown exceeded" in told
        assert b"Application shutdown complete" in told
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_an_answer_that_goes_on_ends_with_the_server(app: FastAPI) -> None:
    @app.get("/forever")
    async def forever(request: Request) -> StreamingResponse:
        request.state.closing = closing = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield b"begun "
            await closing.wait()
            yield b"ended"

        return StreamingResponse(body())

    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        served(app) as (address, state),
        connection(address) as (reader, writer),
    ):
        writer.write(b"GET /forever HTTP/1.1\r\nHost: casabricks.test\r\n\r\n")
        await reader.readuntil(b"begun ")
        for open_one in list(state.connections):
            open_one.shutdown()
        assert b"ended" in await reader.read()


@pytest.mark.parametrize("chunks", [1, 64], ids=["all sent, not all read", "under way"])
async def test_who_reads_nothing_does_not_keep_the_server_from_ending(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, chunks: int
) -> None:
    monkeypatch.setattr(server, "ENDING_SECONDS", 0.2)
    monkeypatch.setattr(server, "LINGER_SECONDS", 0.1)

    @app.get("/large")
    async def large() -> StreamingResponse:
        return StreamingResponse(iter([bytes(64 << 20) if chunks == 1 else bytes(1 << 20)] * chunks))

    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        served(app) as (address, state),
        connection(address) as (reader, writer),
    ):
        writer.write(b"GET /large HTTP/1.1\r\nHost: casabricks.test\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        for open_one in list(state.connections):
            open_one.shutdown()
        while state.connections or state.tasks:  # noqa: ASYNC110 - as uvicorn waits for them
            await asyncio.sleep(0.01)


async def test_who_is_connected_when_the_server_ends_may_ask_once_more(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LINGER_SECONDS", 0.5)
    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        served(app) as (address, state),
        connection(address) as (fresh, fresh_writer),
        connection(address) as (used, used_writer),
        connection(address) as (silent, _),
    ):
        used_writer.write(LIVE + b"\r\n")
        await used.readuntil(b"}")
        used_writer.write(LIVE)  # the half of a head
        open_ones = list(state.connections)
        assert len(open_ones) == 3
        for open_one in open_ones:
            open_one.shutdown()
        fresh_writer.write(LIVE + b"\r\n")
        used_writer.write(b"\r\n")
        for answer in (await fresh.read(), await used.read()):
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"connection: close" in answer
        assert await silent.read() == b""


async def test_a_client_that_forges_its_own_address_is_counted_as_one(address: Address) -> None:
    question = {"full_name": "Asha Rao", "phone": "98765 43210", "inquiry_type": "general", "consent": True}
    forged = ("", "X-Forwarded-For: 127.0.0.1\r\n", "X-Forwarded-For: 198.51.100.7\r\n")
    statuses = []
    for number in range(6):
        body = json.dumps(question | {"phone": f"98765 4321{number}"})
        head = "POST /api/v1/inquiries HTTP/1.1\r\nHost: casabricks.test\r\nContent-Type: application/json\r\n"
        request = f"{head}{forged[number % 3]}Content-Length: {len(body)}\r\n\r\n{body}"
        statuses.append((await answer_to(address, request.encode()))[0])
    assert statuses == [201] * 5 + [429]
