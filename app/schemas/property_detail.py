"""Everything the public page of one listing shows."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.core.vocabulary import (
    AreaBasis,
    Facing,
    LocationPrecision,
    MarketScope,
    Ownership,
    PlaceCategory,
    Possession,
    PriceCategory,
    VastuBand,
)
from app.schemas.image import Image
from app.schemas.properties import ListingFields


class SunMonth(BaseModel):
    """One month of the compass; sunrise and sunset are those of its 21st, in India's time."""

    month: int
    energy_kwh_m2_day: float | None = Field(description="On the wall of `direction` on a clear day, the month's mean")
    sunrise: str = Field(examples=["06:24"])
    sunset: str = Field(examples=["18:32"])
    sunrise_azimuth_deg: float
    sunset_azimuth_deg: float


class FacingWidget(BaseModel):
    """The compass: heat and light by the windows, Vastu by the entrance; `unknown` says why a figure is null."""

    direction: Facing = Field(description="The windows' direction, or the entrance's when theirs is not known")
    degrees: int = Field(description="`direction`, clockwise from north")
    basis: Literal["window", "entrance stands in", "entrance only"] = Field(
        description="What `direction` is; with `entrance only` it says nothing of light and heat"
    )
    entrance_facing: Facing | None
    window_facing: Facing | None
    heat_exposure: int | None = Field(description="0-100; 100 is the hottest of the eight directions in summer")
    heat_word: str | None = Field(examples=["high"])
    natural_light_intensity: int | None = Field(description="0-100; 100 is the brightest of the eight directions")
    light_word: str | None = Field(examples=["very high"])
    months: list[SunMonth] = Field(description="January to December")
    vastu_compatibility: int | None = Field(description="0-100, by the entrance")
    vastu_band: VastuBand | None
    vastu_note: str
    method: str
    limits: list[str]


class PriceBar(BaseModel):
    """Comparables that ask from `price_from` to below `price_to`, in rupees per sq ft."""

    price_from: float
    price_to: float
    count: int


class LeftOut(BaseModel):
    """Listings of the scope that were not compared, beside this home itself."""

    duplicates: int = Field(description="Listings that advertise a unit again")
    inactive: int
    outliers: int = Field(description="Prices beyond the fence: modified z-score of the log price above 3.5")


class PriceComparison(BaseModel):
    """Asking prices per sq ft of one area basis; the basis is never converted."""

    property_price_per_sqft: float
    area_basis: AreaBasis
    median: float
    p25: float
    p75: float
    lowest: float
    highest: float
    difference_percentage: float = Field(description="To the median, negative when below it")
    category: PriceCategory | None = Field(description="Null with fewer than 8 comparables")
    sample_size: int = Field(description="Comparables, without this home")
    scope: MarketScope
    scope_label: str = Field(examples=["Sector 137, 3 BHK, about the same size"])
    spread_percentage: float = Field(description="Coefficient of dispersion: mean distance from the median")
    left_out: LeftOut
    caution: str | None
    as_of: datetime
    histogram: list[PriceBar]


class Nearby(BaseModel):
    """One of the three nearest places of its category within 5 km."""

    category: PlaceCategory
    name: str
    distance_m: int = Field(description="Straight line")
    bearing_deg: int | None = Field(
        ge=0, lt=360, description="From the home, clockwise from north; null where both stand on one point"
    )
    about: bool = Field(
        description="The home's or the place's position is only a centroid: distance and bearing are rough"
    )
    precision: Literal["exact", "sector"] = Field(description="The place's position; `sector` is its centroid")
    line: str | None = Field(description="Of a metro station, where known", examples=["Blue Line, Magenta Line"])
    source: str
    as_of: date | None = Field(description="The day for which the source tells it")


class Metro(BaseModel):
    """The nearest metro station; the distance is as good as the listing's position."""

    station: str
    distance_m: int
    method: Literal["straight line"]
    location_precision: LocationPrecision


class RankParts(BaseModel):
    """Each 0-1; null when not known, and then left out of the score."""

    value: float | None
    light: float | None
    place: float | None
    picture: float | None
    freshness: float | None
    completeness: float | None


class Metrics(BaseModel):
    metro: Metro | None
    rank_score: float = Field(description="0-100")
    rank_parts: RankParts


class Rera(BaseModel):
    number: str
    well_formed: Literal[True] = Field(description="The form is right, which says nothing about the project")
    verified: bool | None = Field(description="Null: nobody has compared it with the register")
    note: str


class Trust(BaseModel):
    """What is known of the papers behind a listing; the detail's `unknown` says why a part is null."""

    rera: Rera | None
    ownership: Ownership | None
    lease_years_left: int | None
    possession: Possession | None
    last_verified_at: datetime | None = Field(description="When staff last checked the listing")
    registry_status: str | None = Field(description="Whether the deed can be registered; always null so far")


class PropertyDetail(ListingFields):
    """A part that is not known is null, and `unknown` says why."""

    listed_at: datetime | None = Field(description="Null when the source gives no date")
    zone: str | None
    society: str | None = Field(description="The registered society that society_name was recognised as")
    images: list[Image]
    facing_widget_data: FacingWidget | None
    price_comparison: PriceComparison | None
    nearby: list[Nearby] | None
    metrics: Metrics
    trust: Trust
    unknown: dict[str, str] = Field(
        description="The reason for each part that is null, by its path",
        examples=[{"price_comparison": "The area is not given", "metrics.metro": "The position is unknown"}],
    )
    disclaimers: list[str] = Field(description="What a reader must know beside the figures")
