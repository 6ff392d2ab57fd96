import asyncio
import csv
import io
import json
import os
from pathlib import Path
from uuid import UUID

import orjson
import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from typer.testing import CliRunner

from app.cli.import_listings import import_listings
from app.config.database import Database
from app.config.settings import Ranking
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.models.imports import ImportSeen
from app.models.property import PriceHistory, Property, SearchCount
from app.repositories.ranking import refresh_ranks
from app.services.imports.problems import FileProblem, Reason
from app.services.imports.profiles import choose_shape
from app.services.imports.run import CHUNK, ImportSummary, ListingImport

Row = dict[str, str]
SHAPE = choose_shape(["listing_type", "property_type", "price", "locality"])


def home(number: int, **changes: str) -> Row:
    return {
        "external_id": f"h{number}",
        "listing_type": "sale",
        "property_type": "flat",
        "price": str(9_000_000 + number),
        "locality": "Sector 78",
        "city": "Noida",
        "area_sqft": "1350",
        "area_basis": "super_built_up",
        "bhk": "3",
    } | changes


def csv_of(*rows: Row) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


async def run(
    database: Database, content: bytes, *, dry_run: bool = False, errors: io.BytesIO | None = None
) -> ImportSummary:
    return await ListingImport(database, Ranking(), dry_run=dry_run).run(io.BytesIO(content), errors)


def counts(summary: ImportSummary) -> tuple[int, int, int, int, int]:
    refused = summary.refused.total()
    return summary.new, summary.changed, summary.unchanged, summary.kept_deleted, refused


async def listings(database: Database) -> dict[str | None, Property]:
    async with database.read() as session:
        return {each.external_id: each for each in (await session.execute(select(Property))).scalars()}


async def test_a_second_run_changes_nothing(database: Database) -> None:
    content = csv_of(home(1), home(2), home(3, price="nonsense"))
    assert counts(await run(database, content)) == (2, 0, 0, 0, 1)
    before = await listings(database)
    summary = await run(database, content)
    assert counts(summary) == (0, 0, 2, 0, 1)
    after = await listings(database)
    assert {each.id: each.updated_at for each in before.values()} == {
        each.id: each.updated_at for each in after.values()
    }
    async with database.read() as session:
        assert (await session.execute(select(ImportSeen))).all() == []


async def test_what_is_written_is_ranked_counted_and_priced(database: Database) -> None:
    await run(database, csv_of(home(1), home(2, price="95 L")))
    await run(database, csv_of(home(1, price="80 L"), home(2, price="95 L")))
    async with database.read() as session:
        found = (await session.execute(select(Property).order_by(Property.external_id))).scalars().all()
        prices = (await session.execute(select(PriceHistory.price).order_by(PriceHistory.id))).scalars().all()
        listed = sum((await session.execute(select(SearchCount.listings))).scalars())
    assert [(each.price, each.version) for each in found] == [(8_000_000, 2), (9_500_000, 1)]
    assert all(each.rank_score > 0 and each.metro_distance_m and each.sector_id for each in found)
    assert [json.loads(each.card or "")["price"] for each in found] == [8_000_000, 9_500_000]
    assert prices == [9_000_001, 9_500_000, 8_000_000]
    assert listed == 2


async def test_a_listing_is_ranked_on_the_way_in_as_afterwards(database: Database) -> None:
    await run(database, csv_of(home(1), home(2, property_type="plot"), home(3, locality="Achheja", area_sqft="")))
    before = await listings(database)
    async with unit_of_work(database) as session:
        await refresh_ranks(session, [each.id for each in before.values()], Ranking())
    for key, after in (await listings(database)).items():
        assert (after.card, after.metro_distance_m) == (before[key].card, before[key].metro_distance_m)
        assert after.rank_score == pytest.approx(before[key].rank_score)


async def test_duplicates_are_found_across_chunks_and_against_the_database(database: Database) -> None:
    twin = home(1, external_id="other")
    rows = [home(number) for number in range(1, CHUNK + 50)]
    summary = await run(database, csv_of(*rows, twin, home(1, price="1 Cr")))
    assert summary.refused == {Reason.DUPLICATE_IN_FILE: 2}
    assert [str(each) for each in summary.problems] == [
        f"row {CHUNK + 51}, whole row: is the same unit as row 2",
        f"row {CHUNK + 52}, whole row: is the same listing as row 2",
    ]
    summary = await run(database, csv_of(twin))
    known = (await listings(database))["h1"]
    assert [str(each) for each in summary.problems] == [f"row 2, whole row: is the same unit as listing {known.id}"]
    async with unit_of_work(database) as session:
        await session.execute(text("UPDATE properties SET is_active = false WHERE external_id = 'h1'"))
    assert counts(await run(database, csv_of(twin))) == (1, 0, 0, 0, 0)


async def test_a_dry_run_tells_the_same_and_writes_nothing(database: Database) -> None:
    await run(database, csv_of(home(1), home(2)))
    content = csv_of(home(1, price="80 L"), home(2), home(3), home(4, city="Gurgaon"), home(3, external_id="x"))
    told = await run(database, content, dry_run=True)
    assert counts(told) == (1, 1, 1, 0, 2)
    change = told.changes[0]
    assert (change.row, change.columns) == (2, {"price": (9_000_001, 8_000_000)})
    assert {each.version for each in (await listings(database)).values()} == {1}
    done = await run(database, content)
    assert counts(done) == counts(told)
    assert done.problems == told.problems


async def test_a_deleted_listing_stays_deleted(database: Database) -> None:
    await run(database, csv_of(home(1)))
    async with unit_of_work(database) as session:
        await session.execute(text("UPDATE properties SET deleted_at = now()"))
    assert counts(await run(database, csv_of(home(1, price="70 L")))) == (0, 0, 0, 1, 0)
    assert (await listings(database))["h1"].price == 9_000_001


@pytest.mark.parametrize("as_json", [False, True])
async def test_refused_rows_can_be_corrected_and_imported_again(database: Database, *, as_json: bool) -> None:
    rows = [home(1), home(2, price="much", note='said "so", twice'), home(3, bhk="x", property_type="PG")]
    content = b"\n".join(map(orjson.dumps, rows)) if as_json else csv_of(*rows)
    errors = io.BytesIO()
    await run(database, content, errors=errors)
    text_of_errors = errors.getvalue().decode()
    assert "unknown_type: is no type of property this site has" in text_of_errors
    assert "property_type; bhk" in text_of_errors
    corrected = text_of_errors.replace("much", "92 L").replace("PG", "flat").replace('"x"', '"2"').replace(",x,", ",2,")
    again = io.BytesIO()
    assert counts(await run(database, corrected.encode(), errors=again)) == (2, 0, 0, 0, 0)
    assert again.getvalue().count(b"_reason") <= 1


@pytest.mark.parametrize("spoiled", [b"sale,flat,1,Caf\xe9\n", b"a\0b\n", b'"open\n'])
async def test_a_file_spoiled_at_its_end_leaves_nothing_written(database: Database, spoiled: bytes) -> None:
    content = csv_of(*(home(number) for number in range(CHUNK + 1))) + spoiled
    with pytest.raises(FileProblem):
        await run(database, content)
    assert await listings(database) == {}


async def test_without_sectors_nothing_is_imported(database: Database) -> None:
    async with unit_of_work(database) as session:
        await session.execute(text("TRUNCATE sectors CASCADE"))
    with pytest.raises(FileProblem, match="load-geography"):
        await run(database, csv_of(home(1)))


async def test_a_line_that_is_no_json_is_in_the_errors_file(database: Database) -> None:
    errors = io.BytesIO()
    await run(database, orjson.dumps(home(1)) + b"\n{price: 5}\n", errors=errors)
    assert orjson.loads(errors.getvalue())["_line"] == "{price: 5}"


async def test_what_killed_imports_left_is_dropped_after_a_day(database: Database) -> None:
    old, recent = UUID(int=1 << 90), new_id()
    async with unit_of_work(database) as session:
        session.add_all(ImportSeen(import_id=each, key=1, row_number=2) for each in (old, recent))
    await run(database, csv_of(home(1)))
    async with database.read() as session:
        assert list((await session.execute(select(ImportSeen.import_id))).scalars()) == [recent]


def edges(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *values])


# Values at the edges of what is accepted, so that most rows are; and up to two fields with anything at all.
edge_rows = st.fixed_dictionaries(
    {
        "external_id": edges("x" * 80) | st.text(max_size=70),
        "title": edges("t" * 200, "<b>t</b>", "House in"),
        "description": edges("d" * 20_000, "एक\n\nघर"),
        "listing_type": st.sampled_from(["sale", "rent"]),
        "property_type": st.sampled_from(["flat", "villa", "plot", "commercial", "office"]),
        "price": st.sampled_from(["1", "10000 Cr", "99,99,999", "0.6"]),
        "bhk": edges("1", "20", "2.5", "studio"),
        "bathrooms": edges("0", "100"),
        "balconies": edges("0", "100"),
        "area_sqft": edges("1", "10000000", "100 gaj", "929030.4 sq m", "1.004"),
        "area_basis": st.sampled_from(["carpet", "built_up", "super_built_up", "plot"]),
        "carpet_area_sqft": edges("1", "10000000"),
        "locality": st.sampled_from(["Sector 78", "Sector 150", "Achheja", "l" * 160]),
        "society_name": edges("s" * 160),
        "latitude": edges("0.0", "28.5607", "28.15"),
        "longitude": edges("0.0", "77.3854", "77.6"),
        "location_precision": edges("exact", "sector"),
        "entrance_facing": edges("N", "South - West"),
        "window_facing": edges("E"),
        "furnishing": edges("Semi-Furnished"),
        "floor_number": edges("-5", "200", "Ground of 200", "9 of 4", "Lower Basement"),
        "total_floors": edges("0", "200"),
        "age_years": edges("0", "200", "5 to 10 years"),
        "possession": edges("Ready to Move", "Dec '27"),
        "available_from": edges("1950-01-01", "2100-12-31"),
        "ownership": edges("Co-operative Society"),
        "lease_years_left": edges("0", "200"),
        "parking_spaces": edges("0", "20", "402", "junk"),
        "maintenance_monthly": edges("0", "3", "100", "10000 Cr"),
        "amenities": edges("Lift,Park", ",".join(f"{n}" + "a" * 70 for n in range(60))),
        "rera_number": edges("UPRERAPRJ1", "UPRERAPRJ1234567/04/2024"),
        "source": edges("crm", "x" * 40),
        "listed_at": edges("2000-01-01T00:00:00Z", "Nov '25", "2025-12-31T23:59:59+05:30"),
    }
)
anything = st.text(max_size=220) | st.floats().map(str) | st.integers().map(str)
strange_fields = st.dictionaries(st.sampled_from(sorted(SHAPE.known_columns)), anything, max_size=1)


@given(st.lists(st.builds(lambda row, strange: row | strange, edge_rows, strange_fields), min_size=10, max_size=30))
@settings(max_examples=12, deadline=None, suppress_health_check=[*HealthCheck])
async def test_every_accepted_row_can_be_stored(database: Database, rows: list[Row]) -> None:
    content = b"\n".join(json.dumps(row).encode() for row in rows)
    summary = await run(database, content)
    assert summary.rows == len(rows) == sum(counts(summary))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_the_command_ends_with_0_1_or_2(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    cli = typer.Typer()
    cli.command()(import_listings)

    async def command(*arguments: str | Path) -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner().invoke, cli, [str(argument) for argument in arguments])
        return result.exit_code, result.output

    good, partly, bad, errors = (tmp_path / name for name in ("good.csv", "partly.csv", "bad.csv", "errors.csv"))
    good.write_bytes(csv_of(home(1)))
    partly.write_bytes(csv_of(home(1), home(2, city="Delhi")))
    bad.write_bytes(b"price,title\n1,x\n")
    code, output = await command(good)
    assert (code, output) == (
        0,
        "1 rows read as casabricks: 1 new, 0 changed, 0 unchanged, 0 kept deleted, 0 refused\n",
    )
    code, output = await command(partly, "--errors", errors)
    assert code == 1
    assert "1 outside_area" in output
    assert "row 3, city 'Delhi': is not Noida or Greater Noida" in output
    assert errors.read_text().splitlines()[0].endswith(",_row,_column,_reason")
    code, output = await command(bad, "--errors", errors)
    assert code == 2
    assert "bad.csv: Columns are missing in row 1 (the header), so no profile fits: casabricks needs" in output
    assert "Nothing was written." in output
    assert len(errors.read_text().splitlines()) == 2, "an import that cannot be done leaves the errors file alone"
    code, output = await command(tmp_path / "none.csv")
    assert (code, output) == (2, f"{tmp_path / 'none.csv'} cannot be read: No such file or directory\n")
    assert names_in(tmp_path) == ["bad.csv", "errors.csv", "good.csv", "partly.csv"]
    os.mkfifo(tmp_path / "pipe")
    code, output = await command(tmp_path / "pipe")
    assert (code, "is a pipe or device" in output) == (2, True)
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://nobody:secret@127.0.0.1:1/none")
    code, output = await command(good)
    assert code == 2
    assert "cannot be reached" in output
