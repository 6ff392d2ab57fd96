"""Whatever is killed wherever an enhancement is: it completes, once. The demo's own processes, ended by SIGKILL."""

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
from pydantic import SecretStr

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
from app.tests.test_enhancement.conftest import make_image, photo, read
from app.tests.test_enhancement.go_between import PATIENCE_SECONDS, GoBetween, go_between
from app.tests.test_tasks.conftest import Worker, create_notes, kill
from devstack.plan import Address, environment
from devstack.servers import ValkeyServer
from devstack.state import StackState

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]
# Where an enhancement is, and the call that is held there on its way.
POINTS = {
    "requested": None,
    "submitted": "/enhance",
    "at work": "/media/",
    "reported": "/api/v1/webhooks/",
    "fetched": "/results/",
    "concluded": "/results/",
}
VICTIMS = ("worker", "api", "redis", "enhancer")
BROKER_DB = 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Stack:
    """The processes of the demo and what stands between them, each killed and started again on demand."""

    def __init__(self, database: Database, valkey: ValkeyServer, folder: Path) -> None:
        self.database, self.valkey, self.folder = database, valkey, folder
        self.api = Address("127.0.0.1", free_port())
        self.enhancer = Address("127.0.0.1", free_port())
        self.media = folder / "media"
        self.variables = environment(
            self.api,
            folder,
            database_url=database.engine.url.render_as_string(hide_password=False),
            valkey_url={number: valkey.url(number) for number in range(3)},
            enhancer_port=self.enhancer.port,
            secrets=StackState(folder).secrets(),
        )
        self.workers: list[Worker] = []
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, between: GoBetween) -> None:
        """All that goes from one process to the other goes through `between`."""
        self.between = between
        self.variables |= {
            "PUBLIC_URL": between.url,
            "AI_SERVICE_API_URL": f"{between.url}/enhance",
            "ENHANCER_PUBLIC_URL": between.url,
        }
        self.start_enhancer()
        self.start_api()
        self.start_worker()

    def start_worker(self) -> None:
        log = self.folder / f"worker-{len(self.workers)}.log"
        self.workers.append(Worker(self.database, self.broker_url, log, "--concurrency=2", **self.variables))

    def start_api(self) -> None:
        port = str(self.api.port)
        self._start("api", "uvicorn", "app.tests.test_enhancement.impatient:app", "--port", port, "--no-access-log")
        eventually(lambda: self.api.answers("/health/live"), seconds=PATIENCE_SECONDS)

    def start_enhancer(self) -> None:
        self._start("enhancer", "enhancer")
        eventually(lambda: self.enhancer.answers("/health"), seconds=PATIENCE_SECONDS)

    def _start(self, name: str, *module: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=os.environ | self.variables, stdout=log, stderr=log
            )

    @property
    def broker_url(self) -> str:
        return self.valkey.url(BROKER_DB)

    def kill(self, victim: str) -> None:
        """With SIGKILL; then it starts again, Redis with nothing in it."""
        match victim:
            case "redis":
                kill(self.valkey)
                self.valkey.restart()
            case "worker":
                self.workers[-1].kill()
                self.start_worker()
            case _:
                self.processes[victim].kill()
                self.processes[victim].wait()
                {"api": self.start_api, "enhancer": self.start_enhancer}[victim]()

    def concluded(self, enhancement_id: object) -> int:
        return sum(len(each.lines("enhancement_concluded", str(enhancement_id))) for each in self.workers)

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
        for worker in self.workers[-1:]:
            worker.kill()


@pytest_asyncio.fixture
async def stack(
    database: Database, valkey: ValkeyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stack]:
    # Without compiled files each start of Python takes seconds longer.
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "pycache"))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    await create_notes(database)
    made = Stack(database, valkey, tmp_path)
    app, service = made.api.url, made.enhancer.url
    targets = {"/enhance": service, "/results/": service, "/media/": app, "/api/": app}
    with go_between(targets) as between:
        try:
            made.start(between)
            yield made
        finally:
            made.stop()


async def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "the awaited state did not come"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def waiting_at(stack: Stack, point: str, image: PropertyImage, headers: dict[str, str]) -> AsyncIterator[UUID]:
    """Start an enhancement that waits at this point until the block ends."""
    path = POINTS[point]
    if path is None:  # nobody takes jobs
        os.killpg(stack.workers[-1].process.pid, signal.SIGSTOP)
        yield start(stack, image, headers)
        with suppress(ProcessLookupError):
            os.killpg(stack.workers[-1].process.pid, signal.SIGCONT)
    elif point == "concluded":  # the result is stored, the row not yet written
        async with unit_of_work(stack.database) as session:
            with stack.between.holding(path) as arrived:
                enhancement_id = start(stack, image, headers)
                await until(arrived.is_set)
                await ranking.lock(session, [image.property_id])
            folder = stack.media / f"properties/{image.property_id}"
            await until(lambda: len(list(folder.iterdir())) > 1)
            yield enhancement_id
    else:
        with stack.between.holding(path) as arrived:
            enhancement_id = start(stack, image, headers)
            await until(arrived.is_set)
            yield enhancement_id


def start(stack: Stack, image: PropertyImage, headers: dict[str, str]) -> UUID:
    answer = httpx.post(f"{stack.api.url}/api/v1/admin/images/{image.id}/enhance", headers=headers, timeout=30)
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
    changes = {"storage_folder": stack.media, "jwt_secret_key": SecretStr(stack.variables["JWT_SECRET_KEY"])}
    own = settings.model_copy(update=changes)
    async with unit_of_work(database) as session:
        headers = auth_headers(own, await make_user(session))
    queue = CeleryQueue(stack.broker_url)
    for point in POINTS:
        for victim in VICTIMS:
            image = await make_image(database, own, photo(brighter=0.6))
            async with waiting_at(stack, point, image, headers) as enhancement_id:
                stack.kill(victim)
            enhancement = await completes(stack, queue, enhancement_id)
            where = (point, victim, enhancement.error)
            assert enhancement.state is EnhancementState.COMPLETED, where
            assert enhancement.image.enhanced_key == enhancement.result_key, where
            assert stack.concluded(enhancement_id) == 1, where
    await queue.close()
