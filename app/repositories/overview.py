"""Statements on what waits for staff. `only_of`: of leads, those assigned to this user."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.config.database import ReadSession
from app.core.vocabulary import EnhancementState


class Waiting(NamedTuple):
    leads: int
    """New ones, which nobody has answered."""
    photos: int
    """Enhanced ones that were held back and wait for a decision."""


# A result may be published only while its image has none and makes none.
HELD_BACK = """FROM enhancements e JOIN property_images i ON i.id = e.image_id JOIN properties p ON p.id = i.property_id
WHERE e.state = 'rejected' AND i.enhancement_status = 'failed' AND p.deleted_at IS NULL"""
WAITING = text(f"""
SELECT (SELECT count(*) FROM inquiries WHERE status = 'new' AND erased_at IS NULL
  AND (CAST(:only_of AS uuid) IS NULL OR assigned_to = :only_of)) AS leads,
  (SELECT count(*) {HELD_BACK}) AS photos
""")


async def waiting(session: ReadSession, only_of: UUID | None) -> Waiting:
    return Waiting(*(await session.execute(WAITING, {"only_of": only_of})).one())


class PhotoAtWork(NamedTuple):
    """A photo whose newest attempt waits for a decision, is under way or failed."""

    image_id: UUID
    property_id: UUID
    title: str
    picture: str
    state: EnhancementState
    attempt: int
    since: datetime
    error: str | None


PHOTOS = text("""
SELECT * FROM (
  SELECT DISTINCT ON (e.image_id) e.image_id, i.property_id, p.title,
    CAST(:media_url AS text) || coalesce(i.thumbnail_key, i.original_key) AS picture, e.state, e.attempt,
    coalesce(e.finished_at, e.requested_at) AS since, e.error
  FROM enhancements e JOIN property_images i ON i.id = e.image_id JOIN properties p ON p.id = i.property_id
  WHERE i.enhancement_status IN ('pending', 'processing', 'failed', 'timeout') AND p.deleted_at IS NULL
  ORDER BY e.image_id, e.attempt DESC) newest
WHERE state <> 'discarded'
ORDER BY state = 'rejected' DESC, state IN ('requested', 'dispatched', 'received') DESC, since DESC LIMIT :most
""")


async def photos(session: ReadSession, media_url: str, most: int) -> Sequence[PhotoAtWork]:
    """Decisions first, then what is under way, then what failed."""
    rows = (await session.execute(PHOTOS, {"media_url": media_url, "most": most})).all()
    return [PhotoAtWork(*row)._replace(state=EnhancementState(row.state)) for row in rows]


class FirstAnswers(NamedTuple):
    """Leads that came on one day in Noida, and how soon half of the answered ones were answered."""

    day: date
    leads: int
    median_seconds: float | None


FIRST_ANSWERS = text("""
SELECT (created_at AT TIME ZONE 'Asia/Kolkata')::date AS day, count(*)::int AS leads,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_response_at - created_at)) AS median_seconds
FROM inquiries WHERE created_at >= :since AND (CAST(:only_of AS uuid) IS NULL OR assigned_to = :only_of)
GROUP BY 1 ORDER BY 1
""")


async def first_answers(session: ReadSession, since: datetime, only_of: UUID | None) -> Sequence[FirstAnswers]:
    """Days on which leads came."""
    rows = (await session.execute(FIRST_ANSWERS, {"since": since, "only_of": only_of})).all()
    return [FirstAnswers(row.day, row.leads, row.median_seconds) for row in rows]
