"""Runs migrations on the database named by DATABASE_URL, one migrator at a time."""

import asyncio
import sys
from logging.config import fileConfig

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.cli.runner import what_is_wrong
from app.config.database import create_database
from app.config.settings import Settings, SettingsError, load_settings
from app.models import Base

MIGRATION_LOCK = 0x0CA5AB11C5


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate(settings: Settings) -> None:
    database = create_database(settings.model_copy(update={"database_statement_timeout_seconds": 3600.0}))
    try:
        async with database.engine.connect() as guard:
            # A transaction-level lock on a connection of its own: it also holds through a transaction pooler.
            await guard.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            # Ends the snapshot of the statement above, for which CREATE INDEX CONCURRENTLY would wait for ever.
            await guard.execute(text("SET LOCAL lock_timeout = 0"))
            async with database.engine.connect() as connection:
                await connection.run_sync(run)
                await connection.commit()
    finally:
        await database.engine.dispose()


# As a program; a caller from Python keeps the logging it has.
if context.config.cmd_opts and context.config.config_file_name:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
    else:
        try:
            asyncio.run(migrate(load_settings()))
        except SettingsError as error:
            sys.exit(str(error))
        except (DBAPIError, OSError) as error:
            sentence = what_is_wrong(error)
            if sentence is None or context.config.cmd_opts is None:
                raise
            sys.exit(sentence)
