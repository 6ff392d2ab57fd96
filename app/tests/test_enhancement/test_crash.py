"""Whatever is killed wherever an enhancement is: it completes, once. Real processes, ended by SIGKILL."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from redis import Redis

from app.config.database import Database
from app.config.settings import Settings
from app.core.jobs import Job
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EnhancementState
from app.infrastructure.queue.sender import CeleryQueue
from app.models.enhancement import UNDER_WAY, Enhancement
from app.models.image import PropertyImage
from app.repositories import ranking
from app.tests.conftest import ROOT
from app.tests.factories import auth_headers, make_user
from app.tests.test_devstack.waiting import eventually
from app.tests.test_enhancement.conftest import API_KEY, SECRET, make_image, read
from app.tests.test_tasks.conftest import Worker, create_notes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]
POINTS = ("request", "submit", "callback", "result", "conclusion")
VICTIMS = ("worker", "api", "redis", "service")
PATIENCE_SECONDS = 180  # to start a worker on a busy machine takes long


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Stack:
    """An API, a worker and a service, each killed and started again on demand."""

    def __init__(self, database: Database, broker_url: str, folder: Path) -> None:
        self.database, self.broker_url, self.folder = database, broker_url, folder
        self.api_url, self.service_port = f"http://127.0.0.1:{free_port()}", free_port()
        self.holds = folder / "service"
        self.media = folder / "media"
        self.holds.mkdir()
        self.variables = {
            "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "REDIS_URL": broker_url,
            "CELERY_BROKER_URL": broker_url,
            "JWT_SECRET_KEY": "tests-sign-with-this-key-and-nothing-else-does",
            "PUBLIC_URL": self.api_url,
            "STORAGE_FOLDER": str(self.media),
            "AI_SERVICE_API_URL": f"http://127.0.0.1:{self.service_port}/jobs",
            "AI_SERVICE_API_KEY": API_KEY,
            "AI_SERVICE_WEBHOOK_SECRET": SECRET,
            "AI_SERVICE_PRIVATE_ADDRESSES": "true",
        }
        self.workers: list[Worker] = []
        self.start_service()
        self.start_api()
        self.start_worker()

    def start_worker(self) -> None:
        log = self.folder / f"worker-{len(self.workers)}.log"
        variables = {name: value for name, value in self.variables.items() if "DATABASE" not in name}
        self.workers.append(Worker(self.database, self.broker_url, log, "--concurrency=2", **variables))

    def start_api(self) -> None:
        port = self.api_url.rpartition(":")[2]
        self.api = self._start(
            "-m", "uvicorn", "app.tests.test_enhancement.impatient:app", "--port", port, "--no-access-log"
        )
        eventually(lambda: answers(f"{self.api_url}/health/live"), seconds=PATIENCE_SECONDS)

    def start_service(self) -> None:
        module = "app.tests.test_enhancement.service_process"
        self.service = self._start("-m", module, str(self.service_port), str(self.holds), SECRET)
        eventually(lambda: accepts(self.service_port), seconds=PATIENCE_SECONDS)

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "processes.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=os.environ | self.variables, stdout=log, stderr=log
            )

    def kill(self, victim: str) -> None:
        if victim == "redis":
            with Redis.from_url(self.broker_url) as redis:
                redis.flushall()
        elif victim == "worker":
            self.workers[-1].kill()
            self.start_worker()
        else:
            process: subprocess.Popen[bytes] = getattr(self, victim)
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE_SECONDS)
            {"api": self.start_api, "service": self.start_service}[victim]()

    def concluded(self, enhancement_id: object) -> int:
        return sum(len(each.lines("enhancement_concluded", str(enhancement_id))) for each in self.workers)

    def stop(self) -> None:
        for process in (self.api, self.service):
            process.kill()
            process.wait()
        self.workers[-1].kill()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest_asyncio.fixture
async def stack(
    database: Database, broker_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stack]:
    # Without compiled files each start of Python takes seconds longer.
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "pycache"))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    await create_notes(database)
    started = Stack(database, broker_url, tmp_path)
    yield started
    started.stop()


async def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "the awaited state did not come"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def waiting_at(stack: Stack, point: str, image: PropertyImage, headers: dict[str, str]) -> AsyncIterator[UUID]:
    """Start an enhancement that waits at this point until the block ends."""
    if point == "request":  # nobody takes jobs
        os.killpg(stack.workers[-1].process.pid, signal.SIGSTOP)
        yield start(stack, image, headers)
        with suppress(ProcessLookupError):
            os.killpg(stack.workers[-1].process.pid, signal.SIGCONT)
        return
    gate = "result" if point == "conclusion" else point
    hold, at = stack.holds / f"hold-{gate}", stack.holds / f"at-{gate}"
    at.unlink(missing_ok=True)
    hold.touch()
    enhancement_id = start(stack, image, headers)
    await until(at.exists)
    if point == "conclusion":  # the result is stored, the row not yet written
        async with unit_of_work(stack.database) as session:
            await ranking.lock(session, [image.property_id])
            hold.unlink()
            folder = stack.media / f"properties/{image.property_id}"
            await until(lambda: len(list(folder.iterdir())) > 1)
            yield enhancement_id
    else:
        yield enhancement_id
        hold.unlink()


def start(stack: Stack, image: PropertyImage, headers: dict[str, str]) -> UUID:
    answer = httpx.post(f"{stack.api_url}/api/v1/admin/images/{image.id}/enhance", headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["id"])


async def completes(stack: Stack, queue: CeleryQueue, enhancement_id: UUID) -> Enhancement:
    """With the sweep that beat asks for each minute, asked for more often."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (enhancement := await read(stack.database, enhancement_id)).state in UNDER_WAY:
        assert time.monotonic() < deadline, (enhancement.state, enhancement.error)
        await queue.send([Job("enhancements.sweep", {})])
        await asyncio.sleep(0.3)
    return enhancement


async def test_killed_at_any_point_it_completes_once(stack: Stack, database: Database, settings: Settings) -> None:
    own = settings.model_copy(update={"storage_folder": stack.media})
    async with unit_of_work(database) as session:
        headers = auth_headers(own, await make_user(session))
    queue = CeleryQueue(stack.broker_url)
    for point in POINTS:
        for victim in VICTIMS:
            image = await make_image(database, own)
            async with waiting_at(stack, point, image, headers) as enhancement_id:
                stack.kill(victim)
            enhancement = await completes(stack, queue, enhancement_id)
            where = (point, victim, enhancement.error)
            assert enhancement.state is EnhancementState.COMPLETED, where
            assert enhancement.image.enhanced_key == enhancement.result_key, where
            assert stack.concluded(enhancement_id) == 1, where
    await queue.close()
