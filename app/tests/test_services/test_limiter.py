"""Limits while Redis is away: soon decided, logged once, and back by itself."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from app.config.settings import Settings
from app.core.ids import new_id
from app.infrastructure.limiter import RateLimiter
from app.tests.conftest import settings_for

RULE = "3 per minute"


@asynccontextmanager
async def hanging_redis() -> AsyncIterator[tuple[Settings, list[float]]]:
    """Accepts connections and never answers; the list says when each came."""
    connected: list[float] = []

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(time.monotonic())
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield settings_for("postgresql+asyncpg://none/none", redis_url=f"redis://127.0.0.1:{port}/0"), connected


@asynccontextmanager
async def limiting(settings: Settings) -> AsyncIterator[RateLimiter]:
    limiter = RateLimiter(settings)
    yield limiter
    await limiter.close()


async def test_a_hanging_redis_is_asked_once_and_its_absence_logged_once() -> None:
    async with hanging_redis() as (settings, connected), limiting(settings) as limiter:
        with capture_logs() as logs:
            first = time.monotonic()
            waits = [await limiter.hit(RULE, "someone")]
            later = time.monotonic()
            waits += [await limiter.hit(RULE, "someone") for _ in range(3)]
            assert time.monotonic() - later < (later - first) / 2
    assert waits[:3] == [None] * 3
    assert waits[3]
    assert len(connected) == 1
    assert [entry["event"] for entry in logs] == ["limiter_in_memory"]


async def test_many_at_once_log_one_absence() -> None:
    async with hanging_redis() as (settings, _), limiting(settings) as limiter:
        with capture_logs() as logs:
            await asyncio.gather(*(limiter.hit(RULE, "someone") for _ in range(20)))
    assert [entry["event"] for entry in logs] == ["limiter_in_memory"]


async def test_a_burst_is_counted_in_redis() -> None:
    who = new_id().hex
    async with limiting(settings_for("postgresql+asyncpg://none/none")) as limiter:
        with capture_logs() as logs:
            waits = [await limiter.hit(RULE, who)]  # alone, since the first loads the driver
            waits += await asyncio.gather(*(limiter.hit(RULE, who) for _ in range(150)))
    assert waits.count(None) == 3
    assert logs == []


async def test_after_a_while_one_asks_again_and_the_return_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    who = new_id().hex
    async with limiting(settings_for("postgresql+asyncpg://none/none")) as limiter:
        assert limiter._redis is not None
        with monkeypatch.context() as patch, capture_logs() as logs:
            patch.setattr(limiter._redis.storage, "incr", _refuse)
            assert await limiter.hit(RULE, who) is None
            assert await limiter.hit(RULE, who) is None
        assert [entry["event"] for entry in logs] == ["limiter_in_memory"]
        with capture_logs() as logs:
            assert await limiter.hit(RULE, who) is None  # still in memory: the third there
            assert await limiter.hit(RULE, who)
            monkeypatch.setattr(limiter._breaker, "_ask_again_at", 0.0)
            assert await limiter.hit(RULE, who) is None  # the first in Redis
            assert await limiter.hit(RULE, who) is None
        assert [entry["event"] for entry in logs] == ["limiter_in_redis"]


async def _refuse(*_: object, **__: object) -> int:
    raise ConnectionRefusedError
