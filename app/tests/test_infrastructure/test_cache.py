"""Ready answers: good for one version of the data, made once for all who ask, and done without when Redis is away."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from app.core.exceptions import NotFoundError
from app.core.ids import new_id
from app.infrastructure.cache import redis_store, versioned
from app.infrastructure.cache.memory import MemoryStore
from app.infrastructure.cache.redis_store import RedisStore
from app.infrastructure.cache.versioned import MOST_BYTES, VersionedCache
from app.tests.test_services.test_limiter import hanging_redis
from devstack.servers import ValkeyServer


class Source:
    """Data of some version, of which answers are made when the test lets them be."""

    def __init__(self) -> None:
        self.version = 7
        self.looked_up = 0
        self.made = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.size = 10

    async def read_version(self) -> int:
        self.looked_up += 1
        return self.version

    async def make(self) -> bytes:
        self.made += 1
        answer = f"{self.version}-{self.made}".encode().ljust(self.size)
        await self.go_on.wait()
        return answer


async def ask(cache: VersionedCache, source: Source, question: str = "?") -> str:
    return (await cache.get("test", question, source.make)).decode().strip()


async def test_an_answer_is_made_once_for_each_question_and_version() -> None:
    source = Source()
    cache = VersionedCache(MemoryStore(), source.read_version)
    assert [await ask(cache, source) for _ in range(3)] == ["7-1"] * 3
    assert await ask(cache, source, "other") == "7-2"
    source.version = -8
    assert [await ask(cache, source) for _ in range(2)] == ["-8-3"] * 2
    source.version = 7  # as after a restored backup: the same data, and the answer was replaced meanwhile
    assert await ask(cache, source) == "7-4"
    assert await cache.holds("test", "?")
    assert not await cache.holds("test", "never asked")


async def test_who_asks_at_the_same_time_shares_the_making_and_the_looking_up() -> None:
    source = Source()
    cache = VersionedCache(MemoryStore(), source.read_version)
    source.go_on.clear()
    asking = [asyncio.create_task(ask(cache, source)) for _ in range(20)]
    while not source.made:  # noqa: ASYNC110 - until it waits to be let
        await asyncio.sleep(0)
    source.go_on.set()
    assert await asyncio.gather(*asking) == ["7-1"] * 20
    assert source.looked_up == 1


async def test_an_answer_begun_before_a_write_is_not_given_to_who_asks_after_it() -> None:
    source = Source()
    cache = VersionedCache(MemoryStore(), source.read_version)
    source.go_on.clear()
    before = asyncio.create_task(ask(cache, source))
    while not source.made:  # noqa: ASYNC110 - until it waits to be let
        await asyncio.sleep(0)
    source.version = 8
    after = asyncio.create_task(ask(cache, source))
    while source.made < 2:  # noqa: ASYNC110 - the second one as well
        await asyncio.sleep(0)
    source.go_on.set()
    assert [await before, await after] == ["7-1", "8-2"]


async def test_errors_reach_all_who_asked_and_are_not_kept() -> None:
    source = Source()
    cache = VersionedCache(MemoryStore(), source.read_version)

    async def refuse() -> bytes:
        raise NotFoundError("no such home")

    refused = await asyncio.gather(*(cache.get("test", "?", refuse) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in refused] == [NotFoundError] * 3
    assert await ask(cache, source) == "7-1"

    async def fail() -> int:
        raise ConnectionRefusedError

    broken = VersionedCache(MemoryStore(), fail)
    failed = await asyncio.gather(*(broken.get("test", "?", source.make) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in failed] == [ConnectionRefusedError] * 3


async def test_what_is_kept_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    source, store = Source(), MemoryStore()
    cache = VersionedCache(store, source.read_version)
    source.size = MOST_BYTES + 1
    await ask(cache, source)
    assert not store.values
    source.size = 10
    monkeypatch.setattr(versioned, "SLOTS", 2)
    answers = [await ask(cache, source, str(number)) for number in range(10)]
    assert len(set(answers)) == 10
    assert len(store.values) == 2


@asynccontextmanager
async def redis_cache(url: str, source: Source) -> AsyncIterator[VersionedCache]:
    cache = VersionedCache(RedisStore(url), source.read_version)
    yield cache
    await cache.close()


async def test_a_hanging_redis_is_soon_done_without() -> None:
    source = Source()
    async with hanging_redis() as (settings, _):
        assert settings.redis_url is not None
        async with redis_cache(settings.redis_url.get_secret_value(), source) as cache:
            with capture_logs() as logs:
                answers = await asyncio.gather(*(ask(cache, source) for _ in range(5)))
                answers += [await ask(cache, source) for _ in range(5)]
    assert answers == [f"7-{number}" for number in range(1, 11)]  # each made anew: no version vouches for it
    assert source.looked_up == 1
    assert [entry["event"] for entry in logs] == ["cache_bypassed"]


async def test_redis_may_hang_be_emptied_and_full(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source()
    monkeypatch.setattr(redis_store, "PATIENCE_SECONDS", 30)  # a busy machine is no failure
    async with redis_cache(valkey.url(5), source) as cache, Redis.from_url(valkey.url(5)) as redis:
        assert cache.store is not None
        assert valkey.pid is not None
        assert await cache.store.check()
        assert [await ask(cache, source, name := new_id().hex) for _ in range(2)] == ["7-1", "7-2"]
        assert await ask(cache, source, name) == "7-2"
        with capture_logs() as logs:
            with monkeypatch.context() as patch:
                patch.setattr(redis_store, "PATIENCE_SECONDS", 0.05)
                os.kill(valkey.pid, signal.SIGSTOP)
                assert await ask(cache, source, name) == "7-3"
                assert await ask(cache, source, name) == "7-4"
                os.kill(valkey.pid, signal.SIGCONT)
            while not await cache.store.check():
                pass
            assert await ask(cache, source, name) == "7-2"
        assert [entry["event"] for entry in logs] == ["cache_bypassed", "cache_in_use"]
        await redis.flushdb()
        assert [await ask(cache, source, name) for _ in range(2)] == ["7-5", "7-5"]
        await redis.config_set("maxmemory", 1)
        try:
            assert [await ask(cache, source, new_id().hex) for _ in range(2)] == ["7-6", "7-7"]
            assert await ask(cache, source, name) == "7-5"
        finally:
            await redis.config_set("maxmemory", 0)
