"""Statements of a listing import: finding what is known already, writing a chunk at once, remembering rows met."""

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from sqlalchemy import CursorResult, delete, func, select, text
from sqlalchemy.orm import undefer

from app.config.database import ReadSession, WriteSession
from app.models.imports import ImportTrial
from app.repositories.locks import try_hold

# Columns an import writes; the others belong to this site (rank, counts, state) or to the database.
SOURCED = (
    *("title", "description", "listing_type", "property_type", "price", "bhk", "bathrooms", "balconies"),
    *("area_sqft", "area_basis", "carpet_area_sqft", "locality", "sector_id", "society_id", "society_name"),
    *("latitude", "longitude", "location_precision", "entrance_facing", "window_facing", "furnishing"),
    *("floor_number", "total_floors", "age_years", "possession", "available_from", "ownership", "lease_years_left"),
    *("parking_spaces", "maintenance_monthly", "amenities", "rera_number", "listed_at", "review_flags"),
    *("fingerprint", "content_hash"),
)
# One JSON parameter for a whole chunk: one statement, one plan, no limit on the number of parameters.
_ROWS = "json_populate_recordset(NULL::properties, CAST(:rows AS json)) AS r"
UPDATE = text(f"""
UPDATE properties p SET
  {", ".join(f"{name} = r.{name}" for name in SOURCED if name != "listed_at")},
  listed_at = coalesce(r.listed_at, p.listed_at),
  listed_at_is_known = p.listed_at_is_known OR r.listed_at IS NOT NULL, version = p.version + 1, updated_at = now()
FROM {_ROWS} WHERE p.id = r.id
""")
STORED = text(f"""
SELECT id, row_to_json(s) AS stored FROM (SELECT id, {", ".join(SOURCED[:-2])} FROM properties WHERE id = ANY(:ids)) s
""")


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Known(NamedTuple):
    id: UUID
    source: str
    external_id: str
    content_hash: int | None
    is_deleted: bool
    sector_id: int | None
    version: int


class Taken(NamedTuple):
    """A row this import has taken, under one of its keys; `said` comes with a fingerprint."""

    key: int
    row_number: int
    said: str | None


# Of the rows or listings with one fingerprint the first are compared: told apart by what else they say, they may be
# many (every flat of a tower), and a file of nothing else must not take for ever.
COMPARED = 20


@asynccontextmanager
async def planned_for_now(session: ReadSession) -> AsyncIterator[None]:
    """Plan the look-ups inside for the sizes of now. The session's transaction must not be aborted in between.

    A plan made while `import_seen` was empty reads all of it for every key, and the driver would keep that plan. The
    long statements that write a chunk are left out: planning them anew costs more than half of what they do.
    """
    mode = text("SELECT set_config('plan_cache_mode', :mode, true)")
    await session.execute(mode, {"mode": "force_custom_plan"})
    yield
    await session.execute(mode, {"mode": "auto"})


async def one_chunk_at_a_time(session: WriteSession) -> None:
    """Let other imports wait until this transaction ends, so that none inserts what another is about to."""
    await session.execute(text("SELECT pg_advisory_xact_lock(6034003)"))


async def hold_requests(session: WriteSession) -> bool:
    """Keep imports by request away until this transaction ends; False while one runs, or another writes a chunk."""
    nobody_writes = text("""
SELECT CASE WHEN pg_try_advisory_lock(6034003) THEN pg_advisory_unlock(6034003) ELSE false END
""")
    return bool(await session.scalar(nobody_writes)) and await try_hold(session, "listings.import_by_request")


async def known_listings(session: ReadSession, identities: Sequence[tuple[str, str]]) -> Sequence[Known]:
    """By source and external id; those without an external id by source and their own id."""
    columns = "p.content_hash, p.deleted_at IS NOT NULL AS is_deleted, p.sector_id, p.version"
    statement = text(f"""
SELECT p.id, p.source, p.external_id, {columns}
FROM unnest(CAST(:sources AS text[]), CAST(:external_ids AS text[])) AS i(source, external_id)
JOIN properties p ON p.source = i.source AND p.external_id = i.external_id
UNION ALL
SELECT p.id, p.source, CAST(p.id AS text), {columns}
FROM properties p WHERE p.id = ANY(:ids) AND p.external_id IS NULL
""")
    external_ids = [each for _, each in identities]
    ids = [UUID(each) for each in external_ids if _UUID.fullmatch(each)]
    parameters = {"sources": [source for source, _ in identities], "external_ids": external_ids, "ids": ids}
    return [Known(*row) for row in await session.execute(statement, parameters)]


async def twins(session: ReadSession, fingerprints: Collection[int], *, before: UUID) -> list[dict[str, Any]]:
    """Listed homes with one of these fingerprints that were there before the import of this UUIDv7 id, by column."""
    statement = text("""
SELECT t.* FROM unnest(CAST(:fingerprints AS bigint[])) AS f(fingerprint) CROSS JOIN LATERAL (
  SELECT fingerprint, id, title, locality, latitude, longitude, location_precision, floor_number, society_id,
    society_name, balconies, furnishing, possession, entrance_facing, window_facing
  FROM properties p WHERE p.fingerprint = f.fingerprint AND p.is_listed AND p.id < :before
  ORDER BY p.id LIMIT :compared) t
""")
    found = await session.execute(
        statement, {"fingerprints": list(fingerprints), "before": before, "compared": COMPARED}
    )
    return [dict(row) for row in found.mappings()]


async def update_listings(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Overwrite what the source says; state, verification and images stay. The rank is to be refreshed."""
    await session.execute(UPDATE, {"rows": orjson.dumps(rows).decode()})


async def stored_values(session: ReadSession, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The columns an import would overwrite, as JSON has them."""
    found = await session.execute(STORED, {"ids": list(ids)})
    return {row.id: row.stored for row in found}


async def taken_before(session: ReadSession, import_id: UUID, keys: Collection[int]) -> Sequence[Taken]:
    """The rows of this import that were taken under one of these keys."""
    statement = text("""
SELECT s.key, s.row_number, s.said FROM unnest(CAST(:keys AS bigint[])) AS k(key) CROSS JOIN LATERAL (
  SELECT key, row_number, said FROM import_seen WHERE import_id = :import_id AND key = k.key
  ORDER BY row_number LIMIT :compared) s
""")
    found = await session.execute(statement, {"import_id": import_id, "keys": sorted(keys), "compared": COMPARED})
    return [Taken(*row) for row in found]


async def remember(session: WriteSession, import_id: UUID, taken: Sequence[Taken]) -> None:
    statement = text("""
INSERT INTO import_seen (import_id, key, row_number, said)
SELECT :import_id, t.* FROM unnest(CAST(:keys AS bigint[]), CAST(:rows AS int[]), CAST(:said AS text[])) AS t
""")
    ordered = sorted(taken)  # neighbours go to the same pages of the index
    await session.execute(
        statement,
        {
            "import_id": import_id,
            "keys": [each.key for each in ordered],
            "rows": [each.row_number for each in ordered],
            "said": [each.said for each in ordered],
        },
    )


async def forget(session: WriteSession, import_id: UUID, limit: int) -> int:
    """Drop up to `limit` remembered rows of an import; returns how many there were."""
    # By row address: a join of the table with itself goes wrong while it has no statistics.
    statement = text("""
DELETE FROM import_seen
WHERE ctid = ANY(ARRAY(SELECT ctid FROM import_seen WHERE import_id = :import_id LIMIT :limit))
""")
    deleted = await session.execute(statement, {"import_id": import_id, "limit": limit})
    return cast("CursorResult[Any]", deleted).rowcount


async def abandoned_imports(session: ReadSession, before: UUID) -> Sequence[UUID]:
    """Ids of imports begun before this UUIDv7 whose remembered rows are still there."""
    statement = text("SELECT DISTINCT import_id FROM import_seen WHERE import_id < :before")
    return (await session.execute(statement, {"before": before})).scalars().all()


# How long somebody may look at what would become of a file.
TRIAL_KEPT = timedelta(hours=1)


async def keep_trial(session: WriteSession, trial: ImportTrial) -> None:
    """In place of the last one of the same person."""
    await session.execute(delete(ImportTrial).where(ImportTrial.user_id == trial.user_id))
    session.add(trial)


async def find_trial(
    session: ReadSession, user_id: UUID, trial_id: UUID, *, with_files: bool = False
) -> ImportTrial | None:
    """This one, while it is kept and is the person's last."""
    statement = select(ImportTrial).where(
        ImportTrial.user_id == user_id, ImportTrial.id == trial_id, ImportTrial.created_at > func.now() - TRIAL_KEPT
    )
    if with_files:
        statement = statement.options(undefer(ImportTrial.file), undefer(ImportTrial.refused))
    return (await session.execute(statement)).scalar_one_or_none()


async def forget_trials(session: WriteSession) -> None:
    """Those that were kept long enough."""
    await session.execute(delete(ImportTrial).where(ImportTrial.created_at <= func.now() - TRIAL_KEPT))
