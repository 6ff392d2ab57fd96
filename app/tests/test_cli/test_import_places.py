"""`casabricks import-places`: how it ends, and that listings are ranked by what it brought."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.cli import rank
from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.models.property import Property
from app.tests.factories import make_property
from app.tests.test_cli.conftest import Casabricks

HEADER = "category,name,latitude,longitude,source\n"
STATION = "metro_station,Heron Point,28.5090,77.4090,walked there\n"


def written(folder: Path, *rows: str) -> str:
    path = folder / "places.csv"
    path.write_text(HEADER + "".join(rows))
    return str(path)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def home(database: Database) -> Property:
    async with unit_of_work(database) as session:
        return await make_property(session)


async def stored(database: Database, listing: Property) -> Property:
    async with database.read() as session:
        found = await session.get(Property, listing.id)
        assert found
        return found


async def test_a_new_station_is_in_the_rank_of_the_homes_round_it(
    casabricks: Casabricks, database: Database, tmp_path: Path
) -> None:
    listing = await home(database)
    assert listing.metro_distance_m == 541
    told = await casabricks("import-places", written(tmp_path, STATION), "--dry-run")
    assert (told.exit_code, told.stdout) == (
        0,
        "Dry run, nothing written. 1 rows read as CSV (places): 1 new, 0 changed, 0 unchanged, 0 refused\n",
    )
    assert (await stored(database, listing)).metro_distance_m == 541
    done = await casabricks("import-places", written(tmp_path, STATION))
    assert (done.exit_code, done.stdout.splitlines()[1:]) == (0, ["Ranked 1 listings again"])
    after = await stored(database, listing)
    assert after.metro_distance_m == 74
    assert "70 m to Heron Point" in (after.card or "")
    again = await casabricks("import-places", written(tmp_path, STATION))
    assert (again.exit_code, again.stdout.splitlines()) == (
        0,
        ["1 rows read as CSV (places): 0 new, 0 changed, 1 unchanged, 0 refused"],
    )


async def test_it_ends_with_0_1_or_2(casabricks: Casabricks, tmp_path: Path) -> None:
    temple = "temple,A Temple,28.5090,77.4090,walked there\n"
    errors = tmp_path / "errors.csv"
    partly = await casabricks("import-places", written(tmp_path, STATION, temple), "--errors", str(errors))
    assert partly.exit_code == 1
    assert "1 new, 0 changed, 0 unchanged, 1 refused" in partly.stdout
    assert "        1 other_kind" in partly.stdout
    assert "row 3, category 'temple': is no metro station" in partly.stderr
    assert errors.read_text().splitlines()[0] == f"{HEADER.strip()},_row,_column,_reason,_line"
    (tmp_path / "bad.json").write_text('{"features": [{"type": "Feature"')
    bad = await casabricks("import-places", str(tmp_path / "bad.json"), "--errors", str(errors))
    assert (bad.exit_code, bad.stdout) == (2, "")
    assert bad.stderr.startswith("bad.json: The file is not one whole JSON document: near byte 15 ")
    assert bad.stderr.endswith("Nothing was written.\n")
    assert len(errors.read_text().splitlines()) == 2, "an import that cannot be done leaves the errors file alone"
    assert names_in(tmp_path) == ["bad.json", "errors.csv", "places.csv"]
    assert (await casabricks("import-places", str(tmp_path / "none"))).exit_code == 2


async def test_changes_are_shown_before_they_are_made(casabricks: Casabricks, tmp_path: Path) -> None:
    moved = "hospital,Fortis Hospital,28.6185,77.3724,walked there\n"
    told = await casabricks("import-places", written(tmp_path, moved), "--dry-run")
    assert "row 2 would change Fortis Hospital: latitude 28.620112 → 28.6185, " in told.stdout
    assert "precision sector → exact" in told.stdout


async def test_an_interruption_while_ranking_says_what_to_run(
    casabricks: Casabricks, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    listing = await home(database)
    monkeypatch.setattr(rank, "rank_all", interrupted)
    ended = await casabricks("import-places", written(tmp_path, STATION))
    assert ended.exit_code == 2
    assert "the places are written, but not all listings are ranked by them: run `casabricks rank`" in ended.stderr
    assert (await stored(database, listing)).metro_distance_m == 541
    async with database.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM places WHERE name = 'Heron Point'"))).scalar_one() == 1
