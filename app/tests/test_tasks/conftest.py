"""Real workers: each a process of its own, on a real database and on a Valkey of these tests' own."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from sqlalchemy import text

from app.config.database import Database
from app.core.ids import new_id
from app.infrastructure.queue import sender
from app.infrastructure.queue.sender import CeleryQueue
from app.tests.conftest import ROOT, fresh_database
from app.tests.test_devstack.waiting import DEADLINE_SECONDS, eventually
from devstack.servers import ValkeyServer


class Worker:
    def __init__(self, database: Database, broker_url: str, log: Path, *options: str, **variables: str) -> None:
        self.database = database
        self._log = log
        variables |= {
            "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "CELERY_BROKER_URL": broker_url,
            "STORAGE_FOLDER": str(log.parent / "media"),
            "CELERY_RESULT_BACKEND": "redis://127.0.0.1:1/0",  # nothing there: no job may depend on it
        }
        celery = [sys.executable, "-m", "celery", "-A", "app.tests.test_tasks.worker_app", "worker", "--loglevel=info"]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*celery, "--without-gossip", "--without-mingle", *options],
                cwd=ROOT,
                env=os.environ | variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def lines(self, *words: str) -> list[str]:
        """The lines of the log with all these words."""
        return [line for line in self.log.splitlines() if all(word in line for word in words)]

    def wait_for(self, *words: str, times: int = 1) -> list[str]:
        def are_there() -> bool:
            assert self.process.poll() is None, self.log
            return len(self.lines(*words)) >= times

        eventually(are_there)
        return self.lines(*words)

    def kill(self) -> None:
        """With all its processes, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """Without its grace: the test is over."""
        if self.process.poll() is None:
            self.kill()


StartWorker = Callable[..., Worker]


async def create_notes(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE notes (what text, pid int, loop bigint)"))


@pytest_asyncio.fixture
async def notes(database: Database) -> Database:
    """This test's database, with the table that the jobs for tests write into."""
    await create_notes(database)
    return database


@pytest_asyncio.fixture(scope="session")
async def workers_database() -> AsyncIterator[Database]:
    async with fresh_database() as database:
        await create_notes(database)
        yield database


@pytest.fixture(scope="session")
def worker(
    workers_database: Database, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    """One for all tests that do not harm it; each names its notes and its requests with `this`."""
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    started = Worker(workers_database, valkey.url(2), log, "--concurrency=2")
    started.wait_for(" ready.")
    yield started
    started.end()


@pytest.fixture(scope="package", autouse=True)
def _patient_senders() -> Iterator[None]:
    """A busy machine is no broker that hangs."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(sender, "SOCKET_SECONDS", DEADLINE_SECONDS)
        changed.setattr(sender, "PATIENCE_SECONDS", DEADLINE_SECONDS)
        yield


@pytest_asyncio.fixture(scope="session")
async def jobs(valkey: ValkeyServer) -> AsyncIterator[CeleryQueue]:
    """Leads to `worker`."""
    queue = CeleryQueue(valkey.url(2))
    yield queue
    await queue.close()


@pytest.fixture
def this() -> Iterator[str]:
    """Names this test's notes; and the request its jobs come from."""
    name = new_id().hex
    with structlog.contextvars.bound_contextvars(request_id=name):
        yield name


@pytest.fixture
def start_worker(notes: Database, broker_url: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a worker on this test's database and broker; stopped with the test."""
    started: list[Worker] = []

    def start(*options: str, **variables: str) -> Worker:
        worker = Worker(notes, broker_url, tmp_path / f"worker-{len(started)}.log", *options, **variables)
        started.append(worker)
        worker.wait_for(" ready.")
        return worker

    yield start
    for worker in started:
        worker.end()


@pytest_asyncio.fixture
async def celery_queue(broker_url: str) -> AsyncIterator[CeleryQueue]:
    queue = CeleryQueue(broker_url)
    yield queue
    await queue.close()


def kill(valkey: ValkeyServer) -> None:
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGKILL)
    eventually(lambda: valkey.poll() is not None)


async def counted(database: Database, what: str) -> int:
    async with database.read() as session:
        found = await session.execute(text("SELECT count(*) FROM notes WHERE what = :what"), {"what": what})
        return int(found.scalar_one())


async def allow_to_end(database: Database, what: str) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("INSERT INTO notes (what) VALUES (:what)"), {"what": f"{what} may end"})
