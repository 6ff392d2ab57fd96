"""The listed homes in the order of their ids, for search engines; a batch at a time."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.config.database import DirectReads, Query

COUNT = Query("SELECT count(*) FROM properties WHERE is_listed")
AFTER = Query("""
SELECT id, updated_at FROM properties WHERE is_listed AND (CAST(:after AS uuid) IS NULL OR id > :after)
ORDER BY id LIMIT :most
""")
LAST_BEFORE = Query("SELECT id FROM properties WHERE is_listed ORDER BY id OFFSET :skipped - 1 LIMIT 1")


class Listed(NamedTuple):
    id: UUID
    updated_at: datetime


async def count(reads: DirectReads) -> int:
    rows = await reads.fetch(COUNT, {})
    return int(rows[0][0])


async def last_before(reads: DirectReads, skipped: int) -> UUID | None:
    """The id after which `skipped` homes are passed; None when there are not as many."""
    rows = await reads.fetch(LAST_BEFORE, {"skipped": skipped})
    return rows[0][0] if rows else None


async def find_after(reads: DirectReads, after: UUID | None, most: int) -> list[Listed]:
    return [Listed(*row) for row in await reads.fetch(AFTER, {"after": after, "most": most})]
