"""`celery -A app.tasks.celery_app worker|beat|flower`: how workers take jobs, and what runs by the clock."""

import sys
import time
from contextlib import suppress
from functools import cache
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import before_task_publish, heartbeat_sent
from redis import Redis
from redis.exceptions import RedisError

from app.config.settings import SettingsError, get_settings
from app.infrastructure.queue.broker import ENCRYPTED, connect, create_celery, mark_attended
from app.infrastructure.queue.transport import mend_transport
from app.tasks.runtime import VISIBILITY_SECONDS

JOBS_IN = ("analytics", "cache", "enhancement", "housekeeping", "images", "leads", "market")
TASKS = [f"app.tasks.{name}" for name in JOBS_IN]
SOCKET_SECONDS = 5
# With REMAP_SIGTERM=SIGQUIT a job that is not done this long after SIGTERM goes back to its queue.
SHUTDOWN_SECONDS = 10


def nightly(task: str, hour: int, minute: int = 0) -> dict[str, Any]:
    """At that time in Noida; dropped when no worker takes it within six hours."""
    return {"task": task, "schedule": crontab(hour=str(hour), minute=str(minute)), "options": {"expires": 6 * 3600}}


SCHEDULE = {
    "compare all listings": {
        "task": "market.refresh",
        "schedule": crontab(minute="7"),
        "options": {"expires": 3000},
    },
    "ask for lost steps of enhancements": {
        "task": "enhancements.sweep",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "time enhancements out": {
        "task": "enhancements.find_overdue",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 800},
    },
    "make lost picture variants": {
        "task": "images.ask_for_variants",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
    "remove pictures nobody needs": {
        "task": "images.remove_loose_objects",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 500},
    },
    **{
        f"send waiting {channel}s about inquiries": {
            "task": "leads.deliver",
            "kwargs": {"channel": channel},
            "schedule": crontab(),
            "options": {"expires": 55},
        }
        for channel in ("email", "webhook")
    },
    "have frequent searches ready": nightly("cache.warm_up", 0),
    "rank all listings": nightly("market.rank_all", 3),
    "forget expired tokens": nightly("housekeeping.forget_expired_tokens", 4),
    "forget who sent old inquiries": nightly("leads.forget_old", 4, 30),
    "count what visitors did": {
        "task": "analytics.aggregate",
        "schedule": crontab(minute="3"),
        "options": {"expires": 3000},
    },
    "forget what visitors did long ago": nightly("analytics.forget_old", 4, 45),
    "forget abandoned imports": nightly("housekeeping.forget_abandoned_imports", 4, 15),
}


def create_worker_app(broker_url: str, result_backend: str | None) -> Celery:
    mend_transport()
    celery = create_celery(broker_url, result_backend)
    celery.conf.update(
        include=TASKS,
        task_acks_late=True,
        # Of the two the second is tried first; it counts, so that a job that kills every worker ends.
        task_reject_on_worker_lost=True,
        task_retry_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_proc_alive_timeout=60,  # by default 4: on a busy machine it would kill its children for ever
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_throttle": 1,  # looks for jobs of dead workers every 10 s, not every 100
            "socket_timeout": SOCKET_SECONDS,
            "socket_connect_timeout": SOCKET_SECONDS,
            "socket_keepalive": True,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_soft_shutdown_timeout=SHUTDOWN_SECONDS,
        worker_redirect_stdouts=False,
        # Nothing reads results, and storing them would hold up each job while their store hangs.
        task_ignore_result=True,
        redis_backend_use_ssl=ENCRYPTED if (result_backend or "").startswith("rediss:") else None,
        timezone="Asia/Kolkata",
        beat_schedule=SCHEDULE,
    )
    return celery


@before_task_publish.connect
def _note_when_due(headers: dict[str, Any], **_: object) -> None:
    """For what beat sends; other senders say when it is due."""
    headers.setdefault("due_at", time.time())


@cache
def _marks() -> Redis:
    return connect(str(get_settings().broker_url), SOCKET_SECONDS)


@heartbeat_sent.connect
def _attend(sender: Any, **_: object) -> None:
    # Without Redis the worker is about to notice itself.
    with suppress(RedisError, OSError):
        mark_attended(_marks(), sender.eventer.app.amqp.queues.consume_from)


def __getattr__(name: str) -> Celery:
    """Build `app` when Celery asks for it, so that importing this module needs no environment."""
    if name != "app":
        raise AttributeError(name)
    try:
        settings = get_settings()
    except SettingsError as error:
        sys.exit(str(error))
    if settings.broker_url is None:
        sys.exit("There is nowhere to take jobs from: set REDIS_URL or CELERY_BROKER_URL (redis:// or rediss://)")
    results = settings.celery_result_backend
    application = create_worker_app(settings.broker_url, results.get_secret_value() if results else None)
    globals()["app"] = application
    return application
