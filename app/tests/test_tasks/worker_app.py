"""The real worker application with jobs for tests, and with less patience, so that tests need not wait.

`celery -A app.tests.test_tasks.worker_app worker`. The jobs write into the table `notes`, which conftest.py makes.
"""

import asyncio
import os
import signal

import structlog
from sqlalchemy import text

from app.core.unit_of_work import unit_of_work
from app.infrastructure.queue import sender
from app.tasks import celery_app, runtime
from app.tasks.runtime import Runtime, job
from app.tests.test_enhancement import impatient  # noqa: F401 - it shortens waits

log = structlog.get_logger()
sender.SOCKET_SECONDS = sender.PATIENCE_SECONDS = 30.0  # a busy machine is no broker that hangs
runtime.BUSY_SECONDS = 1
runtime.FIRST_REPEAT_SECONDS = 1
runtime.MOST_REPEATS = 2
app = celery_app.app
app.conf.worker_soft_shutdown_timeout = 0.5
if seconds := os.environ.get("VISIBILITY_SECONDS"):
    app.conf.broker_transport_options |= {"visibility_timeout": int(seconds), "unacked_restore_interval": 1}


async def note(on: Runtime, what: str) -> int:
    """Write a line and return how many times it has been written."""
    async with unit_of_work(on.database) as session:
        await session.execute(
            text("INSERT INTO notes (what, pid, loop) VALUES (:what, :pid, :loop)"),
            {"what": what, "pid": os.getpid(), "loop": id(asyncio.get_running_loop())},
        )
        counted = await session.execute(text("SELECT count(*) FROM notes WHERE what = :what"), {"what": what})
    return int(counted.scalar_one())


async def is_noted(on: Runtime, what: str) -> bool:
    async with on.database.read() as session:
        return bool((await session.execute(text("SELECT 1 FROM notes WHERE what = :what"), {"what": what})).all())


@job("tests.note")
async def write(on: Runtime, what: str) -> None:
    await note(on, what)


async def linger(on: Runtime, what: str) -> None:
    """Ends when the test has noted that it may."""
    await note(on, f"{what} began")
    log.info("began", what=what)
    while not await is_noted(on, f"{what} may end"):  # noqa: ASYNC110 - by the test, in another process
        await asyncio.sleep(0.02)
    await note(on, f"{what} ended")


job("tests.linger")(linger)
job("tests.linger_alone", alone=True)(linger)
job("tests.linger_alone_each", alone="what")(linger)
job("tests.linger_too_long", seconds=1)(linger)


@job("tests.fail")
async def fail(on: Runtime, what: str, times: int) -> None:
    if await note(on, what) <= times:
        raise ConnectionResetError


@job("tests.die")
async def die(on: Runtime, what: str) -> None:
    await note(on, what)
    os.kill(os.getpid(), signal.SIGKILL)
