"""Statements on what visitors did, as it is recorded."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.config.database import WriteSession
from app.core.vocabulary import EventType
from app.models.analytics import AnalyticsEvent, AnalyticsSalt


async def add(session: WriteSession, rows: Sequence[dict[str, Any]]) -> Counter[EventType]:
    """Store events, each id once; returns how many of each type were new."""
    statement = insert(AnalyticsEvent).on_conflict_do_nothing().returning(AnalyticsEvent.event_type)
    return Counter((await session.execute(statement, rows)).scalars())


async def salt_of(session: WriteSession, day: date, new: bytes) -> bytes:
    """The day's salt: the new one if there was none, and then those of earlier days are destroyed."""
    found = (await session.execute(select(AnalyticsSalt.salt).where(AnalyticsSalt.day == day))).scalar_one_or_none()
    if found is not None:
        return found
    await forget_salts(session, day)
    statement = insert(AnalyticsSalt).values(day=day, salt=new)
    # An update that changes nothing, so that the row of whoever was quicker is returned.
    statement = statement.on_conflict_do_update(index_elements=["day"], set_={"day": day})
    return (await session.execute(statement.returning(AnalyticsSalt.salt))).scalar_one()


async def forget_salts(session: WriteSession, before: date) -> None:
    await session.execute(delete(AnalyticsSalt).where(AnalyticsSalt.day < before))


async def forget(session: WriteSession, before: datetime, most: int) -> int:
    """Delete that many of the events before that moment, at most; returns how many."""
    old = select(AnalyticsEvent.id).where(AnalyticsEvent.occurred_at < before).limit(most)
    statement = delete(AnalyticsEvent).where(AnalyticsEvent.id.in_(old))
    done = await session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount
