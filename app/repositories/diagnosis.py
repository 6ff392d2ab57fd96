"""What `casabricks doctor` asks the database."""

from typing import NamedTuple

from sqlalchemy import text

from app.config.database import ReadSession


class Server(NamedTuple):
    version: int
    """As PostgreSQL numbers itself: 150004 is 15.4."""
    has_pg_trgm: bool
    """Installed here, or ready to be installed by the migrations."""
    is_migrated: bool
    """Whether any migration ever ran."""


class Reference(NamedTuple):
    zones: int
    sectors: int
    societies: int
    places: int


class Listings(NamedTuple):
    listed: int
    unranked: int


async def read_server(session: ReadSession) -> Server:
    statement = text("""
SELECT current_setting('server_version_num')::int,
  EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm'),
  to_regclass('alembic_version') IS NOT NULL
""")
    return Server(*(await session.execute(statement)).one())


async def read_revisions(session: ReadSession) -> set[str]:
    """Return the migrations the database stands at; one, unless somebody branched."""
    return set((await session.execute(text("SELECT version_num FROM alembic_version"))).scalars())


async def count_reference(session: ReadSession) -> Reference:
    statement = text("""
SELECT (SELECT count(*) FROM zones), (SELECT count(*) FROM sectors),
  (SELECT count(*) FROM societies), (SELECT count(*) FROM places)
""")
    return Reference(*(await session.execute(statement)).one())


async def count_listings(session: ReadSession) -> Listings:
    """Count what visitors can find and what was never ranked."""
    statement = text("""
SELECT count(*) FILTER (WHERE is_listed), count(*) FILTER (WHERE card IS NULL OR rank_parts IS NULL) FROM properties
""")
    return Listings(*(await session.execute(statement)).one())


async def count_wrong_counts(session: ReadSession) -> int:
    """Return how many of the kept counts differ from counting the listings; one statement, so one moment."""
    statement = text("""
SELECT count(*) FROM (
  SELECT listing_type, property_type, coalesce(bhk, 0) AS bhk, price_bucket(listing_type, price) AS bucket,
    count(*) AS counted
  FROM properties WHERE is_listed GROUP BY 1, 2, 3, 4) p
FULL JOIN search_counts c USING (listing_type, property_type, bhk, bucket)
WHERE coalesce(counted, 0) <> coalesce(listings, 0)
""")
    wrong: int = (await session.execute(statement)).scalar_one()
    return wrong
