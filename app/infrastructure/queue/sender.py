"""Sends jobs to Celery by name, without ever holding up the event loop or failing the request."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import structlog
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from app.config.settings import Settings
from app.core.exceptions import UnavailableError
from app.core.jobs import Job, Queue
from app.infrastructure.queue.broker import asked_key, connect, create_celery, mark_asked, read_unattended

log = structlog.get_logger()
SOCKET_SECONDS = 0.5
PATIENCE_SECONDS = 0.9
# While the broker is away, one request in this time finds out whether it is back; the others do not wait.
AWAY_SECONDS = 2.0
FAILURES = (KombuError, RedisError, OSError)
T = TypeVar("T")


class CeleryQueue:
    """The real queue: a thread of its own, and connections that open when first needed."""

    def __init__(self, broker_url: str) -> None:
        self._celery = create_celery(broker_url)
        self._celery.conf.broker_transport_options = {
            "socket_timeout": SOCKET_SECONDS,
            "socket_connect_timeout": SOCKET_SECONDS,
            "max_retries": 0,  # of connecting; by default for ever
        }
        # Celery loads these when first used, and that takes longer than a request may wait.
        for part in ("amqp", "producer_pool", "backend"):
            getattr(self._celery, part)
        self._redis = connect(broker_url, SOCKET_SECONDS)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="queue")
        self._away_until = 0.0

    async def send(self, jobs: Sequence[Job]) -> None:
        """Send in order. From the first that the broker does not take in time they are dropped and logged."""
        headers = {"request_id": structlog.contextvars.get_contextvars().get("request_id")}
        reason = None if time.monotonic() >= self._away_until else "broker was away just now"
        for job in jobs:
            if reason is None:
                try:
                    await self._in_thread(partial(self._publish, job, headers))
                except FAILURES as error:
                    self._away_until = time.monotonic() + AWAY_SECONDS
                    reason = type(error).__name__
            if reason is not None:
                log.warning("job_not_sent", job=job.name, ids=dict(job.ids), reason=reason)

    async def started(self, asked: str) -> None:
        """Drop the mark of a debounced job: who asks from now on has a job sent again, since it may come too late."""
        try:
            await self._in_thread(partial(self._redis.delete, asked))
        except FAILURES as error:
            log.warning("asked_mark_not_dropped", reason=type(error).__name__)

    async def unattended(self) -> Sequence[str]:
        try:
            return await self._in_thread(partial(read_unattended, self._redis))
        except FAILURES as error:
            raise UnavailableError(type(error).__name__) from None

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        self._celery.close()
        self._redis.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Raises TimeoutError; the sockets have time-outs, but looking up a host name has none."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _publish(self, job: Job, headers: Mapping[str, Any]) -> None:
        seconds = job.debounce_seconds
        headers = {**headers, "due_at": time.time() + (seconds or 0)}
        if seconds is not None:
            headers = {**headers, "asked": asked_key(job)}
            if not mark_asked(self._redis, asked_key(job), seconds):
                return
        self._celery.send_task(job.name, kwargs=dict(job.ids), headers=headers, countdown=seconds, retry=False)


class NoQueue:
    """Stands in where no broker is configured: jobs are dropped, with a line in the log."""

    async def send(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            log.warning("job_not_sent", job=job.name, ids=dict(job.ids), reason="no broker is configured")

    async def unattended(self) -> None:
        return None

    async def close(self) -> None:
        pass


def create_queue(settings: Settings) -> Queue:
    return CeleryQueue(settings.broker_url) if settings.broker_url else NoQueue()
