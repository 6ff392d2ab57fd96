"""What this process depends on, and whether it answers."""

import asyncio
import time
from importlib.metadata import version

import asyncpg

from app.config.database import Database
from app.core.exceptions import UnavailableError
from app.core.jobs import Queue
from app.infrastructure.ai import Provider
from app.infrastructure.cache.versioned import VersionedCache
from app.infrastructure.queue.broker import QUEUES
from app.infrastructure.storage import Storage
from app.repositories import health
from app.schemas.health import Dependency, Health, Status
from app.services import questions

VERSION = version("casabricks")
PATIENCE_SECONDS = 2.0
AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


def _answered(started: float) -> Dependency:
    return Dependency(status=Status.OK, latency_ms=round((time.perf_counter() - started) * 1000, 1))


async def check_database(database: Database) -> Dependency:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await health.ping(database.pulse)
    except AWAY:
        return Dependency(status=Status.DOWN)
    return _answered(started)


async def check_cache(cache: VersionedCache) -> Dependency:
    """A cache that was bypassed is in use again when it answers this."""
    if cache.store is None:
        return Dependency(status=Status.NOT_CONFIGURED)
    started = time.perf_counter()
    return _answered(started) if await cache.store.check() else Dependency(status=Status.DOWN)


async def check_workers(queue: Queue) -> Dependency:
    """Degraded when jobs of some kinds would wait, down when nobody takes any."""
    started = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            unattended = await queue.unattended()
    except (UnavailableError, TimeoutError):
        return Dependency(status=Status.DOWN)
    if unattended is None:
        return Dependency(status=Status.NOT_CONFIGURED)
    answered = _answered(started)
    if unattended:
        answered.status = Status.DOWN if len(unattended) == len(QUEUES) else Status.DEGRADED
    return answered


async def check_service(service: Storage | Provider | None) -> Dependency:
    """Of an AI service only whether it can be reached, not whether it takes the key."""
    if service is None:
        return Dependency(status=Status.NOT_CONFIGURED)
    started = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await service.check()
    except (UnavailableError, TimeoutError):
        return Dependency(status=Status.DOWN)
    return _answered(started)


async def check_questions(database: Database) -> Dependency:
    """Degraded when this release refuses a part of how they are stored, and asks it as shipped."""
    started = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, refused = await questions.configured(database.direct)
    except AWAY:
        return Dependency(status=Status.DOWN)
    answered = _answered(started)
    if refused:
        answered.status = Status.DEGRADED
    return answered


async def check_all(
    database: Database, cache: VersionedCache, queue: Queue, storage: Storage, ai_service: Provider | None
) -> Health:
    """Down without the database; degraded without anything else that is configured."""
    database_state, questions_state, cache_state, workers_state, storage_state, ai_state = await asyncio.gather(
        check_database(database),
        check_questions(database),
        check_cache(cache),
        check_workers(queue),
        check_service(storage),
        check_service(ai_service),
    )
    dependencies = {
        "database": database_state,
        "questions": questions_state,
        "cache": cache_state,
        "queue_workers": workers_state,
        "storage": storage_state,
        "ai_service": ai_state,
    }
    if database_state.status is Status.DOWN:
        status = Status.DOWN
    elif any(dependency.status in {Status.DOWN, Status.DEGRADED} for dependency in dependencies.values()):
        status = Status.DEGRADED
    else:
        status = Status.OK
    return Health(status=status, version=VERSION, dependencies=dependencies)
