from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.vocabulary import InquiryStatus, InquiryType
from app.models.base import Base, Timestamped, values_of


class Inquiry(Timestamped, Base):
    """One lead."""

    __tablename__ = "inquiries"
    __table_args__ = (
        CheckConstraint(r"phone ~ '^\+[1-9]\d{6,14}$'", name="phone_e164"),
        CheckConstraint("consent", name="consent_given"),
        Index("ix_inquiries_status_created", "status", text("created_at DESC")),
        Index("ix_inquiries_phone", "phone"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    property_id: Mapped[UUID | None] = mapped_column(ForeignKey("properties.id"), index=True)
    full_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(16))
    message: Mapped[str | None] = mapped_column(Text)
    inquiry_type: Mapped[InquiryType] = mapped_column(values_of(InquiryType))
    preferred_contact_time: Mapped[str | None] = mapped_column(String(120))
    consent: Mapped[bool]
    consent_notice: Mapped[str] = mapped_column(String(40))
    """Version and language of the notice that was shown."""
    marketing_consent: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    source: Mapped[str] = mapped_column(String(40), server_default="web")
    status: Mapped[InquiryStatus] = mapped_column(
        values_of(InquiryStatus), default=InquiryStatus.NEW, server_default=InquiryStatus.NEW.value
    )
    assigned_to: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    first_response_at: Mapped[datetime | None]
