"""Atomic rate limits in Redis; in this process's memory while Redis is away, which is logged."""

import math
import time

import structlog
from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

from app.config.settings import Settings

log = structlog.get_logger()


class RateLimiter:
    """Fixed windows. In memory each process counts on its own, so the limit is then looser by their number."""

    def __init__(self, settings: Settings) -> None:
        self._memory = FixedWindowRateLimiter(MemoryStorage())
        self._redis: FixedWindowRateLimiter | None = None
        if settings.redis_url is not None:
            storage = RedisStorage(
                f"async+{settings.redis_url.get_secret_value()}",
                implementation="redispy",
                socket_timeout=0.5,
                socket_connect_timeout=0.5,
            )
            self._redis = FixedWindowRateLimiter(storage)

    async def hit(self, rule: str, *identifiers: str, cost: int = 1) -> int | None:
        """Count one attempt against a rule such as "10 per 15 minutes"; cost -1 takes one back that was counted.

        Return None when it is inside the limit, else the seconds until the window ends.
        """
        if self._redis is not None:
            try:
                return await self._hit(self._redis, rule, identifiers, cost)
            except (RedisError, OSError) as error:
                log.warning("limiter_in_memory", reason=type(error).__name__)
        return await self._hit(self._memory, rule, identifiers, cost)

    async def redis_answers(self) -> bool | None:
        """Whether Redis answers; None when none is configured."""
        if self._redis is None:
            return None
        try:
            return await self._redis.storage.check()
        except (RedisError, OSError):
            return False

    @staticmethod
    async def _hit(limiter: FixedWindowRateLimiter, rule: str, identifiers: tuple[str, ...], cost: int) -> int | None:
        limit = parse(rule)
        if await limiter.hit(limit, *identifiers, cost=cost):
            return None
        window = await limiter.get_window_stats(limit, *identifiers)
        return max(1, math.ceil(window.reset_time - time.time()))
