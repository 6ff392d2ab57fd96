"""Statements of a new inquiry: whether it is known already, whose it is, its rows."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.config.database import ReadSession, WriteSession
from app.models.inquiry import Contact, ContactKey, Inquiry
from app.models.property import Property


async def find_by_key(session: ReadSession, idempotency_key: bytes) -> Inquiry | None:
    statement = select(Inquiry).where(Inquiry.idempotency_key == idempotency_key)
    return (await session.execute(statement)).scalar_one_or_none()


async def find_same(session: ReadSession, inquiry: Inquiry, within: timedelta) -> Inquiry | None:
    """The newest with this one's phone, property and type that is no older than `within`."""
    statement = (
        select(Inquiry)
        .where(
            Inquiry.phone == inquiry.phone,
            Inquiry.property_id.is_not_distinct_from(inquiry.property_id),
            Inquiry.inquiry_type == inquiry.inquiry_type,
            Inquiry.created_at > func.now() - within,
        )
        .order_by(Inquiry.created_at.desc())
        .limit(1)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def has_any_from(session: ReadSession, source: str) -> bool:
    return (await session.execute(select(exists().where(Inquiry.source == source)))).scalar_one()


async def find_listed(session: ReadSession, property_id: UUID) -> bool | None:
    """Whether the public sees the listing; None when there is none."""
    return (await session.execute(select(Property.is_listed).where(Property.id == property_id))).scalar_one_or_none()


async def contact_of(session: WriteSession, keys: Sequence[str]) -> UUID:
    """The person these phone numbers and addresses belong to; two who turn out to be one are made one.

    The caller holds the locks of the keys (repositories/locks.py).
    """
    known: Sequence[UUID] = []
    locked: Sequence[UUID] | None = None
    while locked != known:  # one that has vanished meanwhile was made one with another: look again
        known = await _contacts_with(session, keys)
        locked = await _lock_contacts(session, known) if known else known
    if not known:
        contact = Contact()
        session.add(contact)
        await session.flush()
        known = [contact.id]
    kept, *others = known
    if others:
        await _make_one(session, kept, others)
    rows = [{"value": key, "contact_id": kept} for key in keys]
    await session.execute(insert(ContactKey).values(rows).on_conflict_do_nothing())
    return kept


async def _contacts_with(session: ReadSession, keys: Sequence[str]) -> Sequence[UUID]:
    statement = select(ContactKey.contact_id).where(ContactKey.value.in_(keys)).distinct()
    return (await session.execute(statement.order_by(ContactKey.contact_id))).scalars().all()


async def _lock_contacts(session: WriteSession, ids: Sequence[UUID]) -> Sequence[UUID]:
    statement = select(Contact.id).where(Contact.id.in_(ids)).order_by(Contact.id).with_for_update()
    return (await session.execute(statement)).scalars().all()


async def _make_one(session: WriteSession, kept: UUID, others: Sequence[UUID]) -> None:
    await session.execute(update(ContactKey).where(ContactKey.contact_id.in_(others)).values(contact_id=kept))
    moved = update(Inquiry).where(Inquiry.contact_id.in_(others))
    await session.execute(moved.values(contact_id=kept, updated_at=Inquiry.updated_at))
    await session.execute(delete(Contact).where(Contact.id.in_(others)))


async def add(session: WriteSession, inquiry: Inquiry) -> None:
    session.add(inquiry)
    await session.flush()
