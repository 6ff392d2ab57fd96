"""Files of places: what is read of each format, and what is refused with which reason."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.vocabulary import LocationPrecision, PlaceCategory
from app.services.imports.problems import FileProblem, Reason, RowProblem
from app.services.places import osm
from app.services.places.reader import PlaceFile
from app.services.places.rows import OTHER_KIND, ParsedPlace, read_row, shapes

OVERPASS = Path(__file__).parent / "overpass.json"
RING = [[77.40, 28.50], [77.42, 28.50], [77.42, 28.52], [77.40, 28.52], [77.40, 28.50]]
Read = list[ParsedPlace | list[RowProblem]]


def read(content: bytes) -> Read:
    file = PlaceFile(io.BytesIO(content))
    return [read_row(raw, file.shape) for raw in file.rows()]


def only(content: bytes) -> ParsedPlace:
    (place,) = read(content)
    assert isinstance(place, ParsedPlace), place
    return place


def reasons(content: bytes) -> list[Reason]:
    (problems,) = read(content)
    assert isinstance(problems, list), problems
    return [problem.reason for problem in problems]


def feature(**changes: Any) -> dict[str, Any]:
    properties = {"amenity": "school", "name": "Bulbul School"}
    geometry = {"type": "Point", "coordinates": [77.41, 28.51]}
    return {"type": "Feature", "id": "node/7", "properties": properties, "geometry": geometry} | changes


def collection(*features: Any, **members: Any) -> bytes:
    return orjson.dumps({"type": "FeatureCollection", **members, "features": features})


def at(*coordinates: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": coordinates}


def with_tags(**tags: Any) -> bytes:
    return collection(feature(properties={"amenity": "school", "name": "Bulbul School"} | tags))


def test_an_overpass_answer() -> None:
    content = OVERPASS.read_bytes()
    file = PlaceFile(io.BytesIO(content))
    rows = list(file.rows())
    assert (file.format, file.as_of, file.columns) == ("one JSON document", date(2026, 11, 20), None)
    assert file.bytes_read == len(content)
    found = [read_row(raw, None) for raw in rows]
    assert [(place.category, place.name, place.osm_id) for place in found if isinstance(place, ParsedPlace)] == [
        (PlaceCategory.METRO_STATION, "Noida Sector 137", "node/9000000001"),
        (PlaceCategory.SCHOOL, "Kingfisher Public School", "node/9000000002"),
        (PlaceCategory.MARKET, "Shani Bazaar", "node/9000000010"),
        (PlaceCategory.SCHOOL, "Kingfisher Public School, Sector 137", "way/700000001"),
        (PlaceCategory.HOSPITAL, "Saras Hospital & Trauma Centre", "way/700000002"),
        (PlaceCategory.MARKET, "Peepal Square", "way/700000004"),
        (PlaceCategory.PARK, "Bulbul Park", "relation/5000001"),
    ]
    assert [str(problems[0]) for problems in found if isinstance(problems, list)] == [
        f"row 3, tags 'amenity=clinic': {OTHER_KIND}",
        f"row 4, tags: {OTHER_KIND}",
        "row 5, position '77.40790, 28.50910': look swapped: the other way round they lie in Noida",
        f"row 6, tags 'railway=station': {OTHER_KIND}",
        "row 7, position '28.61290, 77.22950': lie outside Noida and Greater Noida",
        "row 8, name: is missing",
        "row 9, name '<b>Bold</b> School': holds markup; plain text is expected",
        "row 13, position: has no latitude and longitude in degrees; ways and relations have them with `out center`",
        f"row 15, tags 'leisure=park': {OTHER_KIND}",
    ]
    station = found[0]
    assert isinstance(station, ParsedPlace)
    assert (station.latitude, station.longitude, station.line) == (28.510901, 77.403513, "Aqua Line")
    assert (station.source, station.precision) == (osm.SOURCE, LocationPrecision.EXACT)
    school, market = found[1], found[9]
    assert isinstance(school, ParsedPlace)
    assert isinstance(market, ParsedPlace)
    assert school.aliases == ("KPS", "Kingfisher School")
    assert market.aliases == ("शनि बाज़ार",)


def test_the_day_of_the_extract_may_stand_behind_the_features() -> None:
    for content in (
        collection(feature(), timestamp="2026-11-19T05:00:00Z"),
        b'{"features": [{}], "timestamp": "2026-11-19"}',
    ):
        file = PlaceFile(io.BytesIO(content))
        assert len(list(file.rows())) == 1
        assert file.as_of == date(2026, 11, 19)
    for unknown in ("yesterday", "2099-01-01T00:00:00Z", 5, None):
        file = PlaceFile(io.BytesIO(collection(feature(), timestamp=unknown)))
        assert list(file.rows())
        assert file.as_of is None


@pytest.mark.parametrize("separator", [b"", b"\x1e"])
@pytest.mark.parametrize("blank", [b"", b"\n"])
def test_a_feature_a_line_as_osmium_writes_it(separator: bytes, blank: bytes) -> None:
    area = feature(geometry={"type": "MultiPolygon", "coordinates": [[RING]]}, id="a246")
    lines = [feature(), "nonsense", area, 7]
    content = blank.join(separator + orjson.dumps(line).replace(b'"nonsense"', b"{nonsense") + b"\n" for line in lines)
    first, second, third, fourth = read(content)
    assert isinstance(first, ParsedPlace)
    assert isinstance(third, ParsedPlace)
    assert (first.row, third.row) == ((1, 3) if not blank else (1, 5))
    assert (third.latitude, third.longitude, third.osm_id) == (28.51, 77.41, "way/123")
    for problems in (second, fourth):
        assert isinstance(problems, list)
        assert [problem.reason for problem in problems] == [Reason.BAD_ROW]


def test_elements_a_line_as_the_errors_file_has_them() -> None:
    elements = json.loads(OVERPASS.read_bytes())["elements"]
    content = b"".join(orjson.dumps(element | {"_row": "1"}) + b"\n" for element in elements)
    assert [isinstance(each, ParsedPlace) for each in read(content)].count(True) == 7


@pytest.mark.parametrize(
    ("ids", "osm_id"),
    [
        ({"id": "way/12"}, "way/12"),
        ({"properties": {"@id": "relation/3"}}, "relation/3"),
        ({"properties": {"@type": "way", "@id": 5}}, "way/5"),
        ({"id": "n17"}, "node/17"),
        ({"id": "w17"}, "way/17"),
        ({"id": "a17"}, "relation/8"),
        ({"id": "node/1", "properties": {"tags": {"amenity": "school", "name": "Nested"}}}, "node/1"),
    ],
)
def test_ids_are_read_as_each_tool_writes_them(ids: dict[str, Any], osm_id: str) -> None:
    stated = feature(id=None) | ids
    stated["properties"] = {"amenity": "school", "name": "Bulbul School"} | ids.get("properties", {})
    assert only(collection(stated)).osm_id == osm_id


@pytest.mark.parametrize(
    ("tags", "category"),
    [
        ("railway=station station=subway", PlaceCategory.METRO_STATION),
        ("railway=station subway=yes", PlaceCategory.METRO_STATION),
        ("railway=station", None),
        ("railway=subway_entrance", None),
        ("railway=construction construction=station station=subway", None),
        ("amenity=school", PlaceCategory.SCHOOL),
        ("amenity=kindergarten", None),
        ("amenity=college", None),
        ("amenity=hospital", PlaceCategory.HOSPITAL),
        ("healthcare=hospital", PlaceCategory.HOSPITAL),
        ("amenity=clinic", None),
        ("amenity=marketplace", PlaceCategory.MARKET),
        ("shop=mall", PlaceCategory.MARKET),
        ("shop=supermarket", None),
        ("leisure=park", PlaceCategory.PARK),
        ("leisure=garden access=yes", PlaceCategory.PARK),
        ("leisure=garden garden:type=residential", None),
        ("leisure=park access=private", None),
        ("amenity=school access=private", PlaceCategory.SCHOOL),
        ("amenity=hospital disused=yes", None),
        ("leisure=park abandoned=yes", None),
        ("disused:amenity=school", None),
        ("building=school", None),
    ],
)
def test_kinds(tags: str, category: PlaceCategory | None) -> None:
    assert osm.category_of(dict(tag.split("=") for tag in tags.split())) is category


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  St.\tMary&apos;s   School ", "St. Mary's School"),
        ("Salt &amp;amp; Pepper Mall", "Salt & Pepper Mall"),
        ("Cafe\u0301 Square", "Café Square"),
        ("5 < 6 Park", "5 < 6 Park"),
        ("A\u202eB School\x07", "AB School"),
        ("x" * 160, "x" * 160),
    ],
)
def test_names_are_kept_as_plain_text(text: str, name: str) -> None:
    assert only(with_tags(name=text)).name == name


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (with_tags(name="<script>x</script>"), Reason.BAD_NAME),
        (with_tags(name="&lt;b&gt;Bold&lt;/b&gt; School"), Reason.BAD_NAME),
        (with_tags(name="&amp;lt;img src=x&amp;gt;"), Reason.BAD_NAME),
        (with_tags(name="x" * 161), Reason.BAD_NAME),
        (with_tags(name="—"), Reason.BAD_NAME),
        (with_tags(name=""), Reason.MISSING_NAME),
        (with_tags(name=None), Reason.MISSING_NAME),
        (with_tags(name=21), Reason.MISSING_NAME),
        (with_tags(amenity="cinema"), Reason.OTHER_KIND),
        (collection(feature(properties=None)), Reason.OTHER_KIND),
        (collection(feature(properties=[1])), Reason.OTHER_KIND),
        (collection(feature(geometry=at(28.51, 77.41))), Reason.SWAPPED_COORDINATES),
        (collection(feature(geometry=at(77.23, 28.61))), Reason.OUTSIDE_AREA),
        (collection(feature(geometry=at(0, 0))), Reason.OUTSIDE_AREA),
        (collection(feature(geometry=at("77.41", "28.51"))), Reason.BAD_POSITION),
        (collection(feature(geometry=at(*[True] * 2))), Reason.BAD_POSITION),
        (collection(feature(geometry=at(77.41))), Reason.BAD_POSITION),
        (collection(feature(geometry=at(77.41, None))), Reason.BAD_POSITION),
        (collection(feature(geometry=at(8617000, 3313000))), Reason.BAD_POSITION),
        (collection(feature(geometry=None)), Reason.BAD_POSITION),
        (collection(feature(geometry={"type": "Circle", "coordinates": [1, 2]})), Reason.BAD_POSITION),
        (collection(feature(geometry={"type": "Polygon", "coordinates": RING})), Reason.BAD_POSITION),
        (collection(feature(geometry={"type": "Polygon", "coordinates": []})), Reason.BAD_POSITION),
        (collection(feature(geometry={"type": "GeometryCollection", "geometries": []})), Reason.BAD_POSITION),
        (b'{"features": [{"type": "Feature", "geometry": {"coordinates": [NaN, 28.5]}}]}', Reason.BAD_ROW),
        (b'{"features": [{"a": "\\ud800"}]}', Reason.BAD_ROW),
        (b'{"features": [{"a": ' + b"[" * 300 + b"]" * 300 + b"}]}", Reason.BAD_ROW),
        (collection(7), Reason.BAD_ROW),
        (b'{"features": {}}', Reason.BAD_ROW),
        (collection({"type": "Banana"}), Reason.BAD_ROW),
        (collection(feature(id=None)), Reason.MISSING_SOURCE),
        (collection(feature(id=7)), Reason.MISSING_SOURCE),
        (
            b'{"elements": [{"type": "way", "id": 1, "center": 5, "tags": {"amenity": "school", "name": "X"}}]}',
            Reason.BAD_POSITION,
        ),
        (
            b'{"elements": [{"type": "node", "lat": 28.51, "lon": 77.41, "tags": {"amenity": "school", "name": "X"}}]}',
            Reason.BAD_VALUE,
        ),
        (b'{"elements": [{"type": "node", "id": 1, "tags": "none"}]}', Reason.OTHER_KIND),
    ],
)
def test_refused_rows(content: bytes, reason: Reason) -> None:
    assert reasons(content) == [reason]


def test_all_problems_of_a_row_are_told() -> None:
    assert reasons(collection(feature(properties={"amenity": "school"}, geometry=None))) == [
        Reason.BAD_POSITION,
        Reason.MISSING_NAME,
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b" \n", "nothing but white space"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x0a\x09OSMHeader\x00", "NUL"),
        (b'<?xml version="1.0"?><osm/>', "XML or HTML"),
        (b"<html>rate limited</html>", "XML or HTML"),
        (b"[1]", "a JSON list: no row"),
        (b"{}", "no places: no row, no GeoJSON feature and no element of an Overpass answer"),
        (b'{"type": "FeatureCollection", "features": []}', "The file holds no places"),
        (b'{"type": "Topology", "objects": {}}', "The file holds no places"),
        (collection(feature(), feature())[:-20], "near byte"),
        (b'{"elements": [{"type": "node"}], "remark": "runtime error: Query timed out"}', "Overpass broke off"),
        (b"name,category\nx,school\n", "Nearest is places, which needs latitude, longitude, source"),
        (b"category,name,latitude,longitude,source\n", "The file holds no places"),
        (b'category,name,latitude,longitude,source\n"x', "quote that is never closed"),
        (orjson.dumps(feature()) + b"\n\xff\n", "Line 2 is not UTF-8"),
    ],
)
def test_what_is_no_file_of_places_is_said_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(FileProblem, match=sentence):
        read(content)


def csv_of(**changes: str) -> bytes:
    row = {
        "category": "mall",
        "name": "Peepal Square",
        "latitude": "28.51",
        "longitude": "77.41",
        "precision": "sector",
        "source": "walked there",
        "as_of": "2026-11-01",
        "line": "Aqua Line",
    } | changes
    return f"{','.join(row)}\n{','.join(row.values())}\n".encode()


def test_a_csv_is_read_by_its_columns() -> None:
    place = only(csv_of())
    assert place == ParsedPlace(
        row=2,
        category=PlaceCategory.MARKET,
        name="Peepal Square",
        aliases=(),
        latitude=28.51,
        longitude=77.41,
        precision=LocationPrecision.SECTOR,
        line=None,
        source="walked there",
        as_of=date(2026, 11, 1),
        osm_id=None,
    )
    assert only(csv_of(category="Metro Station", precision="", as_of="")).line == "Aqua Line"
    station = (
        b"name,category,line_or_sector,latitude,longitude,source\nX,metro_station,Blue/Magenta Line,28.5,77.4,GTFS\n"
    )
    assert only(station).line == "Blue Line;Magenta Line"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"category": "temple"}, Reason.OTHER_KIND),
        ({"category": ""}, Reason.OTHER_KIND),
        ({"name": "n/a"}, Reason.MISSING_NAME),
        ({"name": "<i>X</i>"}, Reason.BAD_NAME),
        ({"source": ""}, Reason.MISSING_SOURCE),
        ({"source": "\x07"}, Reason.MISSING_SOURCE),
        ({"source": "<a href=x>"}, Reason.BAD_VALUE),
        ({"precision": "society"}, Reason.BAD_VALUE),
        ({"as_of": "someday"}, Reason.BAD_VALUE),
        ({"as_of": "2099-01-01"}, Reason.BAD_VALUE),
        ({"latitude": "north"}, Reason.BAD_POSITION),
        ({"latitude": ""}, Reason.BAD_POSITION),
        ({"latitude": "nan"}, Reason.BAD_POSITION),
        ({"latitude": "77.41", "longitude": "28.51"}, Reason.SWAPPED_COORDINATES),
        ({"latitude": "28.61", "longitude": "77.20"}, Reason.OUTSIDE_AREA),
    ],
)
def test_refused_rows_of_a_csv(changes: dict[str, str], reason: Reason) -> None:
    assert reasons(csv_of(**changes)) == [reason]


def test_a_feature_of_another_source_is_read_like_a_csv() -> None:
    properties = {"category": "park", "name": "Koel Park", "source": "walked there", "as_of": "2026-11-01"}
    place = only(collection(feature(id=None, properties=properties)))
    assert (place.category, place.source, place.osm_id) == (PlaceCategory.PARK, "walked there", None)
    del properties["source"]
    assert reasons(collection(feature(id=None, properties=properties))) == [Reason.MISSING_SOURCE]


def test_each_profile_is_recognised_by_its_own_columns() -> None:
    for shape in shapes():
        columns = dict.fromkeys(name for spec in shape.columns.values() for name in spec.names)
        file = PlaceFile(io.BytesIO(f"{','.join(columns)}\n{',' * (len(columns) - 1)}\nx\n".encode()))
        assert file.shape is shape
        assert set(shape.requires) <= columns.keys()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
garbled = st.dictionaries(
    st.sampled_from(["type", "id", "properties", "geometry", "tags", "center", "lat", "lon"]),
    values | st.sampled_from(["Feature", "node", "way", "n5", "way/5", {"amenity": "school", "name": "X"}]),
)


@given(st.lists(garbled, min_size=1, max_size=4), st.sampled_from(["features", "elements", "lines"]))
def test_garbled_rows_are_read_or_refused_with_reasons(rows: list[dict[str, Any]], written_as: str) -> None:
    lines = [json.dumps(row) for row in rows]
    text = "\n".join(lines) if written_as == "lines" else f'{{"{written_as}": [{",".join(lines)}]}}'
    try:
        found = read(text.encode("utf-8", "surrogatepass"))
    except FileProblem:
        assert written_as == "lines", "whose first is no feature"
        return
    assert len(found) == len(rows)
    assert all(each for each in found)


@given(st.binary(max_size=80) | st.binary(max_size=40).map(OVERPASS.read_bytes()[:2000].__add__))
def test_any_bytes_are_read_or_a_file_problem(content: bytes) -> None:
    try:
        found = read(content)
    except FileProblem as error:
        assert str(error)  # noqa: PT017 - whatever else is raised fails
    else:
        assert found
