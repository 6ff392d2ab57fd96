"""What comparable listings ask a square foot: segments of the market, and each listing's place in its own."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, Numeric
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.vocabulary import AreaBasis, ListingType, MarketScope, PriceCategory, PropertyType
from app.models.base import Base, values_of

Prices = Mapped[list[float]]


def prices() -> Prices:
    return mapped_column(ARRAY(Float))


class MarketSegment(Base):
    """Listings that may be compared with each other. Prices are rupees a square foot of one area basis."""

    __tablename__ = "market_segments"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Hash of the scope and what it is a scope of, so that a refresh finds the row of the last one."""
    scope: Mapped[MarketScope] = mapped_column(values_of(MarketScope))
    listing_type: Mapped[ListingType] = mapped_column(values_of(ListingType))
    property_type: Mapped[PropertyType] = mapped_column(values_of(PropertyType))
    area_basis: Mapped[AreaBasis] = mapped_column(values_of(AreaBasis))
    listings: Mapped[int]
    units: Mapped[int]
    """Listings less those that advertise a unit again."""
    inactive: Mapped[int]
    outliers: Mapped[int]
    fence_low: Mapped[float | None]
    fence_high: Mapped[float | None]
    kept: Mapped[int]
    """Units inside the fence."""
    total: Mapped[float]
    lower_half: Mapped[float]
    q1: Prices = prices()
    q2: Prices = prices()
    q3: Prices = prices()
    lowest: Prices = prices()
    highest: Prices = prices()
    bins_from: Mapped[float]
    bins_step: Mapped[float]
    bins: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    kept_prices: Mapped[list[float] | None] = mapped_column(ARRAY(Float))
    """Each of them, where they are few enough to be drawn one by one."""
    as_of: Mapped[datetime]


class MarketPosition(Base):
    """A listed home among its comparables: those of the segment less itself."""

    __tablename__ = "market_positions"
    __table_args__ = (
        Index("ix_market_positions_segment_key", "segment_key"),
        Index("ix_market_positions_pending", "property_id", postgresql_where="is_pending"),
    )

    property_id: Mapped[UUID] = mapped_column(ForeignKey("properties.id", ondelete="CASCADE"), primary_key=True)
    segment_key: Mapped[int] = mapped_column(BigInteger)
    price_per_sqft: Mapped[Decimal] = mapped_column(Numeric(16, 2))
    """The price compared; while the listing asks another one, this position says nothing about it."""
    n: Mapped[int]
    median: Mapped[float | None]
    p25: Mapped[float | None]
    p75: Mapped[float | None]
    lowest: Mapped[float | None]
    highest: Mapped[float | None]
    spread: Mapped[float | None]
    """Coefficient of dispersion: mean distance from the median, in percent of it."""
    difference_percentage: Mapped[float | None]
    category: Mapped[PriceCategory | None] = mapped_column(values_of(PriceCategory))
    place_in_range: Mapped[float | None]
    """0 at the lowest comparable, 0.5 at the median, 1 at the highest; straight lines between the quartiles."""
    is_taken_out: Mapped[bool]
    """Whether the home is among the segment's kept units, so that it is to be left out of its histogram."""
    is_below_fence: Mapped[bool]
    is_pending: Mapped[bool]
    """Whether the rank and card of the listing do not know this position yet."""
