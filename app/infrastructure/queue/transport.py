"""Mends Kombu 5.7.0: a worker that loses its broker while a job runs would end when it cannot acknowledge the job.

After a lost connection Kombu uses the closed channel once more (for what is not acknowledged, then for each
acknowledgement) and fails on its missing address. That AttributeError ends the worker, while everything it expects to
go wrong with a connection is logged and survived; the job then runs again later.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as RedisConnectionError


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - as it is called
        if self.connection.client is None:
            raise RedisConnectionError("This channel's connection was lost")
        parameters: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[misc] # not in the stubs
        return parameters


class Transport(redis.Transport):
    Channel = Channel


def mend_transport() -> None:
    """Put it in the place of Kombu's own, for this process."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))
