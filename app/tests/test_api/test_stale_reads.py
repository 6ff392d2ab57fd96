"""What an admin has written is in the next public answer, whichever process gives it, with the cache on."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.config.database import Database
from app.config.settings import Settings
from app.tests.conftest import ROOT
from app.tests.stale_check import Check

SECONDS, MOST_SECONDS = 1, 60


@pytest.fixture
async def address(settings: Settings) -> AsyncIterator[str]:
    """Of two processes."""
    assert settings.redis_url is not None
    assert settings.jwt_secret_key is not None
    command = (sys.executable, "-m", "uvicorn", "app.main:app", "--port", "0", "--workers", "2", "--no-access-log")
    variables = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "JWT_SECRET_KEY": settings.jwt_secret_key.get_secret_value(),
        "APP_ENV": "test",
    }
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=variables,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        while not (running := re.search(rb"running on (http://127\.0\.0\.1:\d+)", await process.stderr.readline())):
            assert process.returncode is None
        for _ in range(2):
            while b"startup complete" not in await process.stderr.readline():
                assert process.returncode is None
        draining = asyncio.create_task(process.stderr.read())
        yield running[1].decode()
        process.terminate()
        await draining
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def test_no_answer_is_older_than_the_last_write(
    address: str, settings: Settings, database: Database, admin: dict[str, str]
) -> None:
    report = await Check(address, admin).run(SECONDS, readers=8)
    assert report.stale == []
    assert not report.failed
    assert report.writes
    assert settings.redis_url is not None
    async with Redis.from_url(settings.redis_url.get_secret_value()) as redis:
        assert await redis.keys("answers:*")
    # The check can tell: nothing says any more that a write happened.
    async with database.engine.begin() as connection:
        for table in ("properties", "price_history"):
            await connection.execute(text(f"DROP TRIGGER data_changed ON {table}"))
    report = await Check(address, admin).run(MOST_SECONDS, readers=8, until_stale=True)
    assert report.stale
