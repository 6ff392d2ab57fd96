"""Engine and sessions. Reads and writes are different types, so that a replica can come later."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import asyncpg
import orjson
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.config.settings import Settings, get_settings


class ReadSession(AsyncSession):
    """For statements that only read. Outside a transaction pooler each runs on its own (autocommit)."""


class WriteSession(ReadSession):
    """For one unit of work: committed or rolled back at the edge, never inside."""


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


class Query:
    """An SQL text with :named parameters, as the driver wants it: $1, $2, …"""

    def __init__(self, sql: str) -> None:
        self.names: list[str] = []
        self.sql = re.sub(r"(?<!:):([a-z_]+)", self._number, sql)

    def _number(self, match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in self.names:
            self.names.append(name)
        return f"${self.names.index(name) + 1}"


class DirectReads:
    """Reads straight through the driver, on connections of their own that open when first needed.

    For the few statements that answer with finished JSON text many times a second: an ORM session around such a
    statement costs several times the statement itself, and the driver's pool, which resets and shields at every
    release, as much again (benchmarks/README.md).
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._through_pooler = settings.behind_transaction_pooler
        self._places = asyncio.Semaphore(settings.database_pool_size)
        self._idle: list[asyncpg.Connection] = []

    async def fetch(self, query: Query, parameters: Mapping[str, Any]) -> list[asyncpg.Record]:
        """Run one read. Parameters the query does not name are ignored.

        Raises TimeoutError when no connection comes free in time, and the driver's errors.
        """
        arguments = [parameters[name] for name in query.names]
        if self._places.locked():
            async with asyncio.timeout(self._settings.database_pool_timeout_seconds):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            connection = self._pop_idle() or await self._connect()
            whole = False
            try:
                if self._through_pooler:
                    # The pooler may change servers between preparing and running, but not inside a transaction.
                    async with connection.transaction(readonly=True):
                        records: list[asyncpg.Record] = await connection.fetch(query.sql, *arguments)
                else:
                    records = await connection.fetch(query.sql, *arguments)
                whole = True
            finally:
                if whole:
                    self._idle.append(connection)
                else:
                    # Failed or cancelled midway: its state is unknown, and a new connection is cheap.
                    connection.terminate()
        finally:
            self._places.release()
        return records

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    def _pop_idle(self) -> asyncpg.Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _connect(self) -> asyncpg.Connection:
        url = make_url(self._settings.database_url).set(drivername="postgresql")
        return await asyncpg.connect(
            url.render_as_string(hide_password=False),
            command_timeout=self._settings.database_statement_timeout_seconds,
            statement_cache_size=0 if self._through_pooler else 100,
            timeout=self._settings.database_pool_timeout_seconds,
        )


@dataclass(frozen=True, slots=True)
class Database:
    engine: AsyncEngine
    direct: DirectReads
    read: async_sessionmaker[ReadSession]
    write: async_sessionmaker[WriteSession]

    async def close(self) -> None:
        await self.direct.close()
        await self.engine.dispose()


def create_database(settings: Settings) -> Database:
    """Build the engine (no connection is made yet) and its two session factories."""
    # asyncpg cancels the statement on the server when this passes, so that no SET is needed,
    # which would leak between clients of a transaction pooler.
    connect_args: dict[str, Any] = {"command_timeout": settings.database_statement_timeout_seconds, "timeout": 10}
    if settings.behind_transaction_pooler:
        connect_args |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            # The unnamed statement: each replaces the last, where names would pile up on the pooler's connections.
            "prepared_statement_name_func": str,
        }
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout_seconds,
        pool_use_lifo=True,
        connect_args=connect_args,
        hide_parameters=True,  # in error texts, which are logged
        json_serializer=_json,
        json_deserializer=orjson.loads,
    )
    event.listen(engine.sync_engine, "checkout", _replace_if_closed)
    # Through a transaction pooler a prepared statement lives only as long as its transaction.
    reading = engine if settings.behind_transaction_pooler else engine.execution_options(isolation_level="AUTOCOMMIT")
    return Database(
        engine=engine,
        direct=DirectReads(settings),
        read=async_sessionmaker(reading, class_=ReadSession, expire_on_commit=False, autoflush=False),
        write=async_sessionmaker(engine, class_=WriteSession, expire_on_commit=False),
    )


def _replace_if_closed(connection: Any, *_: object) -> None:
    """Let the pool connect anew where the server closed an idle connection; asks nobody, unlike a ping."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


@cache
def default_database() -> Database:
    """Return the database named by the environment, for scripts and commands."""
    return create_database(get_settings())


def async_session_maker() -> WriteSession:
    """Open a session on the database named by the environment; the caller commits and closes it."""
    return default_database().write()
