"""Column profiles: which column of which source means what. The profiles themselves are in profiles.toml."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from app.core.vocabulary import AreaBasis, LocationPrecision, PropertyType
from app.services.imports.problems import FileProblem

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where one field stands: the first of `names` with a value counts; `values` replaces texts before reading."""

    names: tuple[str, ...]
    unit: str | None
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """One set of columns of one source."""

    profile: str
    source: str
    requires: tuple[str, ...]
    position: LocationPrecision
    position_in_society: LocationPrecision
    area_basis: AreaBasis | None
    rooms_are: PropertyType | None
    no_rooms_are: PropertyType | None
    constants: Mapping[str, str]
    columns: Mapping[str, Columns]

    @property
    def known_columns(self) -> frozenset[str]:
        """Every column this shape reads."""
        units = {spec.unit for spec in self.columns.values() if spec.unit}
        return frozenset(name for spec in self.columns.values() for name in spec.names) | units

    def lacks(self, columns: Iterable[str]) -> list[str]:
        present = set(columns)
        return [name for name in self.requires if name not in present]


def _columns(entry: str | list[str] | dict[str, Any]) -> Columns:
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
        area_basis=AreaBasis(basis) if basis else None,
        rooms_are=PropertyType(rooms) if rooms else None,
        no_rooms_are=PropertyType(no_rooms) if no_rooms else None,
        constants=entry.get("constants", {}),
        columns={field: _columns(columns) for field, columns in entry["columns"].items()},
    )


@cache
def shapes() -> tuple[Shape, ...]:
    text = files("app.services.imports").joinpath("profiles.toml").read_text(encoding="utf-8")
    return tuple(_shape(entry) for entry in tomllib.loads(text)["shape"])


def profile_names() -> list[str]:
    return list(dict.fromkeys(shape.profile for shape in shapes()))


def choose_shape(columns: Iterable[str], profile: str = AUTO) -> Shape:
    """Return the shape of `profile` (any, for "auto") whose required columns are all there, the most demanding first.

    Raises FileProblem naming the columns that each candidate lacks.
    """
    present = list(columns)
    candidates = [shape for shape in shapes() if profile in (AUTO, shape.profile)]
    if not candidates:
        msg = f"There is no profile '{profile}'; there are {', '.join(profile_names())}"
        raise FileProblem(msg)
    fitting = [shape for shape in candidates if not shape.lacks(present)]
    if fitting:
        return max(fitting, key=lambda shape: len(shape.requires))
    lacking = "; ".join(f"{shape.profile} needs {', '.join(shape.lacks(present))}" for shape in candidates)
    asked = "no profile fits" if profile == AUTO else f"the profile {profile} does not fit"
    msg = f"Columns are missing in row 1 (the header), so {asked}: {lacking}"
    raise FileProblem(msg)
