"""What everybody who sends or takes jobs must agree on, and the marks kept beside the jobs in Redis."""

import json
from collections.abc import Iterable

from celery import Celery
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.core.jobs import Job

# Each kind of work has its queue: a worker takes from all in turn, so that none waits behind many of another kind, and
# can be given to one. The part of a name before the dot tells it.
KINDS = ("market", "images", "enhancements", "leads")
QUEUES = ("default", *KINDS)
ENCRYPTED = {"ssl_cert_reqs": "required"}
# A worker says every two seconds that it takes jobs (Celery's heartbeat).
ATTENDED_SECONDS = 20
# How long a debounced job that got lost keeps new ones from being sent.
ASKED_SECONDS = 600


def create_celery(broker_url: str, result_backend: str | None = None) -> Celery:
    celery = Celery("casabricks", set_as_current=False)
    # Set in this way because Celery looks at the environment first, and would connect each sender to a result backend.
    celery.backend_cls = result_backend or "disabled"
    celery.conf.update(
        broker_read_url=broker_url,
        broker_write_url=broker_url,
        accept_content=["json"],
        task_default_queue="default",
        task_queues={name: {} for name in QUEUES},
        task_create_missing_queues=False,
        task_routes={f"{kind}.*": {"queue": kind} for kind in KINDS},
    )
    if broker_url.startswith("rediss:"):
        # Left to itself Kombu would accept any certificate; parameters of the URL go before this.
        celery.conf.broker_use_ssl = ENCRYPTED
    return celery


def connect(broker_url: str, patience_seconds: float) -> Redis:
    return Redis.from_url(
        broker_url,
        socket_timeout=patience_seconds,
        socket_connect_timeout=patience_seconds,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def asked_key(job: Job) -> str:
    """The mark of a debounced job that is sent and has not started."""
    return f"casabricks:asked:{job.name}:{json.dumps(job.ids, sort_keys=True, default=str)}"


def mark_asked(redis: Redis, key: str, seconds: int) -> bool:
    """False when the job is asked for already."""
    return bool(redis.set(key, 1, nx=True, ex=seconds + ASKED_SECONDS))


def mark_attended(redis: Redis, queues: Iterable[str]) -> None:
    """Note that a worker takes jobs from these queues now."""
    with redis.pipeline(transaction=False) as pipeline:
        for name in queues:
            pipeline.set(_attended_key(name), 1, ex=ATTENDED_SECONDS)
        pipeline.execute()


def read_unattended(redis: Redis) -> list[str]:
    marks = redis.mget([_attended_key(name) for name in QUEUES])
    return [name for name, mark in zip(QUEUES, marks, strict=True) if mark is None]


def _attended_key(queue: str) -> str:
    return f"casabricks:attended:{queue}"
