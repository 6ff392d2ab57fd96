"""Runs a command against the configured database and turns what goes wrong into one clear sentence."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import asyncpg
import structlog
import typer
from sqlalchemy.exc import DBAPIError

from app.config.database import Database, create_database
from app.config.settings import Settings, SettingsError, load_settings

EXIT_FAILED = 2
T = TypeVar("T")


def fail(message: str, code: int = EXIT_FAILED) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def settings_or_fail() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        fail(str(error))


def what_is_wrong(error: Exception) -> str | None:
    """Say in one sentence what the database lacks or refuses; None when it is none of its doing."""
    if not isinstance(error, DBAPIError):
        reason = type(error.__cause__ or error).__name__
        return f"The database named by DATABASE_URL cannot be reached ({reason}): is it running?"
    cause = getattr(error.orig, "__cause__", None)
    if isinstance(cause, asyncpg.UndefinedTableError | asyncpg.UndefinedColumnError):
        return "The database is not migrated: run `uv run alembic upgrade head`"
    # A pooler says by a protocol violation that it knows no such database.
    refusals = (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
        asyncpg.ProtocolViolationError,
    )
    if isinstance(cause, refusals):
        return f"The database named by DATABASE_URL refuses: {cause}"
    if error.connection_invalidated or isinstance(cause, asyncpg.PostgresConnectionError):
        return f"The database stopped answering ({type(cause).__name__}); run the command again"
    return None


def run_with_database(command: Callable[[Settings, Database], Awaitable[T]], *, long_statements: bool = False) -> T:
    """Open the database, await the command, close. Exits with 2 when the database is away or not migrated.

    `long_statements`: nobody waits for one, as a request does.
    """
    settings = settings_or_fail()
    if long_statements:
        settings = settings.for_background_work()
    # A command says itself what it did; only what went wrong is logged.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

    async def run() -> T:
        database = create_database(settings)
        try:
            return await command(settings, database)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except (DBAPIError, OSError, asyncpg.PostgresError) as error:
        if sentence := what_is_wrong(error):
            fail(sentence)
        raise
