"""Migrations go up, down and up again, and leave nothing between the models and the schema."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.ids import new_id
from app.tests.conftest import ROOT, run_on_server, server_url

CONFIG = Config(ROOT / "alembic.ini")


@pytest.fixture
def empty_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"migrations_{new_id().hex}"
    asyncio.run(run_on_server(f"CREATE DATABASE {name}"))
    monkeypatch.setenv("DATABASE_URL", server_url(name))
    yield server_url(name)
    asyncio.run(run_on_server(f"DROP DATABASE {name} WITH (FORCE)"))


async def leftovers(url: str) -> set[str]:
    """Tables, views and functions of ours; extensions bring functions that are not."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        names = await connection.execute(
            text("""
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
UNION ALL
SELECT proname FROM pg_proc f WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = f.oid AND d.deptype = 'e')
""")
        )
        found = set(names.scalars())
    await engine.dispose()
    return found


def test_up_down_and_up_again(empty_database: str) -> None:
    command.upgrade(CONFIG, "head")
    command.check(CONFIG)
    command.downgrade(CONFIG, "base")
    assert asyncio.run(leftovers(empty_database)) == {"alembic_version"}
    for migration in reversed(list(ScriptDirectory.from_config(CONFIG).walk_revisions())):
        before = asyncio.run(columns(empty_database))
        command.upgrade(CONFIG, migration.revision)
        broken = broken_for_older_code(before, asyncio.run(columns(empty_database)))
        declared = getattr(migration.module, "BREAKS_OLDER_CODE", {})
        assert broken == declared.keys(), f"{migration.path}: see docs/deploying.md"
    command.check(CONFIG)


async def columns(url: str) -> dict[str, tuple[str, bool]]:
    """Of each column its type, and whether a row must name it."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("""
SELECT relname || '.' || attname, format_type(atttypid, atttypmod),
  attnotnull AND NOT atthasdef AND attidentity = '' AND attgenerated = ''
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
""")
        )
        found = {name: (kind, needed) for name, kind, needed in rows}
    await engine.dispose()
    return found


def broken_for_older_code(before: dict[str, tuple[str, bool]], after: dict[str, tuple[str, bool]]) -> set[str]:
    """Columns that are gone, are of another type, or must be named by who did not need to."""
    tables = {name.partition(".")[0] for name in before}
    changed = {name for name, column in before.items() if name not in after or after[name][0] != column[0]}
    needed = {name for name, (_, needed) in after.items() if needed and not before.get(name, ("", False))[1]}
    return changed | {name for name in needed if name.partition(".")[0] in tables}


def alembic(*arguments: str, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_says_what_it_does_and_in_one_sentence_why_it_cannot(empty_database: str) -> None:
    done = alembic("upgrade", "head", url=empty_database)
    assert done.returncode == 0, done.stderr
    assert "Running upgrade  -> " in done.stderr
    refused = alembic("upgrade", "head", url=server_url("no_such_database"))
    assert refused.returncode == 1
    assert refused.stderr == (
        'The database named by DATABASE_URL refuses: database "no_such_database" does not exist\n'
    )
    away = alembic("upgrade", "head", url="postgresql+asyncpg://nobody@127.0.0.1:1/none")
    assert away.stderr.endswith("is it running?\n")
