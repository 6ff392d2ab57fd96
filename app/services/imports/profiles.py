"""Column profiles: which column of which source means what. The profiles themselves are in profiles.toml."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from app.core.vocabulary import AreaBasis, LocationPrecision, PropertyType
from app.services.imports.problems import FileProblem

AUTO = "auto"
ALIKE = 0.5  # "Type" is asked for property_type, and nothing for what shares fewer letters
MOST_COMPARED, MOST_LETTERS = 200, 40  # headings, and letters of one; comparing takes time
_SEPARATORS = re.compile(r"[\s_.-]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where one field stands: the first of `names` with a value counts; `values` replaces texts before reading."""

    names: tuple[str, ...]
    unit: str | None
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ColumnSet:
    """A set of columns by which a kind of file is recognised and read."""

    profile: str
    requires: tuple[str, ...]
    columns: Mapping[str, Columns]

    def lacks(self, columns: Iterable[str]) -> list[str]:
        present = set(columns)
        return [name for name in self.requires if name not in present]


@dataclass(frozen=True, slots=True)
class Shape(ColumnSet):
    """One set of columns of one source of listings."""

    source: str
    position: LocationPrecision
    position_in_society: LocationPrecision
    default_pins: tuple[tuple[float, float], ...]
    area_basis: AreaBasis | None
    rooms_are: PropertyType | None
    no_rooms_are: PropertyType | None
    constants: Mapping[str, str]
    is_own_export: bool

    @property
    def known_columns(self) -> frozenset[str]:
        """Every column this shape reads."""
        units = {spec.unit for spec in self.columns.values() if spec.unit}
        return frozenset(name for spec in self.columns.values() for name in spec.names) | units


C = TypeVar("C", bound=ColumnSet)


def parse_columns(entry: str | list[str] | dict[str, Any]) -> Columns:
    spec: dict[str, Any] = entry if isinstance(entry, dict) else {"from": entry}
    names = spec["from"]
    return Columns(
        names=(names,) if isinstance(names, str) else tuple(names),
        unit=spec.get("unit"),
        values=spec.get("values", {}),
    )


def _shape(entry: dict[str, Any]) -> Shape:
    basis, rooms, no_rooms = (entry.get(key) for key in ("area_basis", "rooms_are", "no_rooms_are"))
    return Shape(
        profile=entry["profile"],
        source=entry["source"],
        requires=tuple(entry["requires"]),
        position=LocationPrecision(entry["position"]),
        position_in_society=LocationPrecision(entry["position_in_society"]),
        default_pins=tuple((latitude, longitude) for latitude, longitude in entry.get("default_pins", [])),
        area_basis=AreaBasis(basis) if basis else None,
        rooms_are=PropertyType(rooms) if rooms else None,
        no_rooms_are=PropertyType(no_rooms) if no_rooms else None,
        constants=entry.get("constants", {}),
        is_own_export=entry.get("is_own_export", False),
        columns={field: parse_columns(columns) for field, columns in entry["columns"].items()},
    )


@cache
def shapes() -> tuple[Shape, ...]:
    text = files("app.services.imports").joinpath("profiles.toml").read_text(encoding="utf-8")
    return tuple(_shape(entry) for entry in tomllib.loads(text)["shape"])


def choose_shape(columns: Iterable[str], profile: str = AUTO) -> Shape:
    """Choose among the shapes of listing files. Raises FileProblem, also for two headings of one meaning."""
    present = list(columns)
    shape = choose(shapes(), present, profile)
    for first, second in _same_meaning(shape, present):
        msg = f"Row 1 (the header) has the columns {first!r} and {second!r}, which mean the same; keep one of them"
        raise FileProblem(msg)
    return shape


def _same_meaning(shape: Shape, present: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Headings of which one would be passed over: spelt alike, or names of one field in two shapes of the source.

    Where a shape itself lists several for a field, its source has them side by side.
    """
    alike: dict[str, str] = {}
    known = shape.known_columns
    for name in present:
        first = alike.setdefault(_letters(name), name)
        if first != name and {first, name} & known:
            yield first, name
    others = [each for each in shapes() if each.profile == shape.profile and each is not shape]
    for field, own in shape.columns.items():
        elsewhere = {name for each in others if field in each.columns for name in each.columns[field].names}
        read = next((name for name in own.names if name in present), None)
        for name in present:
            if read is not None and name in elsewhere.difference(own.names):
                yield read, name


def choose(known: Sequence[C], columns: Iterable[str], profile: str = AUTO) -> C:
    """Return the set of `profile` (any, for "auto") whose required columns are all there, the most demanding first.

    Raises FileProblem naming the columns that the nearest one lacks, and what may be meant by them.
    """
    present = list(columns)
    candidates = [each for each in known if profile in (AUTO, each.profile)]
    if not candidates:
        msg = f"There is no profile '{profile}'; there are {', '.join(profile_names(known))}"
        raise FileProblem(msg)
    fitting = [each for each in candidates if not each.lacks(present)]
    if fitting:
        return max(fitting, key=lambda each: len(each.requires))
    found = [(each.profile, _near_headings(each, present)) for each in candidates]
    nearest, near = min(found, key=lambda each: (list(each[1].values()).count(None), len(each[1])))
    needs = ", ".join(f"{name} (is that {heading!r}?)" if heading else name for name, heading in near.items())
    which = f". Nearest is {nearest}, which needs" if profile == AUTO else f": {profile} needs"
    msg = f"Columns are missing in row 1 (the header){which} {needs}"
    raise FileProblem(msg)


def _near_headings(known: ColumnSet, present: Sequence[str]) -> dict[str, str | None]:
    """Each column that is lacking, with a heading spelt much like it that means nothing else."""
    read = {name for columns in known.columns.values() for name in columns.names}
    free = {_letters(name): name for name in present[:MOST_COMPARED] if name not in read and len(name) <= MOST_LETTERS}
    found: dict[str, str | None] = {}
    for name in known.lacks(present):
        match = get_close_matches(_letters(name), free, 1, ALIKE)
        found[name] = free.pop(match[0]) if match else None
    return found


def _letters(heading: str) -> str:
    return _SEPARATORS.sub("", heading.casefold())


def profile_names(known: Iterable[ColumnSet]) -> list[str]:
    return list(dict.fromkeys(each.profile for each in known))
