"""Statements on messages that wait, are sent, and were sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import joinedload, selectinload

from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import DeliveryChannel, DeliveryStatus
from app.models.delivery import Delivery, DeliveryAttempt
from app.models.inquiry import Inquiry, InquiryEvent
from app.models.property import Property
from app.schemas.deliveries import DeliveryQuery

WITH_EVENT = joinedload(Delivery.event).load_only(InquiryEvent.event_type, raiseload=True)


async def add_event(session: WriteSession, event: InquiryEvent) -> None:
    session.add(event)
    await session.flush()


def add(session: WriteSession, row: Delivery | DeliveryAttempt) -> None:
    session.add(row)


async def claim(session: WriteSession, channel: DeliveryChannel, most: int, lease: timedelta) -> Sequence[Delivery]:
    """Deliveries that are due, with all their letter needs; no other worker gets them before the lease ends."""
    due = (
        select(Delivery.id)
        .where(
            Delivery.channel == channel,
            Delivery.status == DeliveryStatus.PENDING,
            Delivery.next_attempt_at <= func.now(),
        )
        .order_by(Delivery.next_attempt_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")  # as a subquery it may be run more than once, and lock rows that it does not return
    )
    claimed = (
        update(Delivery)
        .where(Delivery.id.in_(select(due.c.id)))
        .values(next_attempt_at=func.now() + lease)
        .returning(Delivery.id)
    )
    ids = (await session.execute(claimed.execution_options(synchronize_session=False))).scalars().all()
    if not ids:
        return []
    statement = (
        select(Delivery)
        .where(Delivery.id.in_(ids))
        .options(
            joinedload(Delivery.event),
            joinedload(Delivery.inquiry).joinedload(Inquiry.listing).load_only(Property.title, raiseload=True),
        )
    )
    return (await session.execute(statement)).scalars().all()


async def settle(
    session: WriteSession, delivery_id: UUID, status: DeliveryStatus, next_attempt_at: datetime | None = None
) -> bool:
    """Note how an attempt ended; False when it is no longer pending, since another attempt was quicker."""
    changed = (
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.status == DeliveryStatus.PENDING)
        .values(
            status=status,
            attempts=Delivery.attempts + 1,
            next_attempt_at=next_attempt_at or Delivery.next_attempt_at,
            delivered_at=func.now() if status is DeliveryStatus.DELIVERED else None,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(changed)).first() is not None


async def cancel_pending(session: WriteSession, inquiry_ids: Sequence[UUID]) -> None:
    waiting = update(Delivery).where(Delivery.inquiry_id.in_(inquiry_ids), Delivery.status == DeliveryStatus.PENDING)
    await session.execute(waiting.values(status=DeliveryStatus.CANCELLED))


async def count(session: ReadSession, query: DeliveryQuery) -> int:
    statement = select(func.count()).select_from(Delivery).where(*_conditions(query))
    return (await session.execute(statement)).scalar_one()


async def find_page(session: ReadSession, query: DeliveryQuery) -> Sequence[Delivery]:
    """Newest first, each with its event and its log."""
    page = _shown().where(*_conditions(query)).order_by(Delivery.id.desc())
    return (await session.execute(page.limit(query.per_page).offset(query.offset))).scalars().all()


async def lock(session: WriteSession, delivery_id: UUID) -> Delivery | None:
    statement = _shown().where(Delivery.id == delivery_id).with_for_update(of=Delivery)
    return (await session.execute(statement)).scalar_one_or_none()


def _shown() -> Select[Delivery]:
    return select(Delivery).options(WITH_EVENT, selectinload(Delivery.log))


def _conditions(query: DeliveryQuery) -> list[ColumnElement[bool]]:
    equal = {
        Delivery.status: query.status,
        Delivery.channel: query.channel,
        Delivery.inquiry_id: query.inquiry_id,
    }
    return [column == value for column, value in equal.items() if value is not None]
