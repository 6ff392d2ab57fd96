"""One row of a file of places → the place, or everything that is wrong with it."""

import html
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from app.core.clock import utc_now
from app.core.vocabulary import LocationPrecision, PlaceCategory
from app.services.geography import inside_service_area
from app.services.imports.parsers import parse_coordinate, parse_date
from app.services.imports.problems import Reason, RowProblem, problem
from app.services.imports.profiles import ColumnSet, parse_columns
from app.services.imports.reader import RawRow
from app.services.imports.texts import FieldProblem, is_missing, parse_text
from app.services.places import osm
from app.services.places.geometry import Point, centre_of, read_point

MAX_NAME, MAX_SOURCE, MAX_ALIASES = 160, 300, 5
MARKUP = re.compile(r"<\s*[a-zA-Z/!?]")
LINE = re.compile(r"([a-z]{3,20})(?: line)?", re.IGNORECASE | re.ASCII)
OTHER_KIND = "is no metro station, school, hospital, market or park for visitors"


@dataclass(frozen=True, slots=True)
class ParsedPlace:
    """What a row says of a place. Degrees to six decimals, a tenth of a metre."""

    row: int
    category: PlaceCategory
    name: str
    aliases: tuple[str, ...]
    latitude: float
    longitude: float
    precision: LocationPrecision
    line: str | None
    source: str
    as_of: date | None
    osm_id: str | None


@cache
def shapes() -> tuple[ColumnSet, ...]:
    text = files("app.services.places").joinpath("profiles.toml").read_text(encoding="utf-8")
    return tuple(
        ColumnSet(
            profile=entry["profile"],
            requires=tuple(entry["requires"]),
            columns={field: parse_columns(columns) for field, columns in entry["columns"].items()},
        )
        for entry in tomllib.loads(text)["shape"]
    )


def parse_plain(text: str, limit: int) -> str:
    """Unescape entities and tidy. Raises FieldProblem for markup: what is stored is plain text."""
    before, after = "", text
    while after != before:  # some exports escape twice
        before, after = after, html.unescape(after)
    if MARKUP.search(after):
        msg = "holds markup; plain text is expected"
        raise FieldProblem(msg)
    return parse_text(unicodedata.normalize("NFC", after), limit)


def parse_name(text: str) -> str:
    name = parse_plain(text, MAX_NAME)
    if not any(char.isalnum() for char in name):
        msg = "holds no letter and no digit"
        raise FieldProblem(msg)
    return name


def parse_line(text: str) -> str | None:
    """'Blue/Magenta Line' → 'Blue Line;Magenta Line'; None for what is no list of such names."""
    names = [LINE.fullmatch(part.strip()) for part in re.split(r"[;/,&]", text)]
    return ";".join(dict.fromkeys(f"{name[1].capitalize()} Line" for name in names if name)) or None


def _parse_category(text: str) -> PlaceCategory:
    try:
        return PlaceCategory(text.lower().replace(" ", "_"))
    except ValueError:
        raise FieldProblem(OTHER_KIND) from None


def _parse_precision(text: str) -> LocationPrecision:
    if text not in (LocationPrecision.EXACT, LocationPrecision.SECTOR):
        msg = "is not exact or sector"
        raise FieldProblem(msg)
    return LocationPrecision(text)


def parse_day(text: str) -> date | None:
    """Raises FieldProblem for what is no date, or a day that has not come (anywhere)."""
    day = parse_date(text)
    if day and day > utc_now().date() + timedelta(days=1):
        msg = "has not come yet"
        raise FieldProblem(msg)
    return day


PARSERS: dict[str, Callable[[str], Any]] = {
    "category": _parse_category,
    "name": parse_name,
    "precision": _parse_precision,
    "line": parse_line,
    "source": lambda text: parse_plain(text, MAX_SOURCE),
    "as_of": parse_day,
}
REASONS = {"category": Reason.OTHER_KIND, "name": Reason.BAD_NAME}
WANTED = {
    "category": (Reason.OTHER_KIND, "is missing"),
    "name": (Reason.MISSING_NAME, "is missing"),
    "source": (Reason.MISSING_SOURCE, "is missing: a place here says where it is known from"),
}


def read_row(raw: RawRow, shape: ColumnSet | None) -> ParsedPlace | list[RowProblem]:
    """Read a row of a CSV of this shape, or (None) a GeoJSON feature or Overpass element."""
    if raw.problem:
        return [raw.problem]
    if shape:
        return _Row(raw.number).by_columns(raw.cells, shape)
    if raw.original.get("type") == "Feature":
        return _Row(raw.number).by_feature(raw.original)
    return _Row(raw.number).by_element(raw.original)


class _Row:
    def __init__(self, number: int) -> None:
        self._number = number
        self._problems: list[RowProblem] = []

    def by_columns(self, cells: Mapping[str, str], shape: ColumnSet) -> ParsedPlace | list[RowProblem]:
        facts = _facts(cells, shape)
        return self._place(facts, self._point(lambda: _stated_point(facts)))

    def by_element(self, element: Mapping[str, Any]) -> ParsedPlace | list[RowProblem]:
        """Read what Overpass writes for a node, a way or a relation."""
        if element.get("type") not in osm.TYPES.values():
            self._refuse("type", "", Reason.BAD_ROW, "is neither a Feature nor a node, way or relation")
            return self._problems
        at = element if element["type"] == "node" else element.get("center")
        return self._osm_place(osm.text_tags(element.get("tags")), osm.element_id(element), lambda: _overpass_point(at))

    def by_feature(self, feature: Mapping[str, Any]) -> ParsedPlace | list[RowProblem]:
        properties = feature.get("properties")
        if not isinstance(properties, dict):
            properties = {}
        if osm_id := osm.feature_id(feature, properties):
            tags = properties.get("tags")
            stated = osm.text_tags(tags if isinstance(tags, dict) else properties)
            return self._osm_place(stated, osm_id, lambda: centre_of(feature.get("geometry")))
        if "category" not in properties:
            rule = "has no OpenStreetMap id (`osmium export -a type,id` adds it), nor a category and source of its own"
            self._refuse("", "", Reason.MISSING_SOURCE, rule)
            return self._problems
        point = self._point(lambda: centre_of(feature.get("geometry")))
        return self._place(_facts(osm.text_tags(properties), shapes()[0]), point)

    def _osm_place(
        self, tags: Mapping[str, str], osm_id: str | None, find_point: Callable[[], Point]
    ) -> ParsedPlace | list[RowProblem]:
        category = osm.category_of(tags)
        if category is None:  # and nothing else is looked at: most of an extract is of other kinds
            kind = ", ".join(f"{key}={tags[key]}" for key in osm.KIND_KEYS if key in tags)
            return [problem(self._number, "tags", kind, Reason.OTHER_KIND, OTHER_KIND)]
        if osm_id is None:
            self._refuse("id", "", Reason.BAD_VALUE, "is no OpenStreetMap id")
        name, *others = [*osm.names_of(tags), ""]
        facts = {"category": category, "name": name, "line": tags.get("line", ""), "source": osm.SOURCE}
        return self._place(facts, self._point(find_point), others, osm_id)

    def _point(self, find: Callable[[], Point]) -> Point | None:
        try:
            return find()
        except FieldProblem as error:
            self._refuse("position", "", Reason.BAD_POSITION, str(error))
            return None

    def _place(
        self, facts: Mapping[str, str], point: Point | None, others: Iterable[str] = (), osm_id: str | None = None
    ) -> ParsedPlace | list[RowProblem]:
        found: dict[str, Any] = {"precision": LocationPrecision.EXACT, "line": None, "as_of": None}
        for field, parse in PARSERS.items():
            text = facts.get(field, "")
            try:
                value = parse(text) if text else None
            except FieldProblem as error:
                self._refuse(field, text, REASONS.get(field, Reason.BAD_VALUE), str(error))
                continue
            if value:
                found[field] = value
            elif field in WANTED:
                self._refuse(field, "", *WANTED[field])
        if point and (wrong := _outside(point)):
            self._refuse("position", f"{point.latitude:.5f}, {point.longitude:.5f}", *wrong)
        if self._problems or not point:
            return self._problems
        if found["category"] is not PlaceCategory.METRO_STATION:
            found["line"] = None
        return ParsedPlace(
            row=self._number,
            aliases=tuple(_aliases(found["name"], others)),
            latitude=round(point.latitude, 6),
            longitude=round(point.longitude, 6),
            osm_id=osm_id,
            **found,
        )

    def _refuse(self, column: str, value: str, reason: Reason, rule: str) -> None:
        self._problems.append(problem(self._number, column, value, reason, rule))


def _facts(cells: Mapping[str, str], shape: ColumnSet) -> dict[str, str]:
    """What the columns of this shape say, without what stands for nothing."""
    facts = {}
    for field, columns in shape.columns.items():
        for name in columns.names:
            text = cells.get(name, "").strip()
            if not is_missing(text):
                facts[field] = columns.values.get(text, text)
                break
    return facts


def _stated_point(facts: Mapping[str, str]) -> Point:
    try:
        latitude, longitude = (parse_coordinate(facts.get(name, ""), 180) for name in ("latitude", "longitude"))
    except FieldProblem:
        msg = "is not two numbers in degrees, latitude and longitude"
        raise FieldProblem(msg) from None
    return Point(longitude, latitude)


def _overpass_point(at: Any) -> Point:
    try:
        return read_point([at["lon"], at["lat"]])
    except (TypeError, KeyError, ValueError):
        msg = "has no latitude and longitude in degrees; ways and relations have them with `out center`"
        raise FieldProblem(msg) from None


def _outside(point: Point) -> tuple[Reason, str] | None:
    if inside_service_area(point.latitude, point.longitude):
        return None
    if inside_service_area(point.longitude, point.latitude):
        return Reason.SWAPPED_COORDINATES, "look swapped: the other way round they lie in Noida"
    return Reason.OUTSIDE_AREA, "lie outside Noida and Greater Noida"


def _aliases(name: str, others: Iterable[str]) -> list[str]:
    """The other names that are plain text; one that is not loses nothing but itself."""
    plain = []
    for other in filter(None, others):
        try:
            plain.append(parse_name(other))
        except FieldProblem:
            continue
    return [each for each in dict.fromkeys(plain) if each != name][:MAX_ALIASES]
