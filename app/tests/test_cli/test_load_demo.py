from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, text

from app.config.database import Database
from app.config.settings import Ranking
from app.models.property import Property
from app.repositories import diagnosis
from app.services.demo import loading
from app.tests.conftest import run_on_server
from app.tests.test_cli.conftest import Casabricks

COLUMNS = (Property.external_id, Property.title, Property.price, Property.latitude, Property.sector_id)


async def stored(database: Database) -> Sequence[Any]:
    async with database.read() as session:
        return (await session.execute(select(*COLUMNS).order_by(Property.external_id))).all()


async def test_fills_a_database_ranked_and_counted(casabricks: Casabricks, database: Database) -> None:
    done = await casabricks("load-demo", "--listings", "2500")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("2,500 demo listings, 2,500 of them new")
    async with database.read() as session:
        listings = await diagnosis.count_listings(session)
        assert 2400 <= listings.listed < 2500
        assert listings.unranked == 0
        assert await diagnosis.count_wrong_counts(session) == 0
        counted = await session.execute(text("SELECT sum(listings) FROM search_counts"))
        assert counted.scalar_one() == listings.listed
        lowest, prices = (
            await session.execute(
                text("SELECT min(rank_score), (SELECT count(*) FROM price_history) FROM properties WHERE card <> ''")
            )
        ).one()
        assert lowest > 0
        assert prices == 2500


async def test_a_second_load_adds_only_what_is_missing(casabricks: Casabricks, database: Database) -> None:
    await casabricks("load-demo", "--listings", "60")
    first = await stored(database)
    done = await casabricks("load-demo", "--listings", "100")
    assert "100 demo listings, 40 of them new" in done.stdout
    second = await stored(database)
    assert len(second) == 100
    await casabricks("load-demo", "--listings", "100")
    async with database.read() as session:
        audited = (await session.execute(text("SELECT details FROM audit_entries ORDER BY id"))).scalars()
    assert list(audited) == [{"what": "demo listings", "new": 60}, {"what": "demo listings", "new": 40}]
    assert set(first) < set(second)


async def test_goes_on_after_an_interruption(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "CHUNK", 20)
    written = 0

    def interrupt(rows: int) -> None:
        nonlocal written
        written += rows
        if written == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await loading.load_demo(database, 100, Ranking(), interrupt)
    assert len(await stored(database)) == 40
    added, kinds = await loading.load_demo(database, 100, Ranking(), lambda _: None)
    assert added == 60
    assert kinds.total() == len(await stored(database)) == 100


@pytest.mark.parametrize("listings", ["0", "1000001", "many"])
async def test_refuses_other_numbers(bare: Casabricks, listings: str) -> None:
    assert (await bare("load-demo", "--listings", listings)).exit_code == 2


async def test_says_that_the_sectors_are_missing(casabricks: Casabricks, database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("TRUNCATE zones CASCADE"))
    done = await casabricks("load-demo")
    assert done.exit_code == 2
    assert "casabricks load-geography" in done.stderr
    loaded = await casabricks("load-geography")
    assert loaded.stdout.startswith("Loaded 14 zones")


async def test_without_a_database_it_says_what_to_do(bare: Casabricks, database: Database) -> None:
    unset = await bare("load-demo")
    assert unset.exit_code == 2
    assert "uv run casabricks demo" in unset.stderr
    assert "cp .env.backend.example .env" in unset.stderr
    away = await bare("load-demo", DATABASE_URL="postgresql+asyncpg://someone:hunter2@127.0.0.1:1/nothing")
    assert away.exit_code == 2
    assert "cannot be reached" in away.stderr
    assert "hunter2" not in away.output
    empty = f"empty_{database.engine.url.database}"
    await run_on_server(f"CREATE DATABASE {empty}")
    url = database.engine.url.set(database=empty).render_as_string(hide_password=False)
    unmigrated = await bare("load-demo", DATABASE_URL=url)
    await run_on_server(f"DROP DATABASE {empty}")
    assert unmigrated.exit_code == 2
    assert "uv run alembic upgrade head" in unmigrated.stderr
