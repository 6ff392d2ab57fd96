from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.config.database import ReadSession
from app.core.vocabulary import EventType
from app.models.analytics import AnalyticsEvent


async def most_frequent_answers(session: ReadSession, since: datetime, limit: int) -> list[dict[str, Any]]:
    """What visitors searched for since then, the most frequent first, as it was sent."""
    answers = AnalyticsEvent.payload["answers"]
    found = await session.scalars(
        select(answers)
        .where(
            AnalyticsEvent.event_type == EventType.SEARCH_PERFORMED,
            AnalyticsEvent.occurred_at >= since,
            func.jsonb_typeof(answers) == "object",
        )
        .group_by(answers)
        .order_by(func.count().desc(), answers)
        .limit(limit)
    )
    return list(found)
