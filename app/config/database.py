"""Engine and sessions. Reads and writes are different types, so that a replica can come later."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.config.settings import Settings, get_settings


class DatabaseAwayError(OSError):
    """No connection could be had, or no answer came in time; the cause says which."""


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

    def __init__(self, settings: Settings, size: int, lock_timeout_ms: int = 0) -> None:
        self._settings = settings
        self._through_pooler = settings.behind_transaction_pooler
        self._begin = f"BEGIN READ ONLY; SET LOCAL lock_timeout = {lock_timeout_ms}"
        self._lock_timeout_ms = lock_timeout_ms
        self._places = asyncio.Semaphore(size)
        self._idle: list[asyncpg.Connection] = []

    async def fetch(self, query: Query, parameters: Mapping[str, Any]) -> list[asyncpg.Record]:
        """Run one read. Parameters the query does not name are ignored.

        Raises DatabaseAwayError, and the driver's errors.
        """
        try:
            return await self._fetch(query.sql, [parameters[name] for name in query.names])
        except OSError as error:
            raise DatabaseAwayError from error

    async def _fetch(self, sql: str, arguments: list[Any]) -> list[asyncpg.Record]:
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
                    await connection.execute(self._begin)
                    records: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
                    await connection.execute("COMMIT")
                else:
                    records = await connection.fetch(sql, *arguments)
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
            server_settings={} if self._through_pooler else {"lock_timeout": str(self._lock_timeout_ms)},
            timeout=self._settings.database_pool_timeout_seconds,
        )


@dataclass(frozen=True, slots=True)
class Database:
    engine: AsyncEngine
    direct: DirectReads
    pulse: DirectReads
    """One connection for the health checks, which must not wait behind what they are asked about."""
    read: async_sessionmaker[ReadSession]
    write: async_sessionmaker[WriteSession]
    turns: asyncio.Semaphore
    patience_seconds: float

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one of three quarters of the engine's connections; the rest is for accounts, which take no turn.

        Without it, requests that wait for a lock on listings would leave none to log in with. Raises DatabaseAwayError.
        """
        try:
            async with asyncio.timeout(self.patience_seconds):
                await self.turns.acquire()
        except TimeoutError as error:
            raise DatabaseAwayError from error
        try:
            yield
        finally:
            self.turns.release()

    async def close(self) -> None:
        await self.direct.close()
        await self.pulse.close()
        await self.engine.dispose()


async def _connect(*args: Any, **options: Any) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(*args, **options)
    except OSError as error:
        raise DatabaseAwayError from error


def create_database(settings: Settings, *, lock_timeout_seconds: float = 0) -> Database:
    """Build the engine (no connection is made yet) and its two session factories.

    A statement waits for a lock no longer than that; with 0 until its own time-out.
    """
    lock_timeout_ms = round(lock_timeout_seconds * 1000)
    # asyncpg cancels the statement on the server when this passes, so that no SET is needed,
    # which would leak between clients of a transaction pooler.
    connect_args: dict[str, Any] = {
        "async_creator_fn": _connect,
        "command_timeout": settings.database_statement_timeout_seconds,
        "timeout": 10,
    }
    if not settings.behind_transaction_pooler:
        connect_args["server_settings"] = {"lock_timeout": str(lock_timeout_ms)}
    else:
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
    event.listen(engine.sync_engine, "handle_error", _as_away, retval=True)
    if settings.behind_transaction_pooler and lock_timeout_ms:

        def limit_locks(connection: Connection) -> None:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {lock_timeout_ms}")

        event.listen(engine.sync_engine, "begin", limit_locks)
    # Through a transaction pooler a prepared statement lives only as long as its transaction.
    reading = engine if settings.behind_transaction_pooler else engine.execution_options(isolation_level="AUTOCOMMIT")
    size = settings.database_pool_size
    return Database(
        engine=engine,
        direct=DirectReads(settings, size, lock_timeout_ms),
        pulse=DirectReads(settings, 1),
        read=async_sessionmaker(reading, class_=ReadSession, expire_on_commit=False, autoflush=False),
        write=async_sessionmaker(engine, class_=WriteSession, expire_on_commit=False),
        turns=asyncio.Semaphore(max(1, size - max(1, size // 4))),
        patience_seconds=settings.database_pool_timeout_seconds,
    )


def _replace_if_closed(connection: Any, *_: object) -> None:
    """Let the pool connect anew where the server closed an idle connection; asks nobody, unlike a ping."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _as_away(context: ExceptionContext) -> BaseException | None:
    """Name what the driver raises when a statement takes too long: as it is, it could be anyone's TimeoutError."""
    return DatabaseAwayError() if isinstance(context.original_exception, OSError) else None


@cache
def default_database() -> Database:
    """Return the database named by the environment, for scripts and commands."""
    return create_database(get_settings())


def async_session_maker() -> WriteSession:
    """Open a session on the database named by the environment; the caller commits and closes it."""
    return default_database().write()
