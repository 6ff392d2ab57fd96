"""Everything the public page of one listing shows."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from app.core.vocabulary import Facing, LocationPrecision, PlaceCategory, VastuBand
from app.schemas.image import Image
from app.schemas.properties import ListingFields
from app.schemas.search import HistogramBar


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


class PriceComparison(BaseModel):
    property_price_per_sqft: float
    median: float
    p25: float
    p75: float
    difference_percentage: float
    category: str
    sample_size: int
    scope: str
    as_of: date
    histogram: list[HistogramBar]


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

    place: float | None
    freshness: float | None
    completeness: float | None


class Metrics(BaseModel):
    metro: Metro | None
    rank_score: float = Field(description="0-100")
    rank_parts: RankParts


class PropertyDetail(ListingFields):
    """A part that is not known is null, and `unknown` says why."""

    zone: str | None
    society: str | None = Field(description="The registered society that society_name was recognised as")
    images: list[Image]
    facing_widget_data: FacingWidget | None
    price_comparison: PriceComparison | None
    nearby: list[Nearby] | None
    metrics: Metrics
    unknown: dict[str, str] = Field(
        description="The reason for each part that is null, by its path",
        examples=[{"price_comparison": "Comparables are not computed yet", "metrics.metro": "The position is unknown"}],
    )
    disclaimers: list[str] = Field(description="What a reader must know beside the figures")
