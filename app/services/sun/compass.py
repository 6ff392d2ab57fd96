"""What the compass of a listing says, from its type and the two directions it may give."""

import json
from functools import cache
from typing import NamedTuple

from app.core import vastu
from app.core.sun import DEGREES, index_word, sun_table
from app.core.vocabulary import Facing, PropertyType
from app.schemas.property_detail import FacingWidget, SunMonth
from app.services.sun.method import SUN_METHOD

# Where the entrance is on an outer side that has windows as a rule. A flat or a shop may be entered from a corridor.
STAND_IN_NOTES = {
    PropertyType.VILLA: "The windows' direction is not known; the entrance side stands in for it.",
    PropertyType.PLOT: "A plot has no windows yet; the side it is entered from stands in for them.",
}
NO_DIRECTION = "Neither the entrance's nor the windows' direction is known"
NO_WINDOWS = "The windows' direction is not known, and the entrance's does not tell it"
NO_ENTRANCE = "The entrance's direction is not known"


class Compass(NamedTuple):
    """The widget, and the reason for each part of it that is null, by its path in PropertyDetail."""

    widget: FacingWidget | None
    unknown: dict[str, str]


class CompassJson(NamedTuple):
    """A Compass as two JSON texts: the widget or "null", and the object of reasons."""

    widget: str
    unknown: str


def compass(property_type: PropertyType, entrance: Facing | None, window: Facing | None) -> Compass:
    direction = window or entrance
    if direction is None:
        return Compass(None, {"facing_widget_data": NO_DIRECTION})
    stands_in = window is None and property_type in STAND_IN_NOTES
    table = sun_table()
    wall = table.walls[direction] if window or stands_in else None
    band = vastu.BANDS[entrance] if entrance else None
    widget = FacingWidget(
        direction=direction,
        degrees=DEGREES[direction],
        basis="window" if window else "entrance stands in" if stands_in else "entrance only",
        entrance_facing=entrance,
        window_facing=window,
        heat_exposure=wall.heat_index if wall else None,
        heat_word=index_word(wall.heat_index) if wall else None,
        natural_light_intensity=wall.daylight_index if wall else None,
        light_word=index_word(wall.daylight_index) if wall else None,
        months=[
            SunMonth(
                month=month.month,
                energy_kwh_m2_day=wall.energy_kwh_m2_day[month.month - 1] if wall else None,
                sunrise=month.sunrise,
                sunset=month.sunset,
                sunrise_azimuth_deg=month.sunrise_azimuth,
                sunset_azimuth_deg=month.sunset_azimuth,
            )
            for month in table.months
        ],
        vastu_compatibility=vastu.SCORES[band] if band else None,
        vastu_band=band,
        vastu_note=vastu.NOTE,
        method=SUN_METHOD.summary,
        limits=[STAND_IN_NOTES[property_type], *SUN_METHOD.limits] if stands_in else list(SUN_METHOD.limits),
    )
    no_sun = ("heat_exposure", "natural_light_intensity", "months.energy_kwh_m2_day") if wall is None else ()
    no_vastu = ("vastu_compatibility",) if band is None else ()
    reasons = dict.fromkeys(no_sun, NO_WINDOWS) | dict.fromkeys(no_vastu, NO_ENTRANCE)
    return Compass(widget, {f"facing_widget_data.{part}": reason for part, reason in reasons.items()})


@cache
def compass_json(property_type: PropertyType, entrance: Facing | None, window: Facing | None) -> CompassJson:
    """The compass as text to put into a reply; one of at most 324, each rendered once."""
    widget, unknown = compass(property_type, entrance, window)
    return CompassJson(widget.model_dump_json() if widget else "null", json.dumps(unknown, separators=(",", ":")))
