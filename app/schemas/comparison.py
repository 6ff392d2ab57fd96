"""Comparables of one home, and what was asked before, on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.vocabulary import AreaBasis, MarketScope
from app.schemas.search import Card


class Point(BaseModel):
    id: UUID
    area_sqft: float
    price_per_sqft: float


class Similar(BaseModel):
    """Without a comparison all is empty, and `unknown` says why."""

    results: list[Card] = Field(description="Up to 12, the most alike in size and price first")
    scope: MarketScope | None
    scope_label: str | None
    sample_size: int | None
    as_of: datetime | None
    points: list[Point] = Field(
        description="Area and price of up to 200 comparables, chosen evenly where there are more"
    )
    unknown: str | None


class AskedPrice(BaseModel):
    price: int
    recorded_at: datetime


class TrendMonth(BaseModel):
    month: str = Field(examples=["2026-10"])
    median_price_per_sqft: float
    sample_size: int = Field(description="Homes listed or repriced in the month; 8 or more")


class Prices(BaseModel):
    """What this home asked since it was listed, and the median asked in its sector month by month."""

    history: list[AskedPrice]
    area_basis: AreaBasis | None
    trend_scope: str | None
    trend: list[TrendMonth] | None
    unknown: dict[str, str]
