"""Which Redis answers."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.exceptions import UnavailableError


async def read_version(url: str) -> tuple[str, str]:
    """Return the server's name and version, ("Redis", "7.2.4"). Raises UnavailableError naming the kind of failure."""
    try:
        async with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, decode_responses=True) as client:
            server = await client.info("server")
    except (RedisError, OSError, ValueError) as error:
        raise UnavailableError(type(error).__name__) from None
    if "valkey_version" in server:
        return "Valkey", server["valkey_version"]
    return "Redis", server["redis_version"]
