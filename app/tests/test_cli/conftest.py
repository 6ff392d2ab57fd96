"""Runs `casabricks …` in this process, as a user would in a folder without a `.env`."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.config.database import Database
from app.config.settings import Settings
from app.tests.conftest import REDIS_VARIABLE

Casabricks = Callable[..., Awaitable[Result]]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Casabricks:
    """Without any variable but those given to the call."""
    monkeypatch.chdir(tmp_path)
    for name in {field.upper() for field in Settings.model_fields} & os.environ.keys():
        monkeypatch.delenv(name)

    async def run(*arguments: str, stdin: str | bytes = "", **variables: str) -> Result:
        logging = structlog.get_config()
        try:
            # In a thread, because a command runs an event loop of its own.
            return await asyncio.to_thread(CliRunner().invoke, app, arguments, input=stdin, env=variables)
        finally:
            structlog.configure(**logging)  # a command that sets it up writes to streams that are closed by now

    return run


@pytest.fixture
def casabricks(bare: Casabricks, database: Database) -> Casabricks:
    """With the test's own database and Redis; variables given to the call replace them."""
    here = {
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "REDIS_URL": os.environ[REDIS_VARIABLE],
    }

    async def run(*arguments: str, stdin: str | bytes = "", **variables: str) -> Result:
        return await bare(*arguments, stdin=stdin, **(here | variables))

    return run
