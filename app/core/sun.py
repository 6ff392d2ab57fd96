"""The sun on the eight walls of a home in Noida, as app/services/sun/recompute.py computed it into app/data/sun.json.

A clear-sky model, not a measurement: what it leaves out is said in app/services/sun/method.py.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from app.core.vocabulary import Facing

# Clockwise from north: the direction looking out of the wall.
DEGREES = {facing: 45 * number for number, facing in enumerate(Facing)}
INDEX_WORDS = ("very low", "low", "moderate", "high", "very high")

Index = Annotated[int, Field(ge=0, le=100)]


class SunPoint(NamedTuple):
    """A place on the sun's path at a clock time; degrees, azimuth clockwise from north."""

    time: str
    altitude: float
    azimuth: float


class WallSun(BaseModel):
    """Both indices are 100 for the wall that gets the most of the eight.

    heat_index: energy of April to June, weighted by 1 + 0.5 cos(2π(h - 15)/24) with h the hour in India.
    daylight_index: mean illuminance from 8 to 18 h over the year.
    """

    model_config = ConfigDict(frozen=True)

    heat_index: Index
    daylight_index: Index
    energy_kwh_m2_day: Annotated[tuple[float, ...], Field(min_length=12, max_length=12)]


class MonthSun(BaseModel):
    """The sun's way over Noida on the 21st (June's and December's are the solstices); India's time as "06:30"."""

    model_config = ConfigDict(frozen=True)

    month: int
    sunrise: str
    sunset: str
    sunrise_azimuth: float
    sunset_azimuth: float
    path: tuple[SunPoint, ...]


class SunTable(BaseModel):
    model_config = ConfigDict(frozen=True)

    walls: dict[Facing, WallSun]
    months: tuple[MonthSun, ...]


@cache
def sun_table() -> SunTable:
    return SunTable.model_validate_json((files("app.data") / "sun.json").read_text(encoding="utf-8"))


def index_word(index: int) -> str:
    """A word for each fifth of the scale: 0-19 is very low, 80-100 very high."""
    return INDEX_WORDS[min(index // 20, 4)]


@dataclass(frozen=True, slots=True)
class LightAndHeat:
    """How well windows to one side do, 0-1, and the figures that say so.

    The score is the mean of light (daylight index / 100) and coolness (1 for the coolest wall, 0 for the hottest).
    """

    heat_index: int
    daylight_index: int
    score: float


@cache
def light_and_heat() -> dict[Facing, LightAndHeat]:
    walls = sun_table().walls
    coolest = min(wall.heat_index for wall in walls.values())
    return {
        facing: LightAndHeat(
            heat_index=wall.heat_index,
            daylight_index=wall.daylight_index,
            score=round((wall.daylight_index / 100 + (100 - wall.heat_index) / (100 - coolest)) / 2, 3),
        )
        for facing, wall in walls.items()
    }
