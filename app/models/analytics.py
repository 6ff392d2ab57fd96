from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.vocabulary import EventType
from app.models.base import Base, values_of


class AnalyticsEvent(Base):
    """Something a visitor did. Carries no personal data: the visitor is a salted hash that changes daily."""

    __tablename__ = "analytics_events"
    __table_args__ = (Index("ix_analytics_events_type_time", "event_type", "occurred_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    """Of a view made of visitor, home and half hour, so that there is one (services/events.py)."""
    event_type: Mapped[EventType] = mapped_column(values_of(EventType))
    property_id: Mapped[UUID | None] = mapped_column(ForeignKey("properties.id"), index=True)
    visitor_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AnalyticsSalt(Base):
    """What a day's visitors are hashed with, and what keeps the days apart. Unlogged: in no log, replica or archive."""

    __tablename__ = "analytics_salts"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy's declarative protocol

    day: Mapped[date] = mapped_column(primary_key=True)
    """In Noida, as all days and hours here."""
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))


class AnalyticsHour(Base):
    __tablename__ = "analytics_hours"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    """When it begins."""
    searches: Mapped[int]
    views: Mapped[int]
    inquiries: Mapped[int]
    suggestions_taken: Mapped[int]


class AnalyticsDay(Base):
    """How many visitors did what on a day. Who came on two days is two: nothing connects them."""

    __tablename__ = "analytics_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    visitors: Mapped[int]
    searched: Mapped[int]
    viewed: Mapped[int]
    inquired: Mapped[int]
    searched_viewed: Mapped[int]
    searched_viewed_inquired: Mapped[int]
    aggregated_at: Mapped[datetime]


class AnalyticsDemand(Base):
    """What was searched for on a day."""

    __tablename__ = "analytics_demand"

    day: Mapped[date] = mapped_column(primary_key=True)
    listing_type: Mapped[str] = mapped_column(String(32), primary_key=True)
    property_type: Mapped[str] = mapped_column(String(32), primary_key=True)
    band: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """The price from which the band of the largest price goes (app/core/price_bands.py)."""
    bhk: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """0 when none was asked for."""
    place: Mapped[str] = mapped_column(String(200), primary_key=True)
    """Empty when none was asked for, or none was understood."""
    searches: Mapped[int]
    few: Mapped[int]
    """Searches that found fewer than six homes; `none` are those among them that found no home."""
    none: Mapped[int]


class AnalyticsPropertyDay(Base):
    __tablename__ = "analytics_property_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    property_id: Mapped[UUID] = mapped_column(ForeignKey("properties.id"), primary_key=True, index=True)
    views: Mapped[int]
    inquiries: Mapped[int]
