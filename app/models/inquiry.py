from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.ids import new_id
from app.core.phones import mask_phone
from app.core.vocabulary import InquiryEventType, InquiryStatus, InquiryType
from app.models.base import Base, Timestamped, values_of
from app.models.property import Property
from app.models.user import MAX_FULL_NAME, User


class Contact(Base):
    """One person, as far as phone numbers and e-mail addresses tell."""

    __tablename__ = "contacts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ContactKey(Base):
    """A phone number (E.164) or an e-mail address (in lower case) that leads to a contact."""

    __tablename__ = "contact_keys"

    value: Mapped[str] = mapped_column(String(254), primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), index=True)


class Inquiry(Timestamped, Base):
    """One lead. Erasure takes what names the person and leaves the row, so that counts stay true."""

    __tablename__ = "inquiries"
    __table_args__ = (
        CheckConstraint(r"phone ~ '^\+[1-9]\d{6,14}$'", name="phone_e164"),
        CheckConstraint("(phone IS NULL) = (erased_at IS NOT NULL)", name="phone_until_erased"),
        CheckConstraint("consent", name="consent_given"),
        Index("ix_inquiries_status_created", "status", text("created_at DESC")),
        Index("ix_inquiries_created", text("created_at DESC"), text("id DESC")),
        Index("ix_inquiries_phone", "phone"),
        Index("ix_inquiries_email", "email"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    property_id: Mapped[UUID | None] = mapped_column(ForeignKey("properties.id"), index=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), index=True)
    full_name: Mapped[str] = mapped_column(String(MAX_FULL_NAME))
    email: Mapped[str | None] = mapped_column(String(254))
    """In lower case."""
    phone: Mapped[str | None] = mapped_column(String(16))
    message: Mapped[str | None] = mapped_column(Text)
    inquiry_type: Mapped[InquiryType] = mapped_column(values_of(InquiryType))
    preferred_contact_time: Mapped[str | None] = mapped_column(String(120))
    consent: Mapped[bool]
    consent_notice: Mapped[str] = mapped_column(String(40))
    """Version and language of the notice that was shown, "2026-11-730d/en"."""
    marketing_consent: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    source: Mapped[str] = mapped_column(String(40), server_default="web")
    idempotency_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """SHA-256 of the key, and of the body that came with it."""
    request_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    status: Mapped[InquiryStatus] = mapped_column(
        values_of(InquiryStatus), default=InquiryStatus.NEW, server_default=InquiryStatus.NEW.value
    )
    assigned_to: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    first_response_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    listing: Mapped[Property | None] = relationship(lazy="raise")
    assignee: Mapped[User | None] = relationship(lazy="raise")

    @property
    def masked_phone(self) -> str | None:
        return None if self.phone is None else mask_phone(self.phone)

    @property
    def first_response_seconds(self) -> int | None:
        if self.first_response_at is None:
            return None
        return round((self.first_response_at - self.created_at).total_seconds())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declarative protocol


class InquiryEvent(Base):
    """One entry of an inquiry's timeline. A trigger refuses changes, apart from an erasure's in `details`."""

    __tablename__ = "inquiry_events"
    __table_args__ = (Index("ix_inquiry_events_inquiry", "inquiry_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    inquiry_id: Mapped[UUID] = mapped_column(ForeignKey("inquiries.id"))
    event_type: Mapped[InquiryEventType] = mapped_column(values_of(InquiryEventType))
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """Who did it; empty for the visitor and for the system."""
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())

    actor: Mapped[User | None] = relationship(lazy="raise")
