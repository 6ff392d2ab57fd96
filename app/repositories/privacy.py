"""Statements on all that is stored about a person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, delete, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import InquiryStatus
from app.models.inquiry import ContactKey, Inquiry, InquiryEvent
from app.repositories.leads import WITH_ASSIGNEE, WITH_PROPERTY

ERASED_NAME = "Erased"
CLOSED = (InquiryStatus.CONVERTED, InquiryStatus.LOST)


async def find(session: ReadSession, key: str) -> Sequence[Inquiry]:
    """The inquiries sent with this phone number or address, oldest first."""
    return (await session.execute(_of(_sent_with(key)))).scalars().all()


async def find_old(session: ReadSession, before: datetime, most: int) -> Sequence[Inquiry]:
    """Closed inquiries that nobody changed since then."""
    old = _of(Inquiry.status.in_(CLOSED), Inquiry.erased_at.is_(None), Inquiry.updated_at < before)
    return (await session.execute(old.limit(most))).scalars().all()


async def lock(session: WriteSession, ids: Sequence[UUID]) -> Sequence[Inquiry]:
    fresh = _of(Inquiry.id.in_(ids)).with_for_update(of=Inquiry).execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalars().all()


async def count_related(session: ReadSession, key: str) -> int:
    """Inquiries of the contacts of these, sent without this key."""
    contacts = select(ContactKey.contact_id).where(ContactKey.value == key).scalar_subquery()
    others = func.count().filter(~func.coalesce(_sent_with(key), False))
    statement = select(others).where(Inquiry.contact_id == contacts, Inquiry.erased_at.is_(None))
    return (await session.execute(statement)).scalar_one()


async def erase(session: WriteSession, ids: Sequence[UUID], keys: Sequence[str]) -> None:
    """Take what names the person from the inquiries, their notes, and the keys that lead to no other inquiry."""
    erased = update(Inquiry).where(Inquiry.id.in_(ids))
    nothing = ("email", "phone", "message", "preferred_contact_time", "idempotency_key", "request_hash")
    await session.execute(
        erased.values(
            **dict.fromkeys(nothing), full_name=ERASED_NAME, erased_at=func.now(), version=Inquiry.version + 1
        ).execution_options(synchronize_session=False)
    )
    await session.execute(text("SELECT set_config('casabricks.erasing', 'on', true)"))
    notes = update(InquiryEvent).where(InquiryEvent.inquiry_id.in_(ids), InquiryEvent.details.has_key("note"))
    await session.execute(
        notes.values(details=InquiryEvent.details.op("-", return_type=JSONB())(cast("note", Text))).execution_options(
            synchronize_session=False
        )
    )
    await session.execute(text("SELECT set_config('casabricks.erasing', 'off', true)"))
    used = exists().where(or_(Inquiry.phone == ContactKey.value, Inquiry.email == ContactKey.value))
    await session.execute(delete(ContactKey).where(ContactKey.value.in_(keys), ~used))


def _of(*conditions: ColumnElement[bool]) -> Select[Inquiry]:
    return select(Inquiry).where(*conditions).options(WITH_PROPERTY, WITH_ASSIGNEE).order_by(Inquiry.id)


def _sent_with(key: str) -> ColumnElement[bool]:
    return or_(Inquiry.phone == key, Inquiry.email == key)
