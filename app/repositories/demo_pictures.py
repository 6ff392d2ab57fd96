from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.config.database import ReadSession
from app.core.vocabulary import PropertyType


class Home(NamedTuple):
    id: UUID
    floors: int


async def count_fronts(session: ReadSession) -> int:
    """How many photos of a front demo listings have."""
    statement = text("""
SELECT count(*) FROM property_images i JOIN properties p ON p.id = i.property_id
WHERE p.source = 'demo' AND i.image_type = 'front_exterior' AND NOT i.is_illustration
""")
    return int((await session.execute(statement)).scalar_one())


async def count_drawings(session: ReadSession, kind: PropertyType) -> int:
    """How many drawings the demo listings of a type have."""
    statement = text("""
SELECT count(*) FROM property_images i JOIN properties p ON p.id = i.property_id
WHERE p.source = 'demo' AND p.property_type = :kind AND i.is_illustration
""")
    return int((await session.execute(statement, {"kind": kind.value})).scalar_one())


async def best_without_images(session: ReadSession, kinds: Sequence[PropertyType], limit: int) -> Sequence[Home]:
    """Demo listings for sale, the best ranked first."""
    statement = text("""
SELECT id, coalesce(total_floors, 2) FROM properties p
WHERE source = 'demo' AND is_listed AND listing_type = 'sale' AND property_type = ANY(:kinds)
  AND NOT EXISTS (SELECT FROM property_images WHERE property_id = p.id)
ORDER BY rank_score DESC, id LIMIT :limit
""")
    rows = await session.execute(statement, {"kinds": [kind.value for kind in kinds], "limit": limit})
    return [Home(*row) for row in rows]
