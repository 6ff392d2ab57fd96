"""How jobs leave a request, and what becomes of them and of it without a broker."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from redis import Redis
from structlog.testing import capture_logs

from app.api.dependencies import WriteSessionDep
from app.config.database import Database
from app.config.settings import Settings
from app.core.ids import new_id
from app.core.jobs import Job, Queue, enqueue, enqueue_debounced
from app.core.unit_of_work import unit_of_work
from app.infrastructure.queue import sender
from app.infrastructure.queue.broker import QUEUES, asked_key, connect, mark_attended
from app.infrastructure.queue.memory import MemoryQueue
from app.infrastructure.queue.sender import AWAY_SECONDS, CeleryQueue, create_queue
from app.main import create_app
from app.models.property import Property
from app.tests.conftest import settings_for
from app.tests.factories import make_property
from app.tests.test_devstack.waiting import DEADLINE_SECONDS
from app.tests.test_tasks.conftest import kill
from devstack.servers import ValkeyServer

CLOSED = "redis://:hunter2@127.0.0.1:1/0"


@pytest.fixture
def redis(broker_url: str) -> Iterator[Redis]:
    with Redis.from_url(broker_url, decode_responses=True) as client:
        yield client


async def test_jobs_leave_in_order_after_the_commit(database: Database, queue: MemoryQueue) -> None:
    listing = new_id()
    async with unit_of_work(database, queue) as session:
        enqueue(session, "images.check", image_id=listing)
        enqueue_debounced(session, "market.refresh", 5, sector_id=7)
        assert queue.jobs == []
    assert queue.jobs == [Job("images.check", {"image_id": listing}), Job("market.refresh", {"sector_id": 7}, 5)]


async def test_what_was_written_is_visible_when_its_jobs_leave(database: Database) -> None:
    visible: list[bool] = []

    class Looking(MemoryQueue):
        async def send(self, jobs: Sequence[Job]) -> None:
            await super().send(jobs)
            async with database.read() as session:
                visible.append(await session.get(Property, written.id) is not None)

    async with unit_of_work(database, Looking()) as session:
        written = await make_property(session)
        enqueue(session, "market.refresh")
    assert visible == [True]


async def test_jobs_are_dropped_with_the_rollback(database: Database, queue: MemoryQueue) -> None:
    async def ask_and_fail() -> None:
        async with unit_of_work(database, queue) as session:
            enqueue(session, "market.refresh")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask_and_fail()
    assert queue.jobs == []


async def test_a_unit_of_work_without_a_queue_refuses_jobs_instead_of_losing_them(database: Database) -> None:
    async with unit_of_work(database) as session:
        with pytest.raises(RuntimeError, match="without a queue"):
            enqueue(session, "market.refresh")


async def test_each_kind_has_its_queue(celery_queue: CeleryQueue, redis: Redis) -> None:
    names = (
        "market.rank_all",
        "images.check",
        "enhancements.sweep",
        "leads.notify",
        "housekeeping.forget_expired_tokens",
    )
    await celery_queue.send([Job(name, {}) for name in names])
    assert {name: redis.llen(name) for name in QUEUES} == dict.fromkeys(QUEUES, 1)


async def test_a_debounced_job_waits_until_it_starts_and_only_for_the_same_ids(
    celery_queue: CeleryQueue, redis: Redis
) -> None:
    job = Job("market.refresh", {"sector_id": 7}, 600)
    await celery_queue.send([job] * 3)
    assert redis.llen("market") == 1
    await celery_queue.send([Job("market.refresh", {"sector_id": 8}, 600)])
    assert redis.llen("market") == 2
    await celery_queue.started(asked_key(job))
    await celery_queue.send([job] * 3)
    assert redis.llen("market") == 3
    assert 600 < redis.ttl(asked_key(job)) <= 1200, "a lost job is not waited for without end"


async def test_what_celery_would_read_from_the_environment_does_not_count(
    broker_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", CLOSED)
    monkeypatch.setenv("CELERY_RESULT_BACKEND", CLOSED)
    queue = CeleryQueue(broker_url)
    await queue.send([Job("market.refresh", {})])
    assert redis.llen("market") == 1
    await queue.close()


@asynccontextmanager
async def asking(settings: Settings, database: Database, queue: Queue) -> AsyncIterator[httpx.AsyncClient]:
    """The app with one more route, POST /probe, that writes and asks for a job."""
    app = create_app(settings, database, queue)

    async def ask(session: WriteSessionDep) -> None:
        enqueue(session, "market.refresh", sector_id=7)

    app.add_api_route("/probe", ask, methods=["POST"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://casabricks.test") as client:
        yield client


async def ask(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):  # a broker is not waited for without end
        assert (await client.post("/probe")).status_code == 200


async def test_a_request_sends_its_jobs_with_its_id(
    settings: Settings, database: Database, celery_queue: CeleryQueue, redis: Redis
) -> None:
    async with asking(settings, database, celery_queue) as client:
        await client.post("/probe", headers={"X-Request-ID": "request-1"})
    (message,) = redis.lrange("market", 0, -1)
    assert '"request_id": "request-1"' in message


async def test_without_a_broker_requests_succeed(settings: Settings, database: Database) -> None:
    queue = CeleryQueue(CLOSED)
    async with asking(settings, database, queue) as client:
        with capture_logs() as logs:
            await ask(client)
    await queue.close()
    (lost,) = [entry for entry in logs if entry["event"] == "job_not_sent"]
    assert lost["job"] == "market.refresh"
    assert lost["ids"] == {"sector_id": 7}
    assert lost["reason"] == "OperationalError"
    assert "hunter2" not in str(logs)


async def test_a_broker_that_hangs_is_waited_for_once(
    settings: Settings,
    database: Database,
    celery_queue: CeleryQueue,
    valkey: ValkeyServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert valkey.pid is not None
    async with asking(settings, database, celery_queue) as client:
        await client.post("/probe")
        monkeypatch.setattr(sender, "PATIENCE_SECONDS", 0.2)
        monkeypatch.setattr(sender, "AWAY_SECONDS", DEADLINE_SECONDS)
        os.kill(valkey.pid, signal.SIGSTOP)
        try:
            with capture_logs() as logs:
                await ask(client)
                await ask(client)
        finally:
            os.kill(valkey.pid, signal.SIGCONT)
    waited, not_waited = [entry["reason"] for entry in logs if entry["event"] == "job_not_sent"]
    assert waited != not_waited == "broker was away just now"


async def test_jobs_leave_again_when_the_broker_is_back(
    celery_queue: CeleryQueue, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job("market.refresh", {})
    await celery_queue.send([job])
    kill(valkey)
    with capture_logs() as logs:
        await celery_queue.send([job, job])
    assert len(logs) == 2
    valkey.restart()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + AWAY_SECONDS)
    with capture_logs() as logs:
        await celery_queue.send([job])
    assert logs == []


async def test_where_no_broker_is_configured_jobs_are_dropped_and_that_is_logged(database: Database) -> None:
    queue = create_queue(settings_for("postgresql+asyncpg://nobody@127.0.0.1:1/none", redis_url=None))
    with capture_logs() as logs:
        async with unit_of_work(database, queue) as session:
            enqueue(session, "market.refresh")
    assert [(entry["event"], entry["reason"]) for entry in logs] == [("job_not_sent", "no broker is configured")]


async def health(settings: Settings, database: Database, queue: Queue) -> tuple[str, str]:
    """The overall status and the workers'."""
    async with asking(settings, database, queue) as client:
        answer = await client.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    return body["status"], body["dependencies"]["queue_workers"]["status"]


async def test_health_tells_whether_workers_take_jobs(
    settings: Settings, database: Database, celery_queue: CeleryQueue, broker_url: str
) -> None:
    assert await health(settings, database, celery_queue) == ("degraded", "down")
    with connect(broker_url, 1) as redis:
        mark_attended(redis, ["default", "market"])
        assert await health(settings, database, celery_queue) == ("degraded", "degraded")
        mark_attended(redis, QUEUES)
    assert await health(settings, database, celery_queue) == ("ok", "ok")


async def test_health_tells_whether_the_storage_takes_pictures(
    settings: Settings, database: Database, queue: MemoryQueue
) -> None:
    for folder, status in ((settings.storage_folder, "ok"), (Path("/proc/media"), "down")):
        async with asking(settings.model_copy(update={"storage_folder": folder}), database, queue) as client:
            answer = await client.get("/health")
        assert answer.status_code == 200
        assert answer.json()["dependencies"]["storage"]["status"] == status
        assert answer.json()["status"] == ("ok" if status == "ok" else "degraded")
        assert str(folder) not in answer.text


async def test_health_waits_for_no_broker_that_never_answers(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(sender, "SOCKET_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listens_and_never_answers:
        port = listens_and_never_answers.getsockname()[1]
        for url in (CLOSED, f"redis://127.0.0.1:{port}/0"):
            queue = CeleryQueue(url)
            async with asyncio.timeout(DEADLINE_SECONDS):  # without a limit of its own it would wait for ever
                assert await health(settings, database, queue) == ("degraded", "down")
            await queue.close()
