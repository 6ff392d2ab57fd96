"""Inquiries as staff see them. A phone number stands in full only on an inquiry's own page."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.vocabulary import InquiryEventType, InquiryStatus, InquiryType
from app.schemas.base import Paragraphs, RequestModel
from app.schemas.days import Days
from app.schemas.paging import Paged, PageQuery

MAX_NOTE = 4_000


class FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Colleague(FromRow):
    id: UUID
    full_name: str


class InquiredProperty(FromRow):
    id: UUID
    title: str
    is_listed: bool = Field(description="Shown to the public now")


class InquiryBrief(FromRow):
    """One of the same person's inquiries."""

    id: UUID
    property: InquiredProperty | None = Field(validation_alias="listing")
    inquiry_type: InquiryType
    status: InquiryStatus
    created_at: datetime


class InquiryFields(InquiryBrief):
    full_name: str
    source: str
    preferred_contact_time: str | None
    assignee: Colleague | None
    updated_at: datetime
    first_response_at: datetime | None = Field(description="When it was first marked as contacted")
    first_response_seconds: int | None
    erased_at: datetime | None = Field(description="When what names the person was erased")
    version: int


class InquirySummary(InquiryFields):
    """A row of the list."""

    phone: str | None = Field(validation_alias="masked_phone", description="Masked: +91•••••••210")


class TimelineEntry(FromRow):
    id: UUID
    event_type: InquiryEventType
    occurred_at: datetime
    actor: Colleague | None = Field(description="None: the visitor, or the system")
    details: dict[str, Any] = Field(description="`from` and `to` of a change; `note` of a note")


class InquiryDetail(InquiryFields):
    contact_id: UUID
    phone: str | None = Field(description="E.164")
    email: str | None
    message: str | None
    consent_notice: str = Field(description="Version and language of the notice that was shown")
    marketing_consent: bool
    timeline: list[TimelineEntry] = Field(default=[], description="Oldest first; entries never change")
    history: list[InquiryBrief] = Field(
        default=[], description="The person's other inquiries that you may see, newest first, at most 100"
    )


class InquiryPage(Paged):
    items: list[InquirySummary]


class InquiryFilters(Days):
    """All that are given must hold."""

    status: InquiryStatus | None = None
    inquiry_type: InquiryType | None = None
    assignee: UUID | Literal["none"] | None = Field(default=None, description="Whose; none: nobody's")
    property_id: UUID | None = None
    q: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, description="Part of the name or e-mail address; a whole phone number; an inquiry's id"
    )


Sort = Literal["created_at", "-created_at", "updated_at", "-updated_at", "full_name", "-full_name"]


class InquiryQuery(InquiryFilters, PageQuery):
    sort: Sort = "-created_at"


class InquiryStatusChange(RequestModel):
    status: InquiryStatus


class NoteInput(RequestModel):
    note: Annotated[Paragraphs, StringConstraints(min_length=1, max_length=MAX_NOTE)]


class Assignment(RequestModel):
    user_id: UUID | None = Field(description="An active account of any role; null: nobody")
