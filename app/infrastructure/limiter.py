"""Atomic rate limits in Redis; in this process's memory while Redis is away, which is logged."""

import math
import time

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from app.config.settings import Settings
from app.core.metrics import LIMITER
from app.infrastructure.breaker import Breaker

PAUSE_SECONDS = 5.0
# Long enough that a process with too much to do does not take its own slowness for Redis's.
PATIENCE_SECONDS = 2.0


class RateLimiter:
    """Fixed windows. In memory each process counts on its own, so the limit is then looser by their number.

    A Redis that fails is left alone for five seconds; then one request asks it again.
    """

    def __init__(self, settings: Settings) -> None:
        self._breaker = Breaker(away="limiter_in_memory", back="limiter_in_redis", pause_seconds=PAUSE_SECONDS)
        self._memory = FixedWindowRateLimiter(MemoryStorage())
        self._redis: FixedWindowRateLimiter | None = None
        self._connections: BlockingConnectionPool | None = None
        if settings.redis_url is not None:
            url = settings.redis_url.get_secret_value()
            # Blocking: a burst waits its turn, where a pool that refuses would send it to the memory.
            self._connections = BlockingConnectionPool.from_url(
                url,
                max_connections=8,
                timeout=PATIENCE_SECONDS,
                socket_timeout=PATIENCE_SECONDS,
                socket_connect_timeout=PATIENCE_SECONDS,
            )
            storage = RedisStorage(
                "async+redis://",
                implementation="redispy",
                connection_pool=self._connections,  # type: ignore[arg-type] # as documented, but typed too narrowly
            )
            self._redis = FixedWindowRateLimiter(storage)

    async def close(self) -> None:
        if self._connections is not None:
            await self._connections.aclose()

    async def hit(self, rule: str, *identifiers: str, cost: int = 1) -> int | None:
        """Count one attempt against a rule such as "10 per 15 minutes"; cost -1 takes one back that was counted.

        The first identifier names the limit.

        Return None when it is inside the limit, else the seconds until the window ends.
        """
        if self._redis is not None and self._connections is not None and self._breaker.may_ask():
            try:
                wait = await self._hit("redis", self._redis, rule, identifiers, cost)
            except (RedisError, OSError) as error:
                self._breaker.failed(error)
                # Each that the lost server left would fail once more when it is used after the server is back.
                await self._connections.disconnect(inuse_connections=False)
            else:
                self._breaker.answered()
                return wait
        return await self._hit("memory", self._memory, rule, identifiers, cost)

    @staticmethod
    async def _hit(
        store: str, limiter: FixedWindowRateLimiter, rule: str, identifiers: tuple[str, ...], cost: int
    ) -> int | None:
        limit = parse(rule)
        is_inside = await limiter.hit(limit, *identifiers, cost=cost)
        if cost > 0:
            LIMITER.labels(identifiers[0], store, "allowed" if is_inside else "refused").inc()
        if is_inside:
            return None
        window = await limiter.get_window_stats(limit, *identifiers)
        return max(1, math.ceil(window.reset_time - time.time()))
