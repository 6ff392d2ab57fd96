"""Workers that are killed or told to leave while they work."""

import json
import signal

import structlog
from redis import Redis

from app.config.database import Database
from app.core.jobs import Job
from app.infrastructure.queue.sender import CeleryQueue
from app.tests.test_devstack.waiting import DEADLINE_SECONDS
from app.tests.test_tasks.conftest import StartWorker, allow_to_end, counted

SECRET = "kJ8vQ2mZr5Xw9TbN4cYd7Lf1HsGa3PeUiOx6"
PRODUCTION = {"APP_ENV": "production", "SECRET_KEY": SECRET, "JWT_SECRET_KEY": SECRET}


async def test_a_job_of_a_killed_worker_runs_again_on_the_next(
    start_worker: StartWorker, notes: Database, celery_queue: CeleryQueue, broker_url: str
) -> None:
    killed = start_worker("--concurrency=1", REDIS_URL=broker_url, **PRODUCTION)
    with structlog.contextvars.bound_contextvars(request_id="request-1"):
        await celery_queue.send([Job("tests.linger", {"what": "job"})])
    (line,) = killed.wait_for("began")
    killed.kill()
    assert json.loads(line)["request_id"] == "request-1"
    (received,) = killed.lines("Task tests.linger[")
    assert json.loads(received)["level"] == "info", "Celery's own lines are of the same kind"
    await allow_to_end(notes, "job")
    # A pool without processes of its own: its jobs run in the worker itself.
    successor = start_worker("--pool=solo", VISIBILITY_SECONDS="1")
    successor.wait_for("job_done", "request_id=request-1")
    assert await counted(notes, "job began") == 2
    assert await counted(notes, "job ended") == 1


async def test_a_worker_told_to_end_finishes_its_job(
    start_worker: StartWorker, notes: Database, celery_queue: CeleryQueue
) -> None:
    worker = start_worker("--concurrency=1")
    await celery_queue.send([Job("tests.linger", {"what": "job"})])
    worker.wait_for("began")
    worker.process.send_signal(signal.SIGTERM)
    worker.wait_for("Warm shutdown")
    await allow_to_end(notes, "job")
    assert worker.process.wait(DEADLINE_SECONDS) == 0
    assert await counted(notes, "job ended") == 1


async def test_a_worker_told_to_end_soon_gives_back_what_takes_long(
    start_worker: StartWorker, notes: Database, celery_queue: CeleryQueue, broker_url: str
) -> None:
    worker = start_worker("--concurrency=1", REMAP_SIGTERM="SIGQUIT")
    await celery_queue.send([Job("tests.linger", {"what": "job"})])
    worker.wait_for("began")
    with Redis.from_url(broker_url) as redis:
        assert redis.llen("default") == 0
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(DEADLINE_SECONDS) == 0
        assert redis.llen("default") == 1
    assert await counted(notes, "job ended") == 0
