import math
from dataclasses import replace

import pytest

from app.core.vocabulary import Facing, PropertyType
from app.services.figures import compass
from app.services.figures.compass_dial import CENTRE, HORIZON, Mode
from app.services.figures.sheet import plain
from app.services.figures.theme import LIGHT
from app.tests.test_services.test_figures import samples
from app.tests.test_services.test_figures.drawn import Figure, Shape, read


def drawn(
    windows: Facing | None = Facing.SOUTH_EAST,
    entrance: Facing | None = Facing.NORTH_EAST,
    mode: Mode = Mode.HEAT,
    month: int = 5,
) -> Figure:
    return read(compass.drawing(samples.compass(windows, entrance, mode, month), LIGHT))


def bearing(shape: Shape) -> float:
    """From the middle of the compass to the middle of a shape."""
    left, top, right, bottom = shape.extent
    return math.degrees(math.atan2((left + right) / 2 - CENTRE[0], CENTRE[1] - (top + bottom) / 2)) % 360


def test_the_ring_says_every_direction_with_its_index() -> None:
    figure = drawn()
    assert figure.said[:16] == [
        *("N", "39", "NE", "60", "E", "77", "SE", "70"),
        *("S", "53", "SW", "86", "W", "100", "NW", "76"),
    ]
    walls = figure.of("side")
    assert [round(bearing(wall)) for wall in walls] == [0, 45, 90, 135, 180, 225, 270, 315]
    steps = [LIGHT.heat.index(wall.fill) for wall in walls]
    assert steps == [0, 2, 3, 2, 1, 3, 4, 3]


def test_the_switch_recolours_the_ring() -> None:
    figure = drawn(mode=Mode.DAYLIGHT)
    assert figure.said[:4] == ["N", "33", "NE", "46"]
    assert {wall.fill for wall in figure.of("side")} == {LIGHT.light[step] for step in (0, 1, 3, 4)}


@pytest.mark.parametrize("windows", Facing)
@pytest.mark.parametrize("entrance", Facing)
def test_the_plan_is_turned_to_its_windows_and_door(windows: Facing, entrance: Facing) -> None:
    figure = drawn(windows, entrance)
    side = list(Facing).index(windows) * 45
    for kind in ("window", "beam", "measured"):
        (shape,) = figure.of(kind)
        assert bearing(shape) == pytest.approx(side, abs=1), kind
    (door,) = figure.of("entrance")
    away = (bearing(door) - list(Facing).index(entrance) * 45 + 180) % 360 - 180
    assert abs(away) < (32 if windows is entrance else 12)  # beside the windows when it shares their wall
    assert not figure.of("unknown")


def test_unknown_windows_are_hatched_and_never_drawn() -> None:
    figure = drawn(None, Facing.NORTH_EAST)
    for kind in ("window", "beam", "measured"):
        assert not figure.of(kind)
    (hatched,) = figure.of("unknown")
    assert hatched.fill == "url(#compass-heat-5-hatch)"
    assert figure.said[-2:] == ["windows", "not known"]
    assert len(figure.of("entrance")) == 1
    assert "Windows: not known. Entrance: north-east." in (figure.root[1].text or "")


def test_with_nothing_known_ring_and_sun_are_still_drawn() -> None:
    figure = drawn(None, None)
    assert figure.said[-2:] == ["facing", "not known"]
    assert len(figure.of("side")) == 8
    assert len(figure.of("sun")) == 1
    assert len(figure.of("solstice")) == 2
    assert not figure.of("entrance")
    (plan,) = figure.of("plan")
    assert plan.fill.startswith("url(#")


def test_the_entrance_stands_in_for_a_villa_and_says_so() -> None:
    inputs = samples.compass(None, Facing.WEST, property_type=PropertyType.VILLA)
    figure = read(compass.drawing(inputs, LIGHT))
    (measured,) = figure.of("measured")
    assert bearing(measured) == pytest.approx(270, abs=1)
    assert measured.element.get("stroke-dasharray")  # not the solid line of known windows
    assert "stands in for the windows" in read(compass.on_sheet(inputs, LIGHT)).said
    assert plain(compass.headline(inputs)) == "Entrance side, west: summer\u00a0heat 100\u00a0of\u00a0100."


def test_the_sun_stands_where_the_month_has_it() -> None:
    june, december = samples.compass(month=6).sun, samples.compass(month=12).sun
    for sun, month in ((june, 6), (december, 12)):
        left, _, right, low = drawn(month=month).of("sun")[0].extent
        altitude = max(altitude for altitude, _ in sun)
        noon = CENTRE[1] + HORIZON * (90 - altitude) / 90
        assert (
            low == pytest.approx(noon, abs=0.01) or month == 12
        )  # in winter it rises and sets farther south than noon
        assert right - CENTRE[0] == pytest.approx(CENTRE[0] - left, abs=0.02)
        start = HORIZON * math.sin(math.radians(sun[0][1]))
        if month == 12:
            assert right == pytest.approx(CENTRE[0] + start, abs=0.02)


def test_a_path_is_cut_where_it_meets_the_horizon() -> None:
    inputs = samples.compass()
    below = ((-20.0, 55.0), (-10.0, 60.0), (10.0, 70.0), (80.0, 180.0), (10.0, 290.0), (-10.0, 300.0))
    figure = read(compass.drawing(replace(inputs, sun=below), LIGHT))
    (path,) = figure.of("sun")
    first = path.outline[1:].split("L")[0].split()
    x, y = CENTRE[0] + HORIZON * math.sin(math.radians(65)), CENTRE[1] - HORIZON * math.cos(math.radians(65))
    assert [float(part) for part in first] == pytest.approx([x, y], abs=0.01)
    assert path.outline.count("L") == 4


def test_a_compass_that_knows_is_put_in_words() -> None:
    assert plain(compass.headline(samples.compass())) == "South-east windows: summer\u00a0heat 70\u00a0of\u00a0100."
    assert plain(compass.headline(samples.compass(None))) == "Side of the windows not known."
    assert plain(compass.headline(samples.compass(None, None))) == "Facing not known."
