"""An import of places on a real database: once, again, and over what is there already."""

import asyncio
import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, text

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import LocationPrecision, PlaceCategory
from app.models.geography import Place
from app.services.gazetteer import Places, read_places
from app.services.imports.problems import FileProblem, Reason
from app.services.imports.summary import Summary
from app.services.places import osm, run
from app.services.places.run import PlacesImport
from app.services.reference import load_geography
from app.tests.conftest import Statements

OVERPASS = (Path(__file__).parent / "test_places" / "overpass.json").read_bytes()
KM_NORTH = 1 / 111.195
FORTIS = {"name": "Fortis Hospital", "latitude": 28.6185, "longitude": 77.3724}


async def import_places(
    database: Database, content: bytes, *, dry_run: bool = False, errors: io.BytesIO | None = None
) -> Summary:
    return await PlacesImport(database, dry_run=dry_run).run(io.BytesIO(content), errors)


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.new, summary.changed, summary.unchanged, summary.refused.total()


async def stored(database: Database) -> dict[str, Place]:
    async with database.read() as session:
        return {place.name: place for place in (await session.execute(select(Place))).scalars()}


async def without_places(database: Database) -> None:
    async with unit_of_work(database) as session:
        await session.execute(text("TRUNCATE places CASCADE"))


def node(number: int, name: str, latitude: float, longitude: float, **tags: str) -> dict[str, Any]:
    tags = {"amenity": "school", "name": name} | tags
    return {"type": "node", "id": number, "lat": latitude, "lon": longitude, "tags": tags}


def extract(*elements: dict[str, Any], day: str = "2026-11-20") -> bytes:
    return orjson.dumps({"osm3s": {"timestamp_osm_base": f"{day}T00:00:00Z"}, "elements": elements})


def csv_of(*rows: dict[str, Any]) -> bytes:
    plain = {"category": "hospital", "precision": "exact", "source": "walked there", "as_of": ""}
    full = [plain | row for row in rows]
    return "\n".join([",".join(full[0]), *(",".join(map(str, row.values())) for row in full)]).encode()


async def test_an_extract_is_imported_once(database: Database) -> None:
    before = await stored(database)
    summary = await import_places(database, OVERPASS)
    assert counts(summary) == (5, 1, 0, 10)
    assert summary.rows == 16
    assert summary.refused == {
        Reason.OTHER_KIND: 4,
        Reason.DUPLICATE_IN_FILE: 1,
        Reason.SWAPPED_COORDINATES: 1,
        Reason.OUTSIDE_AREA: 1,
        Reason.MISSING_NAME: 1,
        Reason.BAD_NAME: 1,
        Reason.BAD_POSITION: 1,
    }
    assert "is the same place as row 2, Kingfisher Public School" in str(summary.problems[-3])
    after = await stored(database)
    assert len(after) == len(before) + 5
    park = after["Bulbul Park"]
    assert (park.category, park.precision, park.osm_id) == (PlaceCategory.PARK, "exact", "relation/5000001")
    assert (park.source, park.as_of, park.is_landmark) == (osm.SOURCE, date(2026, 11, 20), False)
    assert park.slug.startswith("bulbul-park-")
    station = after["Sector 137 metro"]
    assert (station.latitude, station.longitude, station.osm_id) == (28.510901, 77.403513, "node/9000000001")
    assert (station.slug, station.line, station.is_landmark) == ("sector-137-metro", "Aqua Line", True)
    assert station.aliases == before["Sector 137 metro"].aliases


async def test_a_second_run_changes_nothing(database: Database) -> None:
    await import_places(database, OVERPASS)
    async with database.read() as session:
        before = (await session.execute(text("SELECT xmin::text, p.* FROM places p ORDER BY id"))).all()
    assert counts(await import_places(database, OVERPASS)) == (0, 0, 6, 10)
    async with database.read() as session:
        assert (await session.execute(text("SELECT xmin::text, p.* FROM places p ORDER BY id"))).all() == before
        audited = (await session.execute(text("SELECT details FROM audit_entries"))).scalars().all()
    assert audited == [{"what": "places", "read_as": "one JSON document", "new": 5, "changed": 1}]


async def test_a_dry_run_tells_the_same_and_writes_nothing(database: Database) -> None:
    before = await stored(database)
    told = await import_places(database, OVERPASS, dry_run=True)
    (change,) = told.changes
    assert (change.row, change.what) == (1, "Sector 137 metro")
    assert change.columns["latitude"] == (28.510817, 28.510901)
    assert change.columns["osm_id"] == (None, "node/9000000001")
    assert (await stored(database)).keys() == before.keys()
    done = await import_places(database, OVERPASS)
    assert (counts(done), done.problems, done.changes) == (counts(told), told.problems, [])


async def test_refused_features_can_be_corrected_and_imported_again(database: Database) -> None:
    errors = io.BytesIO()
    await import_places(database, OVERPASS, errors=errors)
    lines = errors.getvalue().decode().splitlines()
    assert len(lines) == 10
    assert orjson.loads(lines[2])["_reason"].startswith("swapped_coordinates: look swapped")
    turned = lines[2].replace('"lat":77.4079,"lon":28.5091', '"lat":28.5091,"lon":77.4079')
    assert counts(await import_places(database, turned.encode())) == (1, 0, 0, 0)
    assert (await stored(database))["Turned Round School"].as_of is None, "a line says no day"


async def test_the_reference_data_is_recognised(database: Database) -> None:
    content = (Path(__file__).parents[2] / "data" / "geography" / "places.csv").read_bytes()
    assert counts(await import_places(database, content)) == (0, 0, 85, 0)
    renamed = content.replace(b" metro,metro_station", b" Metro Station,metro_station").replace(b"2025-10-25", b"")
    assert counts(await import_places(database, renamed)) == (0, 0, 85, 0)


async def test_an_exact_position_replaces_a_centroid_and_never_the_other_way_round(database: Database) -> None:
    summary = await import_places(database, csv_of(FORTIS))
    assert counts(summary) == (0, 1, 0, 0)
    fortis = (await stored(database))["Fortis Hospital"]
    assert (fortis.slug, fortis.precision, fortis.source) == ("fortis-hospital", "exact", "walked there")
    centroid = FORTIS | {"latitude": 28.620112, "longitude": 77.368464, "precision": "sector", "as_of": "2026-11-25"}
    assert counts(await import_places(database, csv_of(centroid))) == (0, 0, 1, 0)
    assert (await stored(database))["Fortis Hospital"].latitude == FORTIS["latitude"]


async def test_an_older_row_changes_nothing_and_an_equal_one_of_a_later_day_only_the_date(database: Database) -> None:
    moved = node(1, "Kite School", 28.52, 77.42)
    await import_places(database, extract(node(1, "Kite School", 28.51, 77.41), day="2026-11-20"))
    assert counts(await import_places(database, extract(moved, day="2026-11-10"))) == (0, 0, 1, 0)
    assert (await stored(database))["Kite School"].latitude == 28.51
    same = extract(node(1, "Kite School", 28.51, 77.41), day="2026-11-22")
    assert counts(await import_places(database, same)) == (0, 0, 1, 0)
    assert (await stored(database))["Kite School"].as_of == date(2026, 11, 22)
    assert counts(await import_places(database, extract(moved, day="2026-11-23"))) == (0, 1, 0, 0)


async def test_an_object_is_known_by_its_id_whatever_it_is_called_now(database: Database) -> None:
    await import_places(database, extract(node(1, "Kite School", 28.51, 77.41)))
    renamed = node(1, "Eagle Hospital", 28.53, 77.43, amenity="hospital", alt_name="The Eagle")
    assert counts(await import_places(database, extract(renamed))) == (0, 1, 0, 0)
    eagle = (await stored(database))["Eagle Hospital"]
    assert (eagle.category, eagle.aliases, eagle.osm_id) == (PlaceCategory.HOSPITAL, ["The Eagle"], "node/1")


async def test_a_point_drawn_anew_as_an_area_is_the_same_place(database: Database) -> None:
    await import_places(database, extract(node(1, "Kite School", 28.51, 77.41)))
    area = node(2, "Kite School Noida", 28.51 + 0.1 * KM_NORTH, 77.41) | {"type": "way"}
    area["center"] = {"lat": area["lat"], "lon": area["lon"]}
    assert counts(await import_places(database, extract(area))) == (0, 1, 0, 0)
    kite = (await stored(database))["Kite School Noida"]
    assert kite.osm_id == "way/2"
    # Should the point come back elsewhere, it is a place of its own.
    again = node(1, "Kite School", 28.51 - 0.3 * KM_NORTH, 77.41)
    assert counts(await import_places(database, extract(again, area))) == (1, 0, 1, 0)


async def test_what_a_row_does_not_say_stays(database: Database) -> None:
    station = node(1, "Heron Point", 28.4745, 77.4301, amenity="", railway="station", station="subway", line="Aqua")
    await import_places(database, extract(station))
    del station["tags"]["line"]
    moved = extract(station | {"lat": 28.4746}, day="2026-11-21")
    assert counts(await import_places(database, moved)) == (0, 1, 0, 0)
    row = {"category": "metro_station", "name": "Heron Point", "latitude": 28.4747, "longitude": 77.4301}
    assert counts(await import_places(database, csv_of(row | {"as_of": "2026-11-22"}))) == (0, 1, 0, 0)
    heron = (await stored(database))["Heron Point"]
    assert (heron.latitude, heron.line, heron.osm_id, heron.source) == (28.4747, "Aqua Line", "node/1", "walked there")


async def test_two_rows_near_one_stored_place_are_two(database: Database) -> None:
    await without_places(database)
    middle, north, south = (node(i, "Kite School", 28.51 + km * KM_NORTH, 77.41) for i, km in enumerate((0, 0.2, -0.2)))
    await import_places(database, extract(middle | {"id": 10}))
    content = extract(south, north)
    assert counts(await import_places(database, content)) == (1, 1, 0, 0)
    assert counts(await import_places(database, content)) == (0, 0, 2, 0)


async def test_within_a_file_the_first_row_counts(database: Database) -> None:
    await without_places(database)
    rows = [
        node(1, "Kite School", 28.51, 77.41),
        node(2, "Kite Schools", 28.51 + 0.2 * KM_NORTH, 77.41),
        node(1, "Another Name", 28.55, 77.41),
        node(3, "Kite School", 28.51 + 0.3 * KM_NORTH, 77.41),
    ]
    summary = await import_places(database, extract(*rows))
    assert counts(summary) == (2, 0, 0, 2)
    assert [str(problem) for problem in summary.problems] == [
        "row 2, name 'Kite Schools': is the same place as row 1, Kite School",
        "row 3, name 'Another Name': is the same place as row 1, Kite School",
    ]


async def test_loading_the_geography_again_keeps_what_an_import_found(database: Database) -> None:
    fortis = node(5, "Fortis Hospital", 28.6185, 77.3724, amenity="hospital")
    await import_places(database, extract(fortis))
    async with unit_of_work(database) as session:
        await session.execute(text("UPDATE places SET name = 'Old Name', aliases = '{}' WHERE osm_id = 'node/5'"))
    await load_geography(database)
    place = (await stored(database))["Fortis Hospital"]
    assert (place.latitude, place.precision, place.as_of) == (28.6185, "exact", date(2026, 11, 20))
    assert place.source == osm.SOURCE
    async with unit_of_work(database) as session:
        await session.execute(text("UPDATE places SET osm_id = NULL WHERE osm_id = 'node/5'"))
    await load_geography(database)
    assert (await stored(database))["Fortis Hospital"].precision == LocationPrecision.SECTOR


async def test_imported_names_stay_out_of_the_gazetteer_but_for_stations(database: Database) -> None:
    tags = {"railway": "station", "station": "subway", "amenity": ""}
    lines = [node(1, "Kingfisher Nest", 28.51, 77.41), node(2, "Heron Point", 28.4745, 77.4301, **tags)]
    await import_places(database, extract(*lines))
    async with database.read() as session:
        known = await read_places(session)
    assert known.gazetteer.resolve("Kingfisher Nest") is None
    station = known.gazetteer.resolve("Heron Point")
    assert station
    assert station.place.sector_ids
    assert (28.4745, 77.4301) in known.stations.values()
    resolved = known.gazetteer.resolve("fortis hospital")
    assert resolved
    assert resolved.place.name == "Fortis Hospital"
    assert len((await Places(database).known()).stations) == 35


async def test_the_number_of_statements_does_not_grow_with_the_rows(database: Database, statements: Statements) -> None:
    def many(number: int, start: int) -> Iterable[dict[str, Any]]:
        names = (f"Place {start + i}" for i in range(number))
        return (node(start + i, name, 28.45 + i * 0.001, 77.45) for i, name in enumerate(names))

    used = []
    for number, start in ((2, 1000), (150, 2000)):
        statements.clear()
        summary = await import_places(
            database, extract(*many(number, start), node(7, "Kite", 28.5, 77.4 + start / 1e5))
        )
        assert summary.new + summary.changed == number + 1
        used.append(len(statements))
    assert used == [4, 5], "lock, read, insert, the audit's; and update when there is one"


@pytest.mark.parametrize("spoil", [lambda content: content[:-200], lambda content: content + b"}"])
async def test_a_file_spoiled_at_its_end_leaves_nothing_written(database: Database, spoil: Any) -> None:
    before = await stored(database)
    with pytest.raises(FileProblem):
        await import_places(database, spoil(OVERPASS))
    assert (await stored(database)).keys() == before.keys()


async def test_more_places_than_there_can_be_are_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MAX_PLACES", 5)
    with pytest.raises(FileProblem, match="more than 5 places"):
        await import_places(database, OVERPASS)


async def test_two_imports_at_once_make_no_place_twice(database: Database) -> None:
    await without_places(database)
    content = extract(*(node(i, f"Place {i}", 28.45 + i * 0.001, 77.45) for i in range(100)))
    both = await asyncio.gather(*(import_places(database, content) for _ in range(2)))
    assert sorted(counts(summary) for summary in both) == [(0, 0, 100, 0), (100, 0, 0, 0)]
    assert len(await stored(database)) == 100
