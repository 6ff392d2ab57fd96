"""Everything the public page of one listing shows."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.core.vocabulary import Facing, LocationPrecision, Ownership, PlaceCategory, Possession
from app.schemas.image import Image
from app.schemas.properties import ListingFields
from app.schemas.search import HistogramBar


class FacingWidget(BaseModel):
    direction: Facing
    degrees: float
    heat_exposure: str
    vastu_compatibility: int | None
    natural_light_intensity: float
    method: str


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
    category: PlaceCategory
    name: str
    distance_m: int
    bearing_deg: int
    source: str


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
