"""Real PostgreSQL and Valkey for every test: servers once a run, a fresh database for each test that asks."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import asyncpg
import httpx
import hypothesis
import pytest
import pytest_asyncio
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from redis import Redis
from sqlalchemy import event
from sqlalchemy.engine import make_url
from starlette.routing import BaseRoute

from app.config.database import Database, Query, create_database
from app.config.settings import AppEnv, Settings
from app.core.ids import new_id
from app.core.metrics import keep_metrics
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.infrastructure.cache.memory import MemoryStore
from app.infrastructure.queue.memory import MemoryQueue
from app.main import create_app
from app.repositories.data_version import VERSION
from app.services.gazetteer import KnownPlaces, Places, read_places
from app.services.reference import load_geography
from app.tests.factories import auth_headers, make_user
from devstack.servers import PostgresServer, ValkeyServer
from devstack.system import scratch_directory

ROOT = Path(__file__).parents[2]
TEMPLATE = "casabricks_template"
# Set by the controlling process before its workers start; a server of one's own can be named instead.
DATABASE_VARIABLE = "CASABRICKS_TEST_DATABASE_URL"
REDIS_VARIABLE = "CASABRICKS_TEST_REDIS_URL"
FOLDER_VARIABLE = "CASABRICKS_TEST_FOLDER"


def server_url(database: str) -> str:
    return make_url(os.environ[DATABASE_VARIABLE]).set(database=database).render_as_string(hide_password=False)


def settings_for(database_url: str, **changes: object) -> Settings:
    values = {
        "app_env": AppEnv.TEST,
        "database_url": database_url,
        "redis_url": os.environ[REDIS_VARIABLE],
        "jwt_secret_key": "tests-sign-with-this-key-and-nothing-else-does",
        "storage_folder": Path(os.environ[FOLDER_VARIABLE]) / "media",
        "database_pool_size": 5,
        "database_pool_timeout_seconds": 60,  # a busy machine is no failure
    }
    return Settings(_env_file=None, **(values | changes))  # type: ignore[arg-type] # settings as text, as the environment gives them


async def run_on_server(*statements: str) -> None:
    connection = await asyncpg.connect(server_url("postgres").replace("+asyncpg", ""))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def build_template() -> None:
    async def load() -> None:
        database = create_database(settings_for(server_url(TEMPLATE)))
        await load_geography(database)
        await database.close()

    asyncio.run(run_on_server(f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}"))
    os.environ["DATABASE_URL"] = server_url(TEMPLATE)
    command.upgrade(Config(ROOT / "alembic.ini"), "head")
    del os.environ["DATABASE_URL"]
    asyncio.run(load())


def pytest_configure(config: pytest.Config) -> None:
    # A busy moment of the machine is no failure.
    hypothesis.settings.register_profile("patient", deadline=None)
    hypothesis.settings.load_profile("patient")
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    at_end = ExitStack()
    config.add_cleanup(at_end.close)
    folder = at_end.enter_context(scratch_directory())
    os.environ[FOLDER_VARIABLE] = str(folder)
    os.environ["METRICS_FOLDER"] = str(folder / "metrics")  # of every server and worker that a test starts
    if DATABASE_VARIABLE not in os.environ:
        postgres = PostgresServer.start(
            folder / "postgres", durable=False, settings={"max_connections": "200", "file_copy_method": "clone"}
        )
        at_end.callback(postgres.stop)
        os.environ[DATABASE_VARIABLE] = postgres.url()
    if REDIS_VARIABLE not in os.environ:
        valkey = ValkeyServer.start(folder / "valkey", durable=False)
        at_end.callback(valkey.stop)
        os.environ[REDIS_VARIABLE] = valkey.url()
    build_template()


@pytest.fixture(scope="session", autouse=True)
def _quick_starts() -> Iterator[None]:
    """Without compiled files each start of Python takes seconds longer."""
    with pytest.MonkeyPatch.context() as environment:
        if "PYTHONDONTWRITEBYTECODE" in os.environ:
            environment.setenv("PYTHONPYCACHEPREFIX", str(Path(os.environ[FOLDER_VARIABLE]) / "pycache"))
            environment.delenv("PYTHONDONTWRITEBYTECODE")
        yield


@pytest.fixture(scope="session", autouse=True)
def _counted() -> None:
    """From the start, as in a server: what is counted before it stays in memory."""
    keep_metrics(Path(os.environ["METRICS_FOLDER"]))


@asynccontextmanager
async def fresh_database() -> AsyncIterator[Database]:
    name = f"test_{new_id().hex}"
    await run_on_server(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    opened = create_database(settings_for(server_url(name)))
    yield opened
    await opened.close()
    await run_on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def database() -> AsyncIterator[Database]:
    """A database of this test's own; what the test commits is really committed."""
    async with fresh_database() as opened:
        yield opened


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A second Valkey, for tests of jobs: they empty it, stop it, and look who takes jobs from it."""
    with scratch_directory() as folder:
        server = ValkeyServer.start(folder / "valkey", durable=False)
        yield server
        server.stop()


@pytest.fixture
def broker_url(valkey: ValkeyServer) -> str:
    """An empty broker."""
    with Redis.from_url(valkey.url(1)) as redis:
        redis.flushdb()
    return valkey.url(1)


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue()


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    url = database.engine.url.render_as_string(hide_password=False)
    return settings_for(url, storage_folder=tmp_path / "media")


class RememberedPlaces(Places):
    """The reference data is the same in every test's database, so that each process reads it once.

    Societies that only listings know are not among it.
    """

    remembered: ClassVar[KnownPlaces | None] = None

    async def known(self) -> KnownPlaces:
        if RememberedPlaces.remembered is None:
            async with self._database.read() as session:
                RememberedPlaces.remembered = await read_places(session)
        return RememberedPlaces.remembered


@pytest.fixture
def app(settings: Settings, database: Database, queue: MemoryQueue) -> FastAPI:
    application = create_app(settings, database, queue)
    application.state.places = RememberedPlaces(database)
    # The databases of two tests are one and the same until they are written to: no test meets another's answers.
    application.state.cache.store = MemoryStore()
    return application


INCLUDED: dict[int, BaseRoute] = {}


def share_routes(app: FastAPI) -> None:
    """FastAPI builds the routes of a router when each app gets its first request, which takes a tenth of a second.

    They are the same for all apps, so that each process builds them once.
    """
    routes = app.router.routes
    for at, route in enumerate(routes):
        if (router := getattr(route, "original_router", None)) is not None:
            routes[at] = INCLUDED.setdefault(id(router), route)


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Each is a client of its own address, so that tests sharing one Redis do not share limits."""
    share_routes(app)
    transport = httpx.ASGITransport(app, client=(f"test-{new_id().hex}", 1), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://casabricks.test") as http:
        yield http
    await app.state.limiter.close()
    await app.state.cache.close()


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as http:
        yield http


@pytest_asyncio.fixture
async def headers(settings: Settings, database: Database) -> dict[UserRole, dict[str, str]]:
    """The Authorization header of one active account of each role."""
    async with unit_of_work(database) as session:
        users = [await make_user(session, role) for role in UserRole]
    return {user.role: auth_headers(settings, user) for user in users}


@pytest.fixture
def admin(headers: dict[UserRole, dict[str, str]]) -> dict[str, str]:
    return headers[UserRole.ADMIN]


class Statements(list[str]):
    """The SQL that reached PostgreSQL since it was last cleared, less the version of the data."""


@pytest.fixture
def statements(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Statements]:
    seen = Statements()
    fetch = database.direct.fetch

    async def noted(query: Query, parameters: Mapping[str, Any]) -> Any:
        if query is not VERSION:
            seen.append(query.sql)
        return await fetch(query, parameters)

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    monkeypatch.setattr(database.direct, "fetch", noted)
    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
