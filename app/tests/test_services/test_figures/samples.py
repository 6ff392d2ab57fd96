"""Figures to draw in tests: plain examples, and strategies for any."""

import math
import statistics
from datetime import date

from hypothesis import strategies as st

from app.core.vocabulary import (
    AreaBasis,
    Facing,
    ListingType,
    LocationPrecision,
    PlaceCategory,
    PriceCategory,
    PropertyType,
)
from app.services.figures.compass_dial import Compass, LightBasis, Mode, Sky
from app.services.figures.laying import Bins
from app.services.figures.nearby_map import Nearby, NearbyPlace
from app.services.figures.price_evidence import PriceEvidence

HEAT = (39, 60, 77, 70, 53, 86, 100, 76)
DAYLIGHT = (33, 46, 74, 93, 99, 100, 84, 53)
LATITUDE = math.radians(28.5355)
PRICES = (
    *(8120, 8640, 8710, 8920, 9010, 9060, 9180, 9240, 9410, 9520, 9560, 9610),
    *(9850, 9900, 9980, 10050, 10120, 10300, 10480, 10550, 10900, 11300, 11850),
)


def sky(declination_deg: float) -> Sky:
    """The sun's path at Noida from horizon to horizon, by the formula of the sphere."""
    declination = math.radians(declination_deg)
    half_day = math.acos(-math.tan(LATITUDE) * math.tan(declination))
    path = []
    for step in range(41):
        hour = (step / 20 - 1) * half_day
        up = math.sin(LATITUDE) * math.sin(declination) + math.cos(LATITUDE) * math.cos(declination) * math.cos(hour)
        south = math.cos(hour) * math.sin(LATITUDE) - math.tan(declination) * math.cos(LATITUDE)
        path.append((math.degrees(math.asin(up)), math.degrees(math.atan2(math.sin(hour), south)) + 180))
    return tuple(path)


def compass(
    windows: Facing | None = Facing.SOUTH_EAST,
    entrance: Facing | None = Facing.NORTH_EAST,
    mode: Mode = Mode.HEAT,
    month: int = 5,
    property_type: PropertyType = PropertyType.FLAT,
) -> Compass:
    basis = LightBasis.WINDOWS if windows else LightBasis.NONE
    if windows is None and entrance and property_type in {PropertyType.VILLA, PropertyType.PLOT}:
        basis = LightBasis.ENTRANCE
    sun = sky(-23.44 * math.cos(math.radians(30 * month - 20)))
    return Compass(
        property_type=property_type,
        windows=windows,
        entrance=entrance,
        basis=basis,
        heat=HEAT,
        daylight=DAYLIGHT,
        mode=mode,
        month=month,
        sun=sun,
        june=sky(23.44),
        december=sky(-23.44),
        sunrise_azimuth=sun[0][1],
        sunset_azimuth=sun[-1][1],
    )


def price(
    values: tuple[float, ...] = PRICES,
    home: float | None = 8649,
    bin_step: float | None = None,
    scope: str = "Sector 137, 3 BHK, ±20% area",
    *,
    verdict: PriceCategory | None = None,
    listing_type: ListingType = ListingType.SALE,
) -> PriceEvidence:
    """The evidence of `values`; counted in bins of `bin_step` when given."""
    values = tuple(sorted(values))
    p25, median, p75 = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else (0.0, 0.0, 0.0)
    bins = None
    if bin_step:
        first = math.floor(values[0] / bin_step)
        counts = [0] * (math.floor(values[-1] / bin_step) - first + 1)
        for value in values:
            counts[math.floor(value / bin_step) - first] += 1
        middle = sum(value < p25 for value in values), sum(value <= p75 for value in values)
        bins = Bins(first * bin_step, bin_step, tuple(counts), middle)
    return PriceEvidence(
        listing_type=listing_type,
        property_type=PropertyType.FLAT,
        n=len(values),
        values=() if bins else values,
        bins=bins,
        median=median,
        p25=p25,
        p75=p75,
        cod=8.1,
        duplicates_left_out=2,
        outliers_left_out=1,
        home=home,
        verdict=verdict,
        scope=scope,
        basis=AreaBasis.CARPET,
        as_of=date(2026, 11, 20),
    )


METRO, SCHOOL, HOSPITAL, MARKET, PARK = PlaceCategory
EXACT, SECTOR = LocationPrecision.EXACT, LocationPrecision.SECTOR


def place(
    number: int, category: PlaceCategory, distance: float, bearing: float, precision: LocationPrecision = EXACT
) -> NearbyPlace:
    return NearbyPlace(category, f"Place {number}", distance, bearing, number, precision)


def nearby(
    *places: NearbyPlace,
    metro_lines: tuple[tuple[tuple[float, float], ...], ...] = (),
    reach: int = 2000,
    precision: LocationPrecision | None = EXACT,
) -> Nearby:
    return Nearby(places, metro_lines, reach, precision)


SPARSE = nearby(place(1, METRO, 4800, 200), place(2, MARKET, 1240, 80, SECTOR), precision=LocationPrecision.SOCIETY)
# Many at the middle of one sector, which is also the home's; others nearly on top of each other; three beyond the rim.
DENSE = nearby(
    place(1, METRO, 620, 95),
    place(2, METRO, 660, 100),
    place(3, METRO, 1400, 110),
    place(4, SCHOOL, 0, 0, SECTOR),
    place(5, SCHOOL, 0, 0, SECTOR),
    place(6, SCHOOL, 900, 200, SECTOR),
    place(7, HOSPITAL, 0, 0, SECTOR),
    place(8, HOSPITAL, 900, 200, SECTOR),
    place(9, HOSPITAL, 905, 204),
    place(10, MARKET, 640, 97),
    place(11, MARKET, 2400, 340),
    place(12, MARKET, 2500, 343),
    place(13, PARK, 0, 0, SECTOR),
    place(14, PARK, 4000, 342),
    place(15, PARK, 900, 200, SECTOR),
    metro_lines=(((2600, 338), (1300, 58), (650, 112), (1720, 148), (2900, 151)),),
    precision=SECTOR,
)

FACINGS = st.none() | st.sampled_from(Facing)
COMPASSES = st.builds(
    compass,
    windows=FACINGS,
    entrance=FACINGS,
    mode=st.sampled_from(Mode),
    month=st.integers(1, 12),
    property_type=st.sampled_from(PropertyType),
)
ANY_PRICE = st.floats(1, 1e7) | st.integers(8000, 12000).map(float)
ANY_TEXT = st.text(max_size=80) | st.just("<b>Sector & \"137\"</b> ]]> 'x'\x00\ud7ff")
PRICE_EVIDENCE = st.builds(
    price,
    values=st.lists(ANY_PRICE, max_size=60).map(tuple),
    home=st.none() | ANY_PRICE,
    scope=ANY_TEXT,
    verdict=st.none() | st.sampled_from(PriceCategory),
) | st.builds(
    price,
    values=st.lists(st.integers(3000, 40000).map(float), min_size=61, max_size=400).map(tuple),
    home=st.none() | ANY_PRICE,
    bin_step=st.sampled_from([50.0, 250.0, 1000.0, 40000.0]),
)


@st.composite
def places(draw: st.DrawFn) -> tuple[NearbyPlace, ...]:
    categories = draw(st.lists(st.sampled_from(PlaceCategory), max_size=15))
    return tuple(
        NearbyPlace(
            category,
            draw(ANY_TEXT),
            draw(st.floats(0, 5000) | st.sampled_from([0.0, 900.0, 2001.0])),
            draw(st.floats(0, 360) | st.sampled_from([0.0, 1.0, 200.0])),
            number,
            draw(st.sampled_from([EXACT, SECTOR])),
        )
        for number, category in enumerate(categories, 1)
    )


POLAR_POINTS = st.tuples(st.floats(0, 9000), st.floats(0, 360))
NEARBY = st.builds(
    Nearby,
    places=places(),
    metro_lines=st.lists(st.lists(POLAR_POINTS, max_size=6).map(tuple), max_size=3).map(tuple),
    reach_m=st.sampled_from([1000, 2000]),
    precision=st.none() | st.sampled_from(LocationPrecision),
)
