"""Bytes in Redis, which may die, hang or be emptied at any time without holding up who asks."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.config.settings import Settings
from app.infrastructure.breaker import Breaker

# What a request waits for Redis at the most; then it does without.
PATIENCE_SECONDS = 0.05
# For the question whether it is back, for which no request waits, so that a slow connection can be made.
CHECK_SECONDS = 2.0
PAUSE_SECONDS = 1.0
KEEP_SECONDS = 24 * 3600


def create_store(settings: Settings) -> "RedisStore | None":
    return RedisStore(settings.redis_url.get_secret_value()) if settings.redis_url else None


class RedisStore:
    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, retry=None)
        self._breaker = Breaker(away="cache_bypassed", back="cache_in_use", pause_seconds=PAUSE_SECONDS)
        self._checking: asyncio.Task[bool] | None = None

    def is_usable(self) -> bool:
        if self._breaker.is_closed:
            return True
        if (self._checking is None or self._checking.done()) and self._breaker.may_ask():
            self._checking = asyncio.create_task(self.check())
        return False

    async def exchange(self, values: Mapping[str, bytes], names: Sequence[str]) -> Sequence[bytes | None] | None:
        pipeline = self._redis.pipeline(transaction=False)
        for name, value in values.items():
            pipeline.set(name, value, ex=KEEP_SECONDS)
        if names:
            pipeline.mget(names)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                # A server that is full refuses to keep more; what it holds can still be read.
                answers: list[Any] = await pipeline.execute(raise_on_error=False)
            found: list[bytes | None] | RedisError = answers[-1] if names else []
            if isinstance(found, RedisError):
                raise found
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
            return None
        return found

    async def check(self) -> bool:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._redis.ping()
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
            return False
        self._breaker.answered()
        return True

    async def close(self) -> None:
        if self._checking is not None:
            self._checking.cancel()
        await self._redis.aclose()
