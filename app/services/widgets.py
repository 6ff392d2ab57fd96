"""The figures of one home as SVG, each on a sheet with its sentence, legend and notes."""

import math
from enum import StrEnum
from uuid import UUID

from app.config.database import DirectReads
from app.core.clock import INDIA, utc_now
from app.core.exceptions import NoSuchListingError, NotFoundError
from app.core.sun import MonthSun, sun_table
from app.core.vocabulary import (
    AreaBasis,
    ListingType,
    LocationPrecision,
    PlaceCategory,
    PriceCategory,
    PropertyType,
)
from app.repositories import figures
from app.repositories.figures import Comparison, Facings, Surroundings
from app.services.figures import compass, nearby, price
from app.services.figures.compass_dial import Compass, LightBasis, Mode, Sky
from app.services.figures.laying import Bins
from app.services.figures.nearby_map import Nearby, NearbyPlace
from app.services.figures.price_evidence import PriceEvidence
from app.services.figures.theme import DARK, LIGHT
from app.services.gazetteer import Places
from app.services.metro_lines import tracks_near
from app.services.sun.compass import STAND_IN_NOTES


class ThemeName(StrEnum):
    LIGHT = "light"
    DARK = "dark"


ONE_BY_ONE = 60  # comparables that are drawn a brick each
THEMES = {ThemeName.LIGHT: LIGHT, ThemeName.DARK: DARK}


async def compass_figure(
    reads: DirectReads, property_id: UUID, theme: ThemeName, *, mode: Mode, month: int | None = None
) -> str:
    """Raises NotFoundError."""
    return compass.on_sheet(await find_compass(reads, property_id, mode=mode, month=month), THEMES[theme])


async def find_compass(reads: DirectReads, property_id: UUID, *, mode: Mode, month: int | None = None) -> Compass:
    """The sun on the eight walls, and which of them are the home's; this month unless told. Raises NotFoundError."""
    found = await figures.find_facings(reads, property_id)
    if found is None:
        raise NoSuchListingError(property_id)
    return compass_of(found, mode=mode, month=month)


def compass_of(facings: Facings, *, mode: Mode, month: int | None = None) -> Compass:
    """This month unless told."""
    kind, entrance, windows = facings
    if windows is not None:
        basis = LightBasis.WINDOWS
    elif entrance is not None and kind in STAND_IN_NOTES:
        basis = LightBasis.ENTRANCE
    else:
        basis = LightBasis.NONE
    walls, months = sun_table().walls.values(), sun_table().months
    shown = month or utc_now().astimezone(INDIA).month
    return Compass(
        property_type=kind,
        windows=windows,
        entrance=entrance,
        basis=basis,
        heat=tuple(wall.heat_index for wall in walls),
        daylight=tuple(wall.daylight_index for wall in walls),
        mode=mode,
        month=shown,
        sun=sky_of(months[shown - 1]),
        june=sky_of(months[5]),
        december=sky_of(months[11]),
        sunrise_azimuth=months[shown - 1].sunrise_azimuth,
        sunset_azimuth=months[shown - 1].sunset_azimuth,
    )


def sky_of(month: MonthSun) -> Sky:
    risen = [(point.altitude, point.azimuth) for point in month.path if point.altitude > 0]
    return ((0.0, month.sunrise_azimuth), *risen, (0.0, month.sunset_azimuth))


async def price_figure(reads: DirectReads, property_id: UUID, theme: ThemeName) -> str:
    """The home's price among its comparables. Raises NotFoundError, also when there is nothing to compare."""
    found = await figures.find_comparison(reads, property_id)
    if found is None:
        raise NoSuchListingError(property_id)
    if found.n is None:
        raise NotFoundError(f"There is no price figure of this home: {found.unknown}")
    return price.on_sheet(evidence_of(found), THEMES[theme])


def evidence_of(found: Comparison) -> PriceEvidence:
    """Of a home that was compared: `found.n` is there."""
    values = _comparables(found)
    return PriceEvidence(
        listing_type=ListingType(found.listing_type),
        property_type=PropertyType(found.property_type),
        n=found.n,
        values=values if found.n <= ONE_BY_ONE else (),
        bins=None if found.n <= ONE_BY_ONE else _bins(found),
        median=found.median or 0,
        p25=found.p25 or 0,
        p75=found.p75 or 0,
        cod=found.spread,
        duplicates_left_out=found.duplicates,
        outliers_left_out=found.outliers,
        home=found.price,
        verdict=found.category and PriceCategory(found.category),
        scope=found.scope[:1].upper() + found.scope[1:],
        basis=AreaBasis(found.basis),
        as_of=found.as_of.astimezone(INDIA).date(),
    )


def _comparables(found: Comparison) -> tuple[float, ...]:
    """Each price of the segment, less the home's own; none where they are not kept one by one."""
    others = list(found.prices or ())
    if found.is_taken_out and others:
        others.remove(found.price)
    return tuple(others)


def _bins(found: Comparison) -> Bins:
    counts = list(found.bins)
    if found.is_taken_out:
        counts[math.floor((found.price - found.bins_from) / found.bins_step)] -= 1
    # By rank: the comparables from P25 to P75.
    middle = (math.ceil(0.25 * (found.n - 1)), math.floor(0.75 * (found.n - 1)) + 1)
    return Bins(found.bins_from, found.bins_step, tuple(counts), middle)


async def nearby_figure(
    reads: DirectReads, places: Places, property_id: UUID, theme: ThemeName, *, reach_m: int
) -> str:
    """Raises NotFoundError."""
    return nearby.on_sheet(await find_nearby(reads, places, property_id, reach_m=reach_m), THEMES[theme])


async def find_nearby(reads: DirectReads, places: Places, property_id: UUID, *, reach_m: int) -> Nearby:
    """The places round the home at their distance and bearing. Raises NotFoundError."""
    found = await figures.find_surroundings(reads, property_id)
    if found is None:
        raise NoSuchListingError(property_id)
    return await nearby_of(places, found, reach_m=reach_m)


async def nearby_of(places: Places, found: Surroundings, *, reach_m: int) -> Nearby:
    lines: tuple[tuple[tuple[float, float], ...], ...] = ()
    if found.latitude is not None and found.longitude is not None:
        tracks = tracks_near(found.latitude, found.longitude, (await places.known()).stations)
        lines = tuple(
            tuple((point.distance_m, point.bearing_deg) for point in track.points)
            for track in tracks
            if track.kind == "line"
        )
    return Nearby(
        places=tuple(
            NearbyPlace(
                category=PlaceCategory(place["category"]),
                name=place["name"],
                distance_m=place["distance_m"],
                bearing_deg=place["bearing_deg"] or 0,
                number=number,
                precision=LocationPrecision(place["precision"]),
            )
            for number, place in enumerate(found.places or (), start=1)
        ),
        metro_lines=lines,
        reach_m=reach_m,
        precision=found.precision,
        position=None if found.latitude is None or found.longitude is None else (found.latitude, found.longitude),
    )
