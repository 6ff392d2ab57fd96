from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, func, text
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
    event_type: Mapped[EventType] = mapped_column(values_of(EventType))
    property_id: Mapped[UUID | None] = mapped_column(ForeignKey("properties.id"), index=True)
    visitor_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
