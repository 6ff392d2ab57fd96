"""Computes app/data/sun.json again: `uv run python -m app.services.sun.recompute`."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from math import cos, pi
from pathlib import Path

from app.core.sun import DEGREES, MonthSun, SunPoint, SunTable, WallSun
from app.core.vocabulary import Facing
from app.services.sun.model import INDIA, TURBIDITY, WallLight, clear_sky, on_wall, sun_at, sunrise_and_sunset

YEAR = 2026  # another common year differs by 0.01 kWh, one point and one minute at most
DAYS = [date(YEAR, 1, 1) + timedelta(days=number) for number in range(365)]
STEP = timedelta(minutes=10)
HOT_MONTHS = range(4, 7)
FIRST_HOUR, LAST_HOUR = 8, 18
PATH_DAY = 21


def afternoon_weight(hour: float) -> float:
    return 1 + 0.5 * cos(2 * pi * (hour - 15) / 24)


def _day(day: date) -> Iterator[tuple[float, dict[Facing, WallLight]]]:
    """Hours of one clear day in India, in the middle of each step, and what falls on the walls while the sun is up."""
    midnight = datetime.combine(day, time(), INDIA)
    for number in range(timedelta(days=1) // STEP):
        since_midnight = (number + 0.5) * STEP
        sun = sun_at(midnight + since_midnight)
        if sun.altitude > 0:
            sky = clear_sky(sun, TURBIDITY[day.month - 1])
            yield (
                since_midnight / timedelta(hours=1),
                {facing: on_wall(sun, sky, azimuth) for facing, azimuth in DEGREES.items()},
            )


def _walls() -> dict[Facing, WallSun]:
    energy = {facing: [0.0] * 12 for facing in Facing}
    heat = dict.fromkeys(Facing, 0.0)
    daylight = dict.fromkeys(Facing, 0.0)
    for day in DAYS:
        for hour, walls in _day(day):
            for facing, light in walls.items():
                energy[facing][day.month - 1] += light.irradiance
                if day.month in HOT_MONTHS:
                    heat[facing] += light.irradiance * afternoon_weight(hour)
                if FIRST_HOUR <= hour < LAST_HOUR:
                    daylight[facing] += light.illuminance
    kwh = STEP / timedelta(hours=1) / 1000
    days_of = [sum(day.month == month for day in DAYS) for month in range(1, 13)]
    return {
        facing: WallSun(
            heat_index=round(100 * heat[facing] / max(heat.values())),
            daylight_index=round(100 * daylight[facing] / max(daylight.values())),
            energy_kwh_m2_day=tuple(
                round(total * kwh / days, 2) for total, days in zip(energy[facing], days_of, strict=True)
            ),
        )
        for facing in Facing
    }


def _month(month: int) -> MonthSun:
    day = date(YEAR, month, PATH_DAY)
    midnight = datetime.combine(day, time(), INDIA)
    sunrise, sunset = sunrise_and_sunset(day)
    half_hours = [midnight + number * timedelta(minutes=30) for number in range(48)]
    suns = [(moment, sun_at(moment)) for moment in half_hours if sunrise <= moment <= sunset]
    return MonthSun(
        month=month,
        sunrise=_clock(sunrise),
        sunset=_clock(sunset),
        sunrise_azimuth=round(sun_at(sunrise).azimuth, 1),
        sunset_azimuth=round(sun_at(sunset).azimuth, 1),
        path=tuple(SunPoint(_clock(moment), round(sun.altitude, 1), round(sun.azimuth, 1)) for moment, sun in suns),
    )


def _clock(moment: datetime) -> str:
    """To the nearest minute."""
    return (moment + timedelta(seconds=30)).strftime("%H:%M")


def compute() -> SunTable:
    return SunTable(walls=_walls(), months=tuple(_month(month) for month in range(1, 13)))


def as_text(table: SunTable) -> str:
    """JSON with one wall or month a line, so that a change can be read."""
    walls = ",\n".join(f'"{facing}": {wall.model_dump_json()}' for facing, wall in table.walls.items())
    months = ",\n".join(month.model_dump_json() for month in table.months)
    return f'{{"walls": {{\n{walls}\n}},\n"months": [\n{months}\n]}}\n'


if __name__ == "__main__":
    Path(str(files("app.data") / "sun.json")).write_text(as_text(compute()), encoding="utf-8")
