"""Statements on attempts to enhance photos. Every change of one is made with its listing locked (`lock`)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import joinedload

from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import EnhancementState, EnhancementStatus
from app.models.enhancement import Enhancement
from app.models.image import PropertyImage
from app.repositories import images, ranking

WAITS_FOR_US = (EnhancementState.REQUESTED, EnhancementState.RECEIVED)
# How long a step's own job has before the sweep asks again, and how long it waits at most between two times.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=10)
WAITS_FOR_SERVICE = (EnhancementState.REQUESTED, EnhancementState.DISPATCHED)


async def find(session: ReadSession, enhancement_id: UUID) -> Enhancement | None:
    """An attempt with its image, as they stand now."""
    statement = select(Enhancement).where(Enhancement.id == enhancement_id).options(joinedload(Enhancement.image))
    return (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()


async def lock(session: WriteSession, enhancement_id: UUID) -> Enhancement | None:
    """The same for a change: whoever else changes an image of the listing or an attempt waits for this transaction."""
    statement = select(PropertyImage.property_id, PropertyImage.id).join(Enhancement)
    row = (await session.execute(statement.where(Enhancement.id == enhancement_id))).one_or_none()
    if row is None:
        return None
    await ranking.lock(session, [row.property_id])
    await images.lock(session, row.id)
    return await find(session, enhancement_id)


async def lock_image(session: WriteSession, image_id: UUID) -> PropertyImage | None:
    """An image for starting an attempt, its listing locked before it."""
    property_id = await images.property_of(session, image_id)
    if property_id is None:
        return None
    await ranking.lock(session, [property_id])
    return await images.lock(session, image_id)


async def of_image(session: ReadSession, image_id: UUID) -> Sequence[Enhancement]:
    """All attempts on an image, the newest first."""
    statement = select(Enhancement).where(Enhancement.image_id == image_id).order_by(Enhancement.attempt.desc())
    return (await session.execute(statement)).scalars().all()


async def is_newest(session: ReadSession, enhancement: Enhancement) -> bool:
    newer = select(Enhancement.id).where(
        Enhancement.image_id == enhancement.image_id, Enhancement.attempt > enhancement.attempt
    )
    return not (await session.execute(select(newer.exists()))).scalar_one()


async def other_enhanced(
    session: ReadSession, image: PropertyImage, statuses: Sequence[EnhancementStatus]
) -> UUID | None:
    """Another photo of the listing that is in one of these states."""
    statement = select(PropertyImage.id).where(
        PropertyImage.property_id == image.property_id,
        PropertyImage.id != image.id,
        PropertyImage.enhancement_status.in_(statuses),
    )
    return (await session.execute(statement.limit(1))).scalar_one_or_none()


def add(session: WriteSession, enhancement: Enhancement) -> None:
    session.add(enhancement)


class Due(NamedTuple):
    id: UUID
    state: EnhancementState


async def ask(session: WriteSession, now: datetime, limit: int) -> Sequence[Due]:
    """Attempts whose next step is ours and due. Each is due again later, by as much as it has waited, within limits."""
    waited = now - func.coalesce(Enhancement.received_at, Enhancement.requested_at)
    due = (
        select(Enhancement.id)
        .where(Enhancement.state.in_(WAITS_FOR_US), Enhancement.ask_at <= now)
        .order_by(Enhancement.ask_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Enhancement)
        .where(Enhancement.id.in_(due))
        .values(ask_at=now + func.least(func.greatest(waited, FIRST_WAIT), LONGEST_WAIT))
        .returning(Enhancement.id, Enhancement.state)
        .execution_options(synchronize_session=False)
    )
    return [Due(*row) for row in (await session.execute(statement)).all()]


async def overdue(session: ReadSession, before: datetime, limit: int) -> Sequence[UUID]:
    """Attempts that have been under way since before that moment; a result that arrived late counts from then."""
    statement = (
        select(Enhancement.id)
        .where(
            or_(
                and_(Enhancement.state.in_(WAITS_FOR_SERVICE), Enhancement.requested_at < before),
                and_(Enhancement.state == EnhancementState.RECEIVED, Enhancement.received_at < before),
            )
        )
        .order_by(Enhancement.requested_at)
        .limit(limit)
    )
    return (await session.execute(statement)).scalars().all()


async def result_keys(session: ReadSession, image_id: UUID) -> Sequence[str]:
    """What the image's attempts have in the storage."""
    statement = select(Enhancement.result_key).where(
        Enhancement.image_id == image_id, Enhancement.result_key.is_not(None)
    )
    return [key for key in (await session.execute(statement)).scalars() if key is not None]
