import csv
import io
import json
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.config.database import Database
from app.config.settings import Ranking
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import PropertyType
from app.infrastructure.queue.memory import MemoryQueue
from app.models.imports import ImportSeen
from app.models.property import PriceHistory, Property, SearchCount
from app.repositories.imports import COMPARED
from app.repositories.ranking import refresh_ranks
from app.schemas.properties import PropertyCreate, PropertyInput
from app.schemas.search import GuidedSearchRequest
from app.services.audit import COMMAND, Actor
from app.services.gazetteer import Places
from app.services.imports.problems import FileProblem, Reason
from app.services.imports.profiles import choose_shape
from app.services.imports.run import CHUNK, ImportSummary, ListingImport
from app.services.listings import Writer
from app.services.search import guided
from app.tests.conftest import RememberedPlaces
from app.tests.factories import make_user

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
    database: Database,
    content: bytes,
    *,
    dry_run: bool = False,
    errors: io.BytesIO | None = None,
    queue: MemoryQueue | None = None,
) -> ImportSummary:
    importing = ListingImport(database, Ranking(), queue or MemoryQueue(), COMMAND, dry_run=dry_run)
    return await importing.run(io.BytesIO(content), errors)


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
    twin = home(1, external_id="other", floor_number="4", furnishing="furnished")
    rows = [home(number, floor_number="4") for number in range(1, CHUNK + 50)]
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


async def test_homes_that_differ_in_what_they_say_are_kept(database: Database) -> None:
    """Whatever the order and wherever the rows stand: only a row with all of it in common is refused."""
    told = {"price": "90 L", "floor_number": "4"}
    kinds = [{"furnishing": kind, "balconies": number} for kind in ("furnished", "unfurnished") for number in "12"]
    rows = [home(number, **told, **kind) for number, kind in enumerate(kinds)]
    filler = [home(number) for number in range(10, CHUNK + 10)]
    again = [home(number + 5000, **told, **kind) for number, kind in enumerate(kinds)]
    summary = await run(database, csv_of(*rows, *filler, *again))
    assert [str(each) for each in summary.problems] == [
        f"row {CHUNK + 6 + number}, whole row: is the same unit as row {number + 2}" for number in range(4)
    ]
    assert summary.flagged == {}
    summary = await run(database, csv_of(*again))
    assert summary.refused == {Reason.DUPLICATE_OF_LISTING: 4}


async def test_a_row_that_may_be_another_home_is_kept_and_flagged(database: Database) -> None:
    """Without floor, society or full address; and what flags it stays while the row says the same."""
    content = csv_of(home(1), home(1, external_id="may-be"), home(1, external_id="is-not", balconies="2"), home(2))
    expected = {"h1": [], "may-be": ["possible_duplicate"], "is-not": ["possible_duplicate"], "h2": []}
    told = await run(database, content, dry_run=True)
    summary = await run(database, content)
    assert counts(summary) == counts(told) == (4, 0, 0, 0, 0)
    assert summary.flagged == told.flagged == {"possible_duplicate": 2}
    assert {key: each.review_flags for key, each in (await listings(database)).items()} == expected
    assert counts(await run(database, content)) == (0, 0, 4, 0, 0)
    other_source = csv_of(home(1, external_id="z", source="crm"), home(1, external_id="y", source="crm", bhk="2"))
    summary = await run(database, other_source)
    assert (counts(summary), summary.flagged) == ((2, 0, 0, 0, 0), {"possible_duplicate": 1})
    assert counts(await run(database, other_source)) == (0, 0, 2, 0, 0)
    changed = await run(database, csv_of(home(1, external_id="z", source="crm", parking_spaces="1")))
    assert (counts(changed), changed.flagged) == ((0, 1, 0, 0, 0), {"possible_duplicate": 1})
    changed = await run(database, csv_of(home(2, parking_spaces="1")))
    assert (counts(changed), changed.flagged) == ((0, 1, 0, 0, 0), {}), "no listing is its own duplicate"


async def test_many_rows_of_one_fingerprint_are_compared_with_the_first_of_them(database: Database) -> None:
    same = {"price": "90 L", "floor_number": "4"}
    rows = [home(number, title=f"Flat {100 + number}", **same) for number in range(COMPARED + 3)]
    twins = [home(number + 100, title=f"Flat {100 + number}", **same) for number in (0, COMPARED - 1, COMPARED + 2)]
    content = csv_of(*rows, *twins)
    for dry_run in (True, False):
        summary = await run(database, content, dry_run=dry_run)
        assert counts(summary) == (COMPARED + 4, 0, 0, 0, 2)
    async with database.read() as session:
        assert (await session.execute(select(ImportSeen))).all() == []


async def test_rows_met_are_found_by_index_however_empty_their_table_was(database: Database) -> None:
    """Connections outlive imports, and the plans they keep were made for what the table held then."""
    content = csv_of(*(home(number, area_sqft="") for number in range(6 * CHUNK)))
    await run(database, content)
    for _ in range(2):
        async with database.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM import_seen"))
        await run(database, content)
    await database.engine.dispose()  # a connection's counts are in the view when it ends
    async with database.read() as session:
        statement = text("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'import_seen'")
        rows_read = (await session.execute(statement)).scalar_one()
    assert rows_read < 100 * CHUNK


async def test_rows_refused_for_another_do_not_refuse_others(database: Database) -> None:
    """Row 3 is row 2 again and says less. Row 4 does not contradict it, but it was not taken: row 2 is contradicted."""
    told = {"price": "90 L", "floor_number": "4"}
    rows = [home(1, **told, furnishing="furnished"), home(2, **told), home(3, **told, furnishing="unfurnished")]
    summary = await run(database, csv_of(*rows))
    assert [str(each) for each in summary.problems] == ["row 3, whole row: is the same unit as row 2"]
    assert counts(summary) == (2, 0, 0, 0, 1)


async def test_addresses_are_compared_across_a_file(database: Database) -> None:
    """They are not stored: a row is not compared again with what was stored of an earlier row of its own file."""

    def at(address: str, price: int = 9_000_000) -> Row:
        place = {"Address": f"{address}, Sector 78, Noida", "latitude": "28.5625", "longitude": "77.3875"}
        return place | {"price": str(price), "area": "1350", "Bedrooms": "3", "type_of_building": "Flat"}

    filler = [at("Mango lane", number) for number in range(1_000_000, 1_000_000 + CHUNK)]
    rows = [at("K tower 305 plum court"), *filler, at("1207, tower d"), at("K tower 305 plum court, Noida")]
    for dry_run in (True, False):
        summary = await run(database, csv_of(*rows), dry_run=dry_run)
        assert summary.flagged == {}
        assert [str(each) for each in summary.problems] == [f"row {CHUNK + 4}, whole row: is the same unit as row 2"]


async def test_a_listing_of_an_unknown_sector_is_searched_by_its_locality(database: Database) -> None:
    summary = await run(database, csv_of(home(1, locality="Mango Grove"), home(2)))
    assert summary.flagged == {"sector_unknown": 1}
    places = Places(database)
    request = GuidedSearchRequest(
        budget_min=0, budget_max=10**9, property_type=PropertyType.FLAT, locality_preference="mango grove, noida"
    )
    answer = orjson.loads(await guided(database.direct, places, request))
    assert [card["locality"] for card in answer["results"]] == ["Mango Grove"]
    assert counts(await run(database, csv_of(home(1, locality="Sector 79"), home(2)))) == (0, 1, 1, 0, 0)
    assert (await listings(database))["h1"].sector_id is not None


async def test_a_dry_run_tells_the_same_and_writes_nothing(database: Database) -> None:
    await run(database, csv_of(home(1), home(2)))
    third = home(3, floor_number="1")
    content = csv_of(home(1, price="80 L"), home(2), third, home(4, city="Gurgaon"), third | {"external_id": "x"})
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


async def test_what_is_written_is_to_be_compared_with_the_market(database: Database) -> None:
    async def asked(*rows: Row, dry_run: bool = False) -> list[dict[str, int]]:
        queue = MemoryQueue()
        await run(database, csv_of(*rows), dry_run=dry_run, queue=queue)
        assert {job.name for job in queue.jobs} <= {"market.refresh"}
        return [dict(job.ids) for job in queue.jobs]

    zones = {each.name: each.zone_id for each in (await RememberedPlaces(database).known()).sectors}
    here, there = {"zone_id": zones["Sector 78"]}, {"zone_id": zones["Sector 137"]}
    assert here != there
    assert await asked(home(1), home(2, price="nonsense"), dry_run=True) == []
    assert await asked(home(1), home(2), home(3, locality="Sector 79")) == [here]
    assert await asked(home(1), home(2)) == []
    moved = await asked(home(1), home(2, locality="Sector 137"))
    assert sorted(moved, key=str) == sorted([here, there], key=str)
    assert await asked(home(4, locality="Mango Grove")) == [{}], "with all of Noida, as its zone is not known"
    many = ("Sector 15", "Sector 50", "Sector 62", "Sector 137", "Sector 150", "Delta 1", "Noida Extension")
    assert await asked(*(home(10 + number, locality=name) for number, name in enumerate(many))) == [{}]


async def test_a_twin_that_the_same_chunk_changes_is_compared_as_changed(database: Database) -> None:
    told = {"floor_number": "4", "furnishing": "furnished"}
    await run(database, csv_of(home(1, price="90 L", **told)))
    content = csv_of(home(1, price="95 L", **told), home(2, price="90 L", **told))
    assert counts(await run(database, content)) == (1, 1, 0, 0, 0)
    assert counts(await run(database, content)) == (0, 0, 2, 0, 0), "the same file again changes nothing"


async def test_a_unit_typed_or_edited_by_an_admin_is_recognised(database: Database) -> None:
    known = await RememberedPlaces(database).known()
    typed = {"title": "A flat of ours", "listing_type": "sale", "property_type": "flat", "price": 9_000_000, "bhk": 3}
    typed |= {"area_sqft": 1350, "area_basis": "super_built_up", "locality": "Sec-78, Noida", "floor_number": 4}
    row = home(1, price="90 L", floor_number="4")
    async with unit_of_work(database, MemoryQueue()) as session:
        writer = Writer(session, Actor((await make_user(session)).id), Ranking())
        listing = await writer.create(known, PropertyCreate(**typed))
    assert (await run(database, csv_of(row))).refused == {Reason.DUPLICATE_OF_LISTING: 1}
    async with unit_of_work(database, MemoryQueue()) as session:
        writer = Writer(session, Actor((await make_user(session)).id), Ranking())
        await writer.update(known, listing.id, PropertyInput(**typed | {"price": 9_100_000}))
    assert counts(await run(database, csv_of(row))) == (1, 0, 0, 0, 0)
    assert (await run(database, csv_of(home(2, price="91 L", floor_number="4")))).refused.total() == 1
