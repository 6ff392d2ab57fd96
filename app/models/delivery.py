from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.ids import new_id
from app.core.vocabulary import DeliveryChannel, DeliveryStatus
from app.models.base import Base, values_of
from app.models.inquiry import Inquiry, InquiryEvent


class Delivery(Base):
    """A message about an event, written in the event's transaction. Its id is the message's on the wire."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "channel"),
        Index("ix_deliveries_due", "channel", "next_attempt_at", postgresql_where="status = 'pending'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("inquiry_events.id"))
    inquiry_id: Mapped[UUID] = mapped_column(ForeignKey("inquiries.id"), index=True)
    channel: Mapped[DeliveryChannel] = mapped_column(values_of(DeliveryChannel))
    recipient: Mapped[str | None] = mapped_column(String(254))
    """An e-mail's; a webhook goes where the settings say."""
    status: Mapped[DeliveryStatus] = mapped_column(
        values_of(DeliveryStatus), default=DeliveryStatus.PENDING, server_default=DeliveryStatus.PENDING.value
    )
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    """Those that came to an end."""
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """Of a pending one; while an attempt runs, when it counts as lost."""
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    event: Mapped[InquiryEvent] = relationship(lazy="raise")
    inquiry: Mapped[Inquiry] = relationship(lazy="raise")
    log: Mapped[list["DeliveryAttempt"]] = relationship(lazy="raise", order_by="DeliveryAttempt.id")


class DeliveryAttempt(Base):
    """One try that came to an end, and how."""

    __tablename__ = "delivery_attempts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"), index=True)
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    error: Mapped[str | None] = mapped_column(String(200))
    """Empty when it was taken."""
