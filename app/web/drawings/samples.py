"""Small pictures of how a home is read: the sun is Noida's; prices and places are examples, without figures."""

import re
from datetime import date
from functools import cache

from markupsafe import Markup

from app.core.sun import sun_table
from app.core.vocabulary import (
    AreaBasis,
    Facing,
    ListingType,
    LocationPrecision,
    PlaceCategory,
    PriceCategory,
    PropertyType,
)
from app.services.figures.compass_dial import Compass, LightBasis, Mode, dial
from app.services.figures.nearby_map import Nearby, NearbyPlace, around
from app.services.figures.price_chart import chart
from app.services.figures.price_evidence import PriceEvidence
from app.services.figures.svg import WIDTH, number
from app.services.figures.theme import PAGE
from app.services.widgets import sky_of
from app.web.drawings.pen import drawn

_LETTERING = re.compile("<text.*?</text>")
_POLE = re.compile(r'<path[^>]*stroke="var\(--brick\)"[^>]*/>')
_MAY = 5


@cache
def sample(part: str) -> Markup:
    """One of "sun", "price" and "around"; decoration, without words."""
    markup, height = {"sun": _sun, "price": _price, "around": _around}[part]()
    box: tuple[float, ...] = (0, 0, WIDTH, height)
    if part == "price":  # the bricks and their band: flag and axis are nothing without their words
        markup, box = _POLE.sub("", markup), (36, 48, 288, height - 84)
    view = " ".join(number(each) for each in box)
    return drawn(f'<svg viewBox="{view}" aria-hidden="true">{_LETTERING.sub("", markup)}</svg>')


def _sun() -> tuple[str, float]:
    table = sun_table()
    walls, months = table.walls.values(), table.months
    may = months[_MAY - 1]
    figure = Compass(
        property_type=PropertyType.FLAT,
        windows=Facing.SOUTH_EAST,
        entrance=Facing.NORTH_EAST,
        basis=LightBasis.WINDOWS,
        heat=tuple(wall.heat_index for wall in walls),
        daylight=tuple(wall.daylight_index for wall in walls),
        mode=Mode.HEAT,
        month=_MAY,
        sun=sky_of(may),
        june=sky_of(months[5]),
        december=sky_of(months[11]),
        sunrise_azimuth=may.sunrise_azimuth,
        sunset_azimuth=may.sunset_azimuth,
    )
    return dial(figure, "sample-sun", PAGE)


def _price() -> tuple[str, float]:
    values = (
        *(7900.0, 8300.0, 8400.0, 8700.0, 8800.0, 8900.0, 9100.0, 9200.0, 9300.0, 9400.0, 9600.0, 9700.0),
        *(9800.0, 9900.0, 10100.0, 10200.0, 10400.0, 10600.0, 10900.0, 11300.0),
    )
    evidence = PriceEvidence(
        listing_type=ListingType.SALE,
        property_type=PropertyType.FLAT,
        n=len(values),
        values=values,
        bins=None,
        median=9500,
        p25=8850,
        p75=10150,
        cod=None,
        duplicates_left_out=0,
        outliers_left_out=0,
        home=8450,
        verdict=PriceCategory.BELOW_AVERAGE,
        scope="",
        basis=AreaBasis.CARPET,
        as_of=date(2026, 11, 1),
    )
    return chart(evidence, PAGE)


def _around() -> tuple[str, float]:
    places = (
        (PlaceCategory.METRO_STATION, 650, 112),
        (PlaceCategory.SCHOOL, 480, 40),
        (PlaceCategory.SCHOOL, 940, 282),
        (PlaceCategory.HOSPITAL, 820, 228),
        (PlaceCategory.HOSPITAL, 1510, 62),
        (PlaceCategory.MARKET, 1180, 170),
        (PlaceCategory.PARK, 720, 10),
        (PlaceCategory.PARK, 1640, 300),
    )
    figure = Nearby(
        places=tuple(
            NearbyPlace(category, "", distance, bearing, row, LocationPrecision.EXACT)
            for row, (category, distance, bearing) in enumerate(places, start=1)
        ),
        metro_lines=(((2600, 351), (1150, 58), (650, 112), (1720, 148), (2600, 152)),),
        reach_m=2000,
        precision=LocationPrecision.EXACT,
    )
    return around(figure, PAGE)
