"""The physics against pvlib 0.16.1 (SPA position, Ineichen clear sky, Hay-Davies; same place, turbidity and albedo)."""

from datetime import date, datetime, timedelta
from math import radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.sun.model import (
    ELEVATION_M,
    INDIA,
    TURBIDITY,
    Sun,
    clear_sky,
    on_wall,
    sun_at,
    sunrise_and_sunset,
)

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=INDIA)


@pytest.mark.parametrize(
    ("at", "altitude", "azimuth", "horizontal", "beam", "diffuse", "north_east_south_west"),
    [
        ("2026-01-21 09:00", 19.64, 127.24, 290.9, 698.2, 56.2, [43.3, 628.7, 488.3, 43.3]),
        ("2026-04-15 07:00", 13.30, 86.02, 135.8, 352.0, 54.8, [61.8, 435.6, 33.9, 33.9]),
        ("2026-06-21 12:20", 84.88, 174.32, 965.0, 806.7, 161.6, [128.0, 136.0, 208.4, 128.0]),
        ("2026-06-21 16:00", 41.22, 277.22, 582.4, 689.2, 128.2, [163.6, 88.9, 88.9, 678.9]),
        ("2026-10-03 17:30", 6.79, 261.66, 43.5, 172.5, 23.1, [14.4, 14.4, 42.8, 208.1]),
    ],
)
def test_sun_sky_and_walls_are_those_of_pvlib(
    at: str,
    altitude: float,
    azimuth: float,
    horizontal: float,
    beam: float,
    diffuse: float,
    north_east_south_west: list[float],
) -> None:
    sun = sun_at(moment(at))
    sky = clear_sky(sun, TURBIDITY[moment(at).month - 1])
    walls = [on_wall(sun, sky, wall).irradiance for wall in (0, 90, 180, 270)]
    assert sun.altitude == pytest.approx(altitude, abs=0.02)
    assert sun.azimuth == pytest.approx(azimuth, abs=0.05)
    assert [sky.horizontal, sky.beam, sky.diffuse, *walls] == pytest.approx(
        [horizontal, beam, diffuse, *north_east_south_west], rel=0.005
    )


def test_the_site_and_its_haze_are_those_of_the_design() -> None:
    assert ELEVATION_M == 200
    assert TURBIDITY == (3.0, 3.3, 3.75, 4.1, 4.3, 4.5, 5.2, 5.35, 4.35, 3.7, 3.3, 3.15)


@given(DAYS)
def test_the_sun_stands_on_the_horizon_at_sunrise_and_sunset(day: date) -> None:
    sunrise, sunset = sunrise_and_sunset(day)
    assert (sunrise.date(), sunset.date()) == (day, day)
    for at in (sunrise, sunset):  # refraction takes the geometric -0.833 degrees up to -0.436
        assert sun_at(at).altitude == pytest.approx(-0.436, abs=0.002)
    assert sun_at(sunrise + timedelta(minutes=5)).altitude > 0
    assert sun_at(sunset - timedelta(minutes=5)).altitude > 0
    assert 61 < sun_at(sunrise).azimuth < 118
    assert 242 < sun_at(sunset).azimuth < 299


@given(st.floats(0.01, 85), st.floats(0, 360), st.sampled_from(TURBIDITY), st.floats(0, 360))
def test_light_is_never_negative_nor_more_than_the_sun_sends(
    altitude: float, azimuth: float, turbidity: float, wall: float
) -> None:
    sun = Sun(altitude, azimuth, 1.0)
    sky = clear_sky(sun, turbidity)
    light = on_wall(sun, sky, wall)
    assert 0 <= sky.diffuse <= sky.horizontal <= sky.extraterrestrial * sin(radians(altitude))
    assert 0 <= light.beam <= sky.beam < sky.extraterrestrial
    assert 0 <= light.diffuse < sky.extraterrestrial
    mirrored = on_wall(Sun(altitude, -azimuth, 1.0), sky, -wall)
    assert mirrored.irradiance == pytest.approx(light.irradiance)
