"""Atomic rate limits in Redis; in this process's memory while Redis is away, which is logged."""

import math
import time

import structlog
from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from app.config.settings import Settings
from app.core.metrics import LIMITER

log = structlog.get_logger()
PAUSE_SECONDS = 5.0
# Long enough that a process with too much to do does not take its own slowness for Redis's.
PATIENCE_SECONDS = 2.0


class RateLimiter:
    """Fixed windows. In memory each process counts on its own, so the limit is then looser by their number.

    A Redis that fails is left alone for five seconds, so that a hanging one does not slow every request; then one
    request asks it again.
    """

    def __init__(self, settings: Settings) -> None:
        self._ask_again_at: float | None = None  # None while Redis answers
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
        if self._redis is not None and self._may_ask():
            try:
                wait = await self._hit("redis", self._redis, rule, identifiers, cost)
            except (RedisError, OSError) as error:
                if self._ask_again_at is None:
                    log.warning("limiter_in_memory", reason=type(error).__name__)
                self._ask_again_at = time.monotonic() + PAUSE_SECONDS
            else:
                if self._ask_again_at is not None:
                    log.info("limiter_in_redis")
                self._ask_again_at = None
                return wait
        return await self._hit("memory", self._memory, rule, identifiers, cost)

    def _may_ask(self) -> bool:
        if self._ask_again_at is None:
            return True
        if time.monotonic() < self._ask_again_at:
            return False
        self._ask_again_at = time.monotonic() + PAUSE_SECONDS  # for all but this one, who tries it
        return True

    async def redis_answers(self) -> bool | None:
        """Whether Redis answers; None when none is configured."""
        if self._redis is None:
            return None
        try:
            return await self._redis.storage.check()
        except (RedisError, OSError):
            return False

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
