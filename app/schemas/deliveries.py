from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AliasPath, BaseModel, Field

from app.core.vocabulary import DeliveryChannel, DeliveryStatus, InquiryEventType, InquiryType
from app.schemas.admin_inquiries import FromRow
from app.schemas.paging import Paged, PageQuery


class WebhookInquiry(FromRow):
    """What was asked, and what the event changed. What is not known is left out."""

    id: UUID
    property_id: UUID | None
    property_title: str | None = Field(default=None, validation_alias=AliasPath("listing", "title"))
    full_name: str
    phone: str | None
    email: str | None
    message: str | None
    inquiry_type: InquiryType
    preferred_contact_time: str | None
    source: str
    marketing_consent: bool
    created_at: datetime
    change: dict[str, Any] | None = None


class WebhookEvent(BaseModel):
    type: str
    timestamp: datetime
    data: WebhookInquiry


class DeliveryAttemptEntry(FromRow):
    started_at: datetime
    duration_ms: int
    error: str | None = Field(description="None: it was taken")


class DeliveryEntry(FromRow):
    id: UUID = Field(description="The message's id on the wire too: `webhook-id`, and the left part of `Message-ID`")
    inquiry_id: UUID
    event_type: InquiryEventType = Field(validation_alias=AliasPath("event", "event_type"))
    channel: DeliveryChannel
    recipient: str | None = Field(description="The address of an e-mail")
    status: DeliveryStatus
    attempts: int = Field(description="Since it was written or replayed")
    next_attempt_at: datetime
    delivered_at: datetime | None
    created_at: datetime
    log: list[DeliveryAttemptEntry] = Field(description="Oldest first")


class DeliveryPage(Paged):
    items: list[DeliveryEntry]


class DeliveryQuery(PageQuery):
    status: DeliveryStatus | None = None
    channel: DeliveryChannel | None = None
    inquiry_id: UUID | None = None
