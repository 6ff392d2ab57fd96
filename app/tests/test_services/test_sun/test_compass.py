import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import vastu
from app.core.sun import sun_table
from app.core.vocabulary import Facing, PropertyType
from app.schemas.property_detail import FacingWidget
from app.services.sun.compass import NO_DIRECTION, NO_ENTRANCE, NO_WINDOWS, STAND_IN_NOTES, compass, compass_json

DIRECTIONS = st.sampled_from([None, *Facing])
SUN_PARTS = {f"facing_widget_data.{part}" for part in ("heat_exposure", "natural_light_intensity")} | {
    "facing_widget_data.months.energy_kwh_m2_day"
}


def shown(property_type: PropertyType, entrance: Facing | None, window: Facing | None) -> FacingWidget:
    widget = compass(property_type, entrance, window).widget
    assert widget is not None
    return widget


@pytest.mark.parametrize("property_type", PropertyType)
def test_heat_and_light_follow_the_windows_and_vastu_the_entrance(property_type: PropertyType) -> None:
    widget, unknown = compass(property_type, Facing.NORTH_EAST, Facing.WEST)
    wall = sun_table().walls[Facing.WEST]
    assert widget is not None
    assert (widget.direction, widget.degrees, widget.basis) == (Facing.WEST, 270, "window")
    assert (widget.heat_exposure, widget.heat_word) == (100, "very high")
    assert (widget.natural_light_intensity, widget.light_word) == (wall.daylight_index, "very high")
    assert (widget.vastu_compatibility, widget.vastu_band) == (90, "favoured")
    assert tuple(month.energy_kwh_m2_day for month in widget.months) == wall.energy_kwh_m2_day
    assert unknown == {}


@pytest.mark.parametrize("property_type", [PropertyType.FLAT, PropertyType.COMMERCIAL])
def test_the_entrance_of_a_flat_tells_nothing_of_heat_and_light(property_type: PropertyType) -> None:
    widget, unknown = compass(property_type, Facing.EAST, None)
    assert widget is not None
    assert (widget.direction, widget.basis) == (Facing.EAST, "entrance only")
    assert (widget.heat_exposure, widget.heat_word) == (None, None)
    assert (widget.natural_light_intensity, widget.light_word) == (None, None)
    assert [month.energy_kwh_m2_day for month in widget.months] == [None] * 12
    assert widget.months[5].sunrise == "05:23"
    assert widget.vastu_compatibility == 90
    assert unknown == dict.fromkeys(SUN_PARTS, NO_WINDOWS)


@pytest.mark.parametrize("property_type", [PropertyType.VILLA, PropertyType.PLOT])
def test_the_entrance_side_of_a_villa_or_plot_stands_in_and_says_so(property_type: PropertyType) -> None:
    widget, unknown = compass(property_type, Facing.SOUTH, None)
    wall = sun_table().walls[Facing.SOUTH]
    assert widget is not None
    assert (widget.direction, widget.basis) == (Facing.SOUTH, "entrance stands in")
    assert (widget.heat_exposure, widget.natural_light_intensity) == (wall.heat_index, wall.daylight_index)
    assert widget.limits[0] == STAND_IN_NOTES[property_type]
    assert widget.window_facing is None
    assert unknown == {}


def test_without_the_entrance_vastu_is_unknown() -> None:
    widget, unknown = compass(PropertyType.VILLA, None, Facing.SOUTH)
    assert widget is not None
    assert widget.basis == "window"
    assert (widget.vastu_compatibility, widget.vastu_band) == (None, None)
    assert unknown == {"facing_widget_data.vastu_compatibility": NO_ENTRANCE}
    assert STAND_IN_NOTES[PropertyType.VILLA] not in widget.limits


@pytest.mark.parametrize("property_type", PropertyType)
def test_without_any_direction_there_is_a_reason_and_no_compass(property_type: PropertyType) -> None:
    assert compass(property_type, None, None) == (None, {"facing_widget_data": NO_DIRECTION})
    assert compass_json(property_type, None, None).widget == "null"


def test_vastu_has_four_bands_and_is_labelled_a_belief() -> None:
    scores = {facing: shown(PropertyType.FLAT, facing, None).vastu_compatibility for facing in Facing}
    assert list(scores.values()) == [90, 90, 90, 40, 40, 20, 60, 60]
    assert shown(PropertyType.FLAT, Facing.EAST, None).vastu_note == vastu.NOTE
    assert vastu.NOTE == "Traditional belief; schools differ; not a measure of quality."


def test_what_is_not_modelled_is_said() -> None:
    said = " ".join(shown(PropertyType.FLAT, None, Facing.EAST).limits).lower()
    assert all(word in said for word in ("haze", "monsoon", "neighbouring towers", "floor", "balcony", "glass"))


@given(st.sampled_from(PropertyType), DIRECTIONS, DIRECTIONS)
def test_every_figure_is_known_or_has_its_reason(
    property_type: PropertyType, entrance: Facing | None, window: Facing | None
) -> None:
    widget, unknown = compass(property_type, entrance, window)
    if widget is None:
        assert set(unknown) == {"facing_widget_data"}
        return
    figures = {part: getattr(widget, part) for part in ("heat_exposure", "natural_light_intensity")} | {
        "vastu_compatibility": widget.vastu_compatibility,
        "months.energy_kwh_m2_day": widget.months[0].energy_kwh_m2_day,
    }
    null = {f"facing_widget_data.{part}" for part, value in figures.items() if value is None}
    assert set(unknown) == null


def test_the_texts_carry_what_the_compass_says() -> None:
    for asked in product(PropertyType, [None, *Facing], [None, *Facing]):
        widget, unknown = compass(*asked)
        texts = compass_json(*asked)
        assert json.loads(texts.unknown) == unknown
        assert json.loads(texts.widget) == (widget and widget.model_dump(mode="json"))
