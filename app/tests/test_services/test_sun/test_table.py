"""The committed table: it is what the model computes, and agrees with the cross-check of the design.

The cross-check was made with pvlib 0.16.1 and a Perez sky; ours is Hay-Davies, which gives walls out of the sun less.
"""

from importlib.resources import files

import pytest

from app.core.sun import DEGREES, index_word, light_and_heat, sun_table
from app.core.vocabulary import Facing
from app.services.sun.recompute import as_text, compute

# N NE E SE S SW W NW
HEAT = [39, 60, 77, 70, 53, 86, 100, 76]
DAYLIGHT = [33, 46, 74, 93, 99, 100, 84, 53]
APRIL_TO_JUNE = [1.71, 3.03, 3.92, 3.39, 2.22, 3.39, 3.92, 3.03]
NOVEMBER_TO_FEBRUARY = [0.81, 1.05, 2.69, 4.58, 5.80, 4.58, 2.70, 1.05]


def minutes(clock: str) -> int:
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


def test_the_committed_table_is_what_the_model_computes() -> None:
    committed = (files("app.data") / "sun.json").read_text(encoding="utf-8")
    assert as_text(compute()) == committed


def test_the_indices_agree_with_the_cross_check_within_five_points() -> None:
    walls = sun_table().walls.values()
    assert [wall.heat_index for wall in walls] == pytest.approx(HEAT, abs=5)
    assert [wall.daylight_index for wall in walls] == pytest.approx(DAYLIGHT, abs=5)


@pytest.mark.parametrize(("months", "expected"), [((4, 5, 6), APRIL_TO_JUNE), ((11, 12, 1, 2), NOVEMBER_TO_FEBRUARY)])
def test_the_energies_agree_with_the_cross_check(months: tuple[int, ...], expected: list[float]) -> None:
    energy = [
        sum(wall.energy_kwh_m2_day[month - 1] for month in months) / len(months) for wall in sun_table().walls.values()
    ]
    assert energy == pytest.approx(expected, abs=0.28)
    in_the_sun = [(ours, theirs) for ours, theirs in zip(energy, expected, strict=True) if theirs > 2]
    assert [ours for ours, _ in in_the_sun] == pytest.approx([theirs for _, theirs in in_the_sun], rel=0.10)


def test_the_south_is_cool_in_summer_and_the_warmest_in_winter() -> None:
    walls = sun_table().walls
    june = sorted(Facing, key=lambda facing: walls[facing].energy_kwh_m2_day[5])
    december = sorted(Facing, key=lambda facing: walls[facing].energy_kwh_m2_day[11])
    assert june[0] == Facing.SOUTH
    assert december[-1] == Facing.SOUTH


def test_the_paths_run_from_sunrise_to_sunset_by_half_hours() -> None:
    months = sun_table().months
    assert [month.month for month in months] == list(range(1, 13))
    for month in months:
        times = [minutes(point.time) for point in month.path]
        assert times == list(range(times[0], times[-1] + 30, 30))
        assert 0 <= times[0] - minutes(month.sunrise) <= 30
        assert 0 <= minutes(month.sunset) - times[-1] <= 30
        assert month.sunrise_azimuth < month.path[0].azimuth
        assert month.path[-1].azimuth < month.sunset_azimuth
        azimuths = [point.azimuth for point in month.path]
        assert azimuths == sorted(azimuths)  # at this latitude the sun always passes by the south
        assert all(point.altitude > -0.5 for point in month.path)
    longest = max(months, key=lambda month: minutes(month.sunset) - minutes(month.sunrise))
    assert longest.month == 6
    assert max(point.altitude for point in longest.path) == pytest.approx(84.9, abs=0.5)


def test_directions_go_round_from_north() -> None:
    assert DEGREES[Facing.NORTH] == 0
    assert DEGREES[Facing.EAST] == 90
    assert DEGREES[Facing.SOUTH_WEST] == 225
    assert DEGREES[Facing.NORTH_WEST] == 315


@pytest.mark.parametrize(
    ("index", "word"),
    [(0, "very low"), (19, "very low"), (20, "low"), (59, "moderate"), (60, "high"), (79, "high"), (100, "very high")],
)
def test_each_fifth_of_the_scale_has_a_word(index: int, word: str) -> None:
    assert index_word(index) == word


def test_windows_score_for_light_and_against_heat() -> None:
    scores = light_and_heat()
    best_first = sorted(Facing, key=lambda facing: -scores[facing].score)
    assert best_first[:2] == [Facing.SOUTH, Facing.SOUTH_EAST]
    assert best_first[-1] == Facing.WEST
    north, west = scores[Facing.NORTH], scores[Facing.WEST]
    assert north.score == pytest.approx((north.daylight_index / 100 + 1) / 2, abs=0.001)
    assert west.score == pytest.approx(west.daylight_index / 200, abs=0.001)
