"""Looks at everything CasaBricks needs and says what is amiss and how to mend it."""

from collections.abc import AsyncIterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.config.database import Database, ReadSession
from app.config.settings import Settings, weak_secret
from app.core.exceptions import UnavailableError
from app.infrastructure import redis_server
from app.infrastructure.ai import missing_settings
from app.infrastructure.ai.choice import create_provider
from app.infrastructure.queue.broker import QUEUES
from app.infrastructure.queue.sender import create_queue
from app.infrastructure.storage import create_storage
from app.repositories import diagnosis

MIGRATIONS = Path(__file__).parents[2] / "alembic"
LEAST_POSTGRESQL = 15
LEAST_REDIS = 7
STORAGE_MEND = "compare it with docs/storage.md"
MIGRATE = "run `uv run alembic upgrade head`"


class Verdict(IntEnum):
    """The worse, the higher."""

    GOOD = 0
    ABSENT = 1  # not there, and not needed to run
    AMISS = 2
    STOPS = 3  # CasaBricks cannot run like this


class Finding(NamedTuple):
    verdict: Verdict
    subject: str
    detail: str
    mend: str | None = None


async def examine(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    """Yield findings as they are made; what cannot be asked while something before it is broken is left out."""
    yield Finding(Verdict.GOOD, "Settings", f"read, APP_ENV={settings.app_env.value}")
    yield _secrets(settings)
    place = _database_place(settings.database_url)
    try:
        async with database.read() as session:
            async for finding in _database(session, place):
                yield finding
    except (OSError, SQLAlchemyError, asyncpg.PostgresError) as error:
        yield _database_failure(error, place)
    yield await _redis(settings)
    yield await _workers(settings)
    yield await _storage(settings)
    yield await _ai_service(settings)


def _secrets(settings: Settings) -> Finding:
    """In production weak ones never get this far: the settings refuse them."""
    secrets = {"SECRET_KEY": settings.secret_key, "JWT_SECRET_KEY": settings.jwt_secret_key}
    weak = [f"{name} {weakness}" for name, secret in secrets.items() if (weakness := weak_secret(secret))]
    if not weak:
        return Finding(Verdict.GOOD, "Secrets", "strong enough")
    return Finding(
        Verdict.ABSENT,
        "Secrets",
        f"{', '.join(weak)}; will do for {settings.app_env.value}, production refuses to start so",
        'python -c "import secrets; print(secrets.token_urlsafe(48))" makes a good one',
    )


async def _database(session: ReadSession, place: str) -> AsyncIterator[Finding]:
    server = await diagnosis.read_server(session)
    version = f"PostgreSQL {server.version // 10_000}.{server.version % 10_000}"
    if server.version < LEAST_POSTGRESQL * 10_000:
        yield Finding(Verdict.STOPS, "Database", f"{version} at {place}", f"upgrade it to {LEAST_POSTGRESQL} or newer")
        return
    yield Finding(Verdict.GOOD, "Database", f"{version} at {place}")
    if not server.has_pg_trgm:
        yield Finding(
            Verdict.STOPS, "pg_trgm", "the extension is not on this server", "install PostgreSQL's contrib package"
        )
        return
    yield Finding(Verdict.GOOD, "pg_trgm", "available")
    migrations = _migrations(await diagnosis.read_revisions(session) if server.is_migrated else set())
    yield migrations
    if migrations.verdict is Verdict.STOPS:
        return
    yield _reference(await diagnosis.count_reference(session))
    yield _listings(await diagnosis.count_listings(session))
    if wrong := await diagnosis.count_wrong_counts(session):
        yield Finding(
            Verdict.AMISS,
            "Search counts",
            f"{wrong:,} differ from the listings",
            "report it, with what was done to the tables by hand: the database keeps them itself",
        )
    else:
        yield Finding(Verdict.GOOD, "Search counts", "equal to counting the listings")


def _migrations(revisions: set[str]) -> Finding:
    if not MIGRATIONS.is_dir():
        return Finding(Verdict.ABSENT, "Migrations", "the alembic folder is not beside the app, so nothing to compare")
    scripts = ScriptDirectory(str(MIGRATIONS))
    heads, known = set(scripts.get_heads()), {script.revision for script in scripts.walk_revisions()}
    if revisions == heads:
        return Finding(Verdict.GOOD, "Migrations", f"at {', '.join(sorted(heads))}")
    if revisions - known:
        there = ", ".join(sorted(revisions - known))
        return Finding(
            Verdict.STOPS, "Migrations", f"the database is at {there}, unknown here", "run the CasaBricks that made it"
        )
    missing = "none has run" if not revisions else "newer ones have not run"
    return Finding(Verdict.STOPS, "Migrations", missing, MIGRATE)


def _reference(counts: diagnosis.Reference) -> Finding:
    missing = [kind for kind, number in counts._asdict().items() if not number]
    if missing:
        detail = f"no {', no '.join(missing)}"
        return Finding(Verdict.AMISS, "Reference data", detail, "run `uv run casabricks load-geography`")
    detail = ", ".join(f"{number:,} {kind}" for kind, number in counts._asdict().items())
    return Finding(Verdict.GOOD, "Reference data", detail)


def _listings(counts: diagnosis.Listings) -> Finding:
    if counts.unranked:
        return Finding(
            Verdict.AMISS, "Listings", f"{counts.unranked:,} were never ranked", "run `uv run casabricks rank`"
        )
    if not counts.listed:
        return Finding(
            Verdict.ABSENT, "Listings", "none yet", "`uv run casabricks load-demo` makes some to try it with"
        )
    return Finding(Verdict.GOOD, "Listings", f"{counts.listed:,} to be found, all ranked")


def _database_place(url: str) -> str:
    """Where it is, without user and password."""
    parts = make_url(url)
    host = parts.host or parts.query.get("host") or "localhost"
    return f"{host}:{parts.port or 5432}/{parts.database}"


def _database_failure(error: Exception, place: str) -> Finding:
    driver = getattr(error, "orig", None)
    cause = getattr(driver, "__cause__", None) or driver or error.__cause__ or error
    match cause:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            detail, mend = "refuses the user or password", "correct DATABASE_URL"
        case asyncpg.InvalidCatalogNameError():
            detail, mend = "has no database of that name", f"create it, then {MIGRATE}"
        case asyncpg.ProtocolViolationError():
            detail, mend = f"refuses: {cause}", "look at the settings of the pooler there"
        case TimeoutError():
            detail, mend = "does not answer in time", "look at its load and at the network between"
        case OSError():
            detail, mend = "cannot be reached", "start it, or correct DATABASE_URL"
        case _:
            detail, mend = f"answers with {type(cause).__name__}", "look at its log"
    return Finding(Verdict.STOPS, "Database", f"{place} {detail}", mend)


async def _redis(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return Finding(
            Verdict.ABSENT, "Redis", "not configured: each process limits logins on its own", "set REDIS_URL"
        )
    url = settings.redis_url.get_secret_value()
    place = _redis_place(url)
    try:
        name, version = await redis_server.read_version(url)
    except UnavailableError as error:
        return Finding(
            Verdict.AMISS, "Redis", f"{place} does not answer ({error.detail})", "start it, or correct REDIS_URL"
        )
    if int(version.split(".", maxsplit=1)[0]) < LEAST_REDIS:
        return Finding(Verdict.AMISS, "Redis", f"{name} {version} at {place}", f"upgrade to {LEAST_REDIS} or newer")
    return Finding(Verdict.GOOD, "Redis", f"{name} {version} at {place}")


def _redis_place(url: str) -> str:
    """Where it is, without the password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"


async def _workers(settings: Settings) -> Finding:
    if settings.broker_url is None:
        return Finding(Verdict.ABSENT, "Workers", "no broker is configured, so no jobs are sent", "set REDIS_URL")
    place = _redis_place(settings.broker_url)
    queue = create_queue(settings)
    try:
        unattended = await queue.unattended()
    except UnavailableError as error:
        return Finding(
            Verdict.AMISS,
            "Workers",
            f"the broker at {place} does not answer ({error.detail})",
            "start it, or correct CELERY_BROKER_URL",
        )
    finally:
        await queue.close()
    if unattended:
        return Finding(
            Verdict.AMISS,
            "Workers",
            f"none takes jobs from {', '.join(unattended)} at {place}",
            "start one: uv run celery -A app.tasks.celery_app worker --loglevel=info",
        )
    return Finding(Verdict.GOOD, "Workers", f"take jobs from {', '.join(QUEUES)} at {place}")


async def _ai_service(settings: Settings) -> Finding:
    subject = "AI service"
    if missing := missing_settings(settings):
        detail = "not configured: photos are shown as they are"
        return Finding(Verdict.ABSENT, subject, detail, f"set {', '.join(missing)}; docs/enhancement.md says how")
    provider = create_provider(settings)
    assert provider is not None  # noqa: S101 - nothing is missing
    try:
        await provider.check()
    except UnavailableError:
        detail = f"{provider.name} cannot be reached"
        return Finding(Verdict.AMISS, subject, detail, "start it, or correct AI_SERVICE_API_URL")
    finally:
        await provider.close()
    return Finding(Verdict.GOOD, subject, f"{provider.name} can be reached; jobs will show whether it takes the key")


async def _storage(settings: Settings) -> Finding:
    storage = create_storage(settings)
    place = {"local": f"the folder {settings.storage_folder}", "supabase": "Supabase", "s3": "S3"}
    try:
        await storage.check()
    except UnavailableError as error:
        mend = "make room in it, and let this user write there" if settings.storage_backend == "local" else STORAGE_MEND
        return Finding(Verdict.AMISS, "Photo storage", f"{place[settings.storage_backend]}: {error.detail}", mend)
    finally:
        await storage.close()
    return Finding(Verdict.GOOD, "Photo storage", f"{place[settings.storage_backend]} takes photos")
