import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.config.database import Database
from app.infrastructure.queue.broker import QUEUES, connect, mark_attended
from app.services.doctor import Verdict, _database_failure, _migrations
from app.tests.conftest import server_url
from app.tests.test_cli.conftest import Casabricks

STRONG = "kJ8vQ2mZr5Xw9TbN4cYd7Lf1HsGa3PeUiOx6"


async def test_all_well(casabricks: Casabricks, broker_url: str) -> None:
    await casabricks("load-demo", "--listings", "20")
    with connect(broker_url, 1) as redis:
        mark_attended(redis, QUEUES)
    done = await casabricks("doctor", SECRET_KEY=STRONG, JWT_SECRET_KEY=STRONG, CELERY_BROKER_URL=broker_url)
    assert done.exit_code == 0, done.output
    assert "✗" not in done.stdout
    for subject in ("Settings", "Secrets", "Database", "pg_trgm", "Migrations", "Listings", "Search counts", "Redis"):
        assert f"✓ {subject}: " in done.stdout
    assert "✓ Workers: take jobs from default, market, images, enhancements, leads at 127.0.0.1:" in done.stdout
    assert "✓ Photo storage: the folder " in done.stdout
    assert STRONG not in done.output


async def test_an_empty_product_runs_but_says_what_is_not_there(casabricks: Casabricks) -> None:
    done = await casabricks("doctor", REDIS_URL="")
    assert done.exit_code == 0, done.output
    assert "\N{EN DASH} Workers: no broker is configured" in done.stdout
    assert "\N{EN DASH} AI service: not configured" in done.stdout
    assert "set AI_SERVICE_API_URL, AI_SERVICE_API_KEY, AI_SERVICE_WEBHOOK_SECRET, PUBLIC_URL" in done.stdout
    assert "\N{EN DASH} Secrets: SECRET_KEY is missing, JWT_SECRET_KEY is missing" in done.stdout
    assert "load-demo" in done.stdout


async def test_finds_what_is_amiss_and_how_to_mend_it(casabricks: Casabricks, database: Database) -> None:
    await casabricks("load-demo", "--listings", "20")
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE properties SET card = NULL WHERE external_id IN ('demo-1', 'demo-2')"))
        await connection.execute(text("UPDATE search_counts SET listings = listings + 1 WHERE property_type = 'plot'"))
        await connection.execute(
            text("DELETE FROM places WHERE NOT EXISTS (SELECT FROM properties WHERE metro_place_id = places.id)")
        )
        await connection.execute(text("DELETE FROM societies"))
    service = {
        "AI_SERVICE_API_URL": "http://127.0.0.1:1/jobs",
        "AI_SERVICE_API_KEY": "hunter2",
        "AI_SERVICE_WEBHOOK_SECRET": "hunter2",
        "PUBLIC_URL": "http://127.0.0.1",
    }
    redis = "redis://:hunter2@127.0.0.1:1/0"
    done = await casabricks("doctor", REDIS_URL=redis, STORAGE_FOLDER="/proc/media", **service)
    assert done.exit_code == 1, done.output
    assert "✗ Photo storage: the folder /proc/media: The picture storage does not work: " in done.stdout
    assert "✗ Listings: 2 were never ranked" in done.stdout
    assert "✗ Search counts: " in done.stdout
    assert "✗ Reference data: no societies" in done.stdout
    assert "✗ Redis: 127.0.0.1:1 does not answer" in done.stdout
    assert "✗ AI service: http cannot be reached" in done.stdout
    assert "✗ Workers: the broker at 127.0.0.1:1 does not answer" in done.stdout
    assert "hunter2" not in done.output

    ranked = await casabricks("rank")
    assert ranked.exit_code == 0, ranked.output
    assert ranked.stdout.startswith("Ranked 20 listings")
    assert "✓ Listings: " in (await casabricks("doctor")).stdout


async def test_tells_which_jobs_no_worker_takes(casabricks: Casabricks, broker_url: str) -> None:
    with connect(broker_url, 1) as redis:
        mark_attended(redis, ["default", "market"])
    done = await casabricks("doctor", CELERY_BROKER_URL=broker_url)
    assert done.exit_code == 1, done.output
    assert "✗ Workers: none takes jobs from images, enhancements, leads at 127.0.0.1:" in done.stdout
    assert "celery -A app.tasks.celery_app worker" in done.stdout


async def test_cannot_run_without_a_usable_database(bare: Casabricks) -> None:
    unset = await bare("doctor")
    assert unset.exit_code == 2
    assert "✗ Settings: DATABASE_URL is not set" in unset.stdout
    away = await bare("doctor", DATABASE_URL="postgresql+asyncpg://someone:hunter2@127.0.0.1:1/nothing")
    assert away.exit_code == 2
    assert "✗ Database: 127.0.0.1:1/nothing cannot be reached" in away.stdout
    assert "hunter2" not in away.output
    unmigrated = await bare("doctor", DATABASE_URL=server_url("postgres"))
    assert unmigrated.exit_code == 2
    assert "uv run alembic upgrade head" in unmigrated.stdout
    no_such = await bare("doctor", DATABASE_URL=server_url("no_such_database"))
    assert no_such.exit_code == 2
    assert "has no database of that name" in no_such.stdout


async def test_lists_every_problem_of_the_settings(bare: Casabricks) -> None:
    done = await bare("doctor", DATABASE_URL="mysql://somewhere", DEBUG="perhaps", ACCESS_TOKEN_EXPIRE_MINUTES="0")
    assert done.exit_code == 2
    for name in ("DATABASE_URL", "DEBUG", "ACCESS_TOKEN_EXPIRE_MINUTES"):
        assert f"✗ Settings: {name}: " in done.stdout
    unsafe = await bare(
        "doctor",
        DATABASE_URL="mysql://somewhere",
        APP_ENV="production",
        DEBUG="1",
        SECRET_KEY="change-me",
        JWT_SECRET_KEY="",
        REDIS_URL="",
        ALLOWED_ORIGINS="*",
        MAX_BODY_KB="3",
    )
    assert unsafe.exit_code == 2
    refused = ("DATABASE_URL", "DEBUG", "SECRET_KEY", "JWT_SECRET_KEY", "REDIS_URL", "ALLOWED_ORIGINS", "MAX_BODY_KB")
    for name in refused:
        assert f"✗ Settings: {name}: " in unsafe.stdout
    assert unsafe.stdout.count("✗") == len(refused)
    assert "change-me" not in unsafe.output


def test_tells_a_database_of_another_version_from_an_older_one() -> None:
    assert "none has run" in _migrations(set()).detail
    assert "unknown here" in _migrations({"0123456789ab"}).detail


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (asyncpg.InvalidPasswordError("hunter2"), "refuses the user or password"),
        (TimeoutError("hunter2"), "does not answer in time"),
        (DBAPIError("SELECT", None, asyncpg.PostgresError("hunter2")), "answers with PostgresError"),
    ],
)
def test_names_a_failure_without_repeating_its_text(error: Exception, sentence: str) -> None:
    finding = _database_failure(error, "db.example:5432/casabricks")
    assert finding.verdict is Verdict.STOPS
    assert finding.detail == f"db.example:5432/casabricks {sentence}"
