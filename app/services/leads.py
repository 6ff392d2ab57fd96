"""Inquiries in the hands of staff: who sees which, how they move on, what their timeline says."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.config.database import Database, ReadSession, WriteSession
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.exceptions import ConflictError, InvalidInputError, NoSuchInquiryError
from app.core.vocabulary import AuditAction, AuditEntity, InquiryEventType, InquiryStatus, UserRole
from app.models.inquiry import Inquiry, InquiryEvent
from app.models.user import User
from app.repositories import leads, users
from app.schemas.admin_inquiries import (
    InquiryBrief,
    InquiryDetail,
    InquiryFilters,
    InquiryPage,
    InquiryQuery,
    TimelineEntry,
)
from app.schemas.paging import Paged
from app.services import exports
from app.services.audit import Actor, record, record_change
from app.services.notifications import notify
from app.services.versions import changed_meanwhile, etag, seen

OPEN = (InquiryStatus.NEW, InquiryStatus.CONTACTED, InquiryStatus.QUALIFIED)
CLOSED = (InquiryStatus.CONVERTED, InquiryStatus.LOST)
NEXT = {
    InquiryStatus.NEW: (InquiryStatus.CONTACTED,),
    InquiryStatus.CONTACTED: (InquiryStatus.QUALIFIED,),
    InquiryStatus.QUALIFIED: CLOSED,
    **dict.fromkeys(CLOSED, OPEN),  # reopened
}

COLUMNS = (
    *("id", "created_at", "status", "inquiry_type", "full_name", "phone", "email", "property_id", "property_title"),
    *("message", "preferred_contact_time", "source", "assignee", "first_response_at", "marketing_consent"),
    *("consent_notice", "erased_at"),
)


async def search(session: ReadSession, user: User, query: InquiryQuery) -> InquiryPage:
    """A page of the inquiries this user may see, in two statements. Raises InvalidInputError for an unknown page."""
    seen_by = only_of(user)
    page = Paged.of(await leads.count(session, query, seen_by), query)
    rows = await leads.find_page(session, query, seen_by)
    return InquiryPage.model_validate({**page.model_dump(), "items": rows})


async def read(session: ReadSession, user: User, inquiry_id: UUID) -> InquiryDetail:
    """Raises NoSuchInquiryError, also for one this user may not see."""
    inquiry = await leads.find(session, inquiry_id, only_of(user))
    if inquiry is None:
        raise NoSuchInquiryError(inquiry_id)
    return await _detail(session, user, inquiry)


async def _detail(session: ReadSession, user: User, inquiry: Inquiry) -> InquiryDetail:
    timeline = await leads.timeline(session, inquiry.id)
    history = await leads.history(session, inquiry, only_of(user))
    return InquiryDetail.model_validate(inquiry).model_copy(
        update={
            "timeline": [TimelineEntry.model_validate(event) for event in timeline],
            "history": [InquiryBrief.model_validate(other) for other in history],
        }
    )


def export(database: Database, actor: Actor, filters: InquiryFilters) -> AsyncIterator[bytes]:
    """The inquiries as a CSV file, newest first."""

    async def find_after(session: ReadSession, after: Inquiry | None) -> Sequence[Inquiry]:
        return await leads.find_after(session, filters, after, exports.AT_ONCE)

    return exports.export(database, actor, AuditEntity.INQUIRY, filters, COLUMNS, find_after, _cells)


def _cells(inquiry: Inquiry) -> Iterator[object]:
    found: dict[str, object] = {
        "property_title": inquiry.listing and inquiry.listing.title,
        "assignee": _name(inquiry.assignee),
    }
    for column in COLUMNS:
        value = found[column] if column in found else getattr(inquiry, column)
        yield value.isoformat() if isinstance(value, datetime) else value


def only_of(user: User) -> UUID | None:
    """Whose leads this user sees; None: everybody's."""
    return user.id if user.role is UserRole.AGENT else None


@dataclass(frozen=True, slots=True)
class LeadWriter:
    """Who works on inquiries, in which transaction, and which version they saw (the If-Match header, if any)."""

    session: WriteSession
    user: User
    actor: Actor
    settings: Settings
    if_match: str | None = None

    async def set_status(self, inquiry_id: UUID, status: InquiryStatus) -> InquiryDetail:
        """Raises NoSuchInquiryError, PreconditionFailedError, ConflictError for a step that is not possible."""
        inquiry = await self._lock(inquiry_id)
        if status not in NEXT[inquiry.status]:
            steps = " or ".join(NEXT[inquiry.status])
            raise ConflictError(f"From {inquiry.status.value} an inquiry can become {steps}, not {status.value}")
        if status is not InquiryStatus.NEW and inquiry.first_response_at is None:
            inquiry.first_response_at = utc_now()
        change = {"from": inquiry.status.value, "to": status.value}
        inquiry.status = status
        record_change(self.session, self.actor, AuditAction.STATUS_CHANGED, inquiry)
        return await self._finish(inquiry, InquiryEventType.STATUS_CHANGED, change)

    async def assign(self, inquiry_id: UUID, user_id: UUID | None) -> InquiryDetail:
        """Give it to a colleague or to nobody; nothing to do when it is so already.

        Raises NoSuchInquiryError, PreconditionFailedError, InvalidInputError when there is no such active account.
        """
        inquiry = await self._lock(inquiry_id)
        assignee = None if user_id is None else await users.find_active(self.session, user_id)
        if user_id is not None and assignee is None:
            raise InvalidInputError("user_id", "is not the id of an active account")
        if inquiry.assigned_to == user_id:
            return await _detail(self.session, self.user, inquiry)
        change = {"from": _name(inquiry.assignee), "to": _name(assignee)}
        inquiry.assigned_to = user_id
        record_change(self.session, self.actor, AuditAction.ASSIGNED, inquiry)
        return await self._finish(inquiry, InquiryEventType.ASSIGNED, change, tell=assignee)

    async def add_note(self, inquiry_id: UUID, note: str) -> InquiryDetail:
        """Raises NoSuchInquiryError."""
        inquiry = await self._lock(inquiry_id)
        changes = {"note": None}  # an erasure takes its text from the timeline
        record(
            self.session, self.actor, AuditEntity.INQUIRY, AuditAction.NOTE_ADDED, entity_id=inquiry_id, changes=changes
        )
        return await self._finish(inquiry, InquiryEventType.NOTE_ADDED, {"note": note})

    async def _lock(self, inquiry_id: UUID) -> Inquiry:
        inquiry = await leads.lock(self.session, inquiry_id, only_of(self.user))
        if inquiry is None:
            raise NoSuchInquiryError(inquiry_id)
        tag = etag(inquiry.id, inquiry.version)
        if not seen(self.if_match, tag):
            current = await _detail(self.session, self.user, inquiry)
            raise changed_meanwhile(tag, current.model_dump(mode="json"))
        if inquiry.erased_at is not None:
            raise ConflictError("Who asked was erased; nothing more can be done with this inquiry")
        return inquiry

    async def _finish(
        self, inquiry: Inquiry, event_type: InquiryEventType, details: dict[str, Any], *, tell: User | None = None
    ) -> InquiryDetail:
        event = InquiryEvent(
            inquiry_id=inquiry.id, event_type=event_type, actor_id=self.user.id, details=details, occurred_at=utc_now()
        )
        await notify(self.session, self.settings, event, to=None if tell is None else tell.email)
        return await read(self.session, self.user, inquiry.id)


def _name(user: User | None) -> str | None:
    return None if user is None else user.full_name
