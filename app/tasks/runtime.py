"""What a worker process keeps from job to job (one event loop, one engine, one queue), and how a job runs on it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import cache, partial
from threading import Thread
from typing import Any, NamedTuple, TypeVar

import asyncpg
import structlog
from celery import Task, shared_task
from celery.signals import setup_logging, task_postrun, worker_process_init, worker_process_shutdown, worker_shutdown
from celery.utils.log import get_multiprocessing_logger
from celery.utils.time import get_exponential_backoff_interval
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.config.database import create_database
from app.config.settings import Settings, get_settings
from app.core.exceptions import UnavailableError
from app.core.jobs import Job
from app.core.logging import configure_logging, log_libraries
from app.core.metrics import JOB_AGE, JOBS, keep_metrics
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import DeliveryChannel
from app.infrastructure.ai.choice import create_provider
from app.infrastructure.cache.redis_store import create_store
from app.infrastructure.cache.versioned import VersionedCache
from app.infrastructure.delivery import Carrier
from app.infrastructure.delivery.crm import create_crm_carrier
from app.infrastructure.delivery.mail import create_mail_carrier
from app.infrastructure.queue.sender import CeleryQueue
from app.infrastructure.storage import create_storage
from app.repositories import data_version
from app.repositories.locks import try_hold
from app.services.gazetteer import Places

log = structlog.get_logger()
# A job whose worker died is given to another after this time, so every job must have ended by then.
VISIBILITY_SECONDS = 900
# Between the end that a job's own loop sets it and the killing of its process.
GRACE_SECONDS = 30
# What passes by itself: a server restarting, a network gone for a moment, two transactions in each other's way.
PASSING = (OSError, DBAPIError, PoolTimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, UnavailableError)
MOST_REPEATS = 8
FIRST_REPEAT_SECONDS = 5
LAST_REPEAT_SECONDS = 300
# How long a job waits that found another of its name running.
BUSY_SECONDS = 15
CLOSE_SECONDS = 5
Work = Callable[..., Awaitable[None]]
T = TypeVar("T")


class JobTooLongError(Exception):
    """The job did not end in its time."""


class Runtime:
    """The loop turns in a thread of its own, so that it learns between jobs that a server closed a connection."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        if settings.enable_metrics:
            keep_metrics(settings.metrics_folder)
        # A job that runs alone needs one connection for its lock and one for its work.
        connections = max(settings.database_pool_size, 2)
        self.database = create_database(
            settings.for_background_work().model_copy(update={"database_pool_size": connections})
        )
        self.queue = CeleryQueue(str(settings.broker_url))  # without one celery_app.py has refused to start
        self.cache = VersionedCache(create_store(settings), partial(data_version.read, self.database.direct))
        self.places = Places(self.database)
        self.storage = create_storage(settings)
        self.ai_service = create_provider(settings)
        # None where the settings name nowhere to send to: what waits goes on waiting.
        self.carriers: dict[DeliveryChannel, Carrier | None] = {
            DeliveryChannel.EMAIL: create_mail_carrier(settings),
            DeliveryChannel.WEBHOOK: create_crm_carrier(settings),
        }
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="jobs", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run to the end on the loop, with the caller's context variables."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def close(self) -> None:
        self.run(self._close(), CLOSE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_SECONDS)
        self._loop.close()

    async def _close(self) -> None:
        await self.queue.close()
        await self.cache.close()
        await self.storage.close()
        if self.ai_service is not None:
            await self.ai_service.close()
        for carrier in filter(None, self.carriers.values()):
            await carrier.close()
        await self.database.close()


@cache
def runtime() -> Runtime:
    """This process's own; never called before the worker has forked."""
    return Runtime(get_settings())


@setup_logging.connect
def _set_up_logging(loglevel: int, **_: object) -> None:
    settings = get_settings()
    configure_logging(settings)
    log_libraries(settings, loglevel)
    get_multiprocessing_logger().propagate = True  # type: ignore[union-attr] # never None
    # job_done says it; and a result's address may be a secret.
    for chatty in ("multiprocessing", "celery.app.trace", "httpx", "pyvips"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@worker_process_init.connect
def _open(**_: object) -> None:
    runtime()


@worker_process_shutdown.connect
@worker_shutdown.connect  # of a solo worker, which is its own and only process
def _close(**_: object) -> None:
    if runtime.cache_info().currsize:
        runtime().close()
        runtime.cache_clear()


@task_postrun.connect
def _forget(**_: object) -> None:
    """What _run bound stands on Celery's own lines about the job as well, and on no later ones."""
    structlog.contextvars.clear_contextvars()


class _Order(NamedTuple):
    name: str
    function: Work
    seconds: int
    alone: bool | str


def job(name: str, *, seconds: int = 60, alone: bool | str = False) -> Callable[[Work], Task[Any, None]]:
    """Make a Celery task of an async function that is called with the Runtime and the job's ids.

    It may run again after it ran (a worker died before it could say so), so it must reload the state and decide anew.
    After `seconds` it is cancelled. `alone`: never twice at the same time, by any worker; who comes second waits.
    Where it names one of the ids, never twice for the same value of that.
    """
    if seconds + GRACE_SECONDS >= VISIBILITY_SECONDS:
        msg = f"{name} may take no longer than {VISIBILITY_SECONDS - GRACE_SECONDS} s: a second worker would get it"
        raise ValueError(msg)

    def register(function: Work) -> Task[Any, None]:
        order = _Order(name, function, seconds, alone)

        @shared_task(
            name=name,
            bind=True,
            time_limit=seconds + GRACE_SECONDS,
            max_retries=MOST_REPEATS,
            default_retry_delay=FIRST_REPEAT_SECONDS,  # when its process died under it
        )
        def run(task: Task[Any, None], /, **ids: Any) -> None:
            _run(task, order, ids)

        return run

    return register


def _run(task: Task[Any, None], order: _Order, ids: dict[str, Any]) -> None:
    known = {"job": order.name, "job_id": task.request.id, "request_id": task.request.get("request_id")}
    structlog.contextvars.bind_contextvars(**{name: value for name, value in known.items() if value is not None})
    due_at = task.request.get("due_at")  # unknown where somebody sends by Celery's own means
    if due_at is not None and not task.request.retries:
        JOB_AGE.labels(order.name).observe(max(0, time.time() - due_at))
    JOBS.labels(order.name, "failed")  # there from the start, at 0
    outcome, started = "failed", time.perf_counter()
    try:
        ran = runtime().run(_perform(runtime(), order, ids, task.request.get("asked")))
        outcome = "done" if ran else "put_off"
    except PASSING as error:
        wait = get_exponential_backoff_interval(
            FIRST_REPEAT_SECONDS, task.request.retries, LAST_REPEAT_SECONDS, full_jitter=True
        )
        again = task.retry(exc=error, countdown=wait, throw=False)  # raises the error when it was the last time
        outcome = "repeated"
        log.warning("job_repeated", reason=type(error).__name__, in_seconds=wait, attempts=task.request.retries + 1)
        raise again from None
    finally:
        JOBS.labels(order.name, outcome).observe(time.perf_counter() - started)


async def _perform(on: Runtime, order: _Order, ids: dict[str, Any], asked: str | None) -> bool:
    """Return whether it ran: False when another one runs, after which it is asked for again."""
    started = time.perf_counter()
    if asked is not None:
        await on.queue.started(asked)
    try:
        async with asyncio.timeout(order.seconds) as limit:
            ran = await (_alone if order.alone else _at_once)(on, order, ids)
    except TimeoutError:
        if not limit.expired():
            raise
        msg = f"{order.name} was cancelled after {order.seconds} s"
        raise JobTooLongError(msg) from None
    if ran:
        log.info("job_done", ms=round((time.perf_counter() - started) * 1000, 1))
    else:
        log.info("job_put_off", reason="another one runs", in_seconds=BUSY_SECONDS)
        await on.queue.send([Job(order.name, ids, BUSY_SECONDS)])
    return ran


async def _at_once(on: Runtime, order: _Order, ids: dict[str, Any]) -> bool:
    await order.function(on, **ids)
    return True


async def _alone(on: Runtime, order: _Order, ids: dict[str, Any]) -> bool:
    async with unit_of_work(on.database) as session:
        name = order.name if order.alone is True else f"{order.name} {ids[str(order.alone)]}"
        return await try_hold(session, name) and await _at_once(on, order, ids)
