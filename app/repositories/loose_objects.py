"""Statements on objects of the storage that no row needs (services/objects.py)."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, text

from app.config.database import WriteSession

# How long an upload may take from its first byte in the storage to its row.
KEPT = "interval '1 hour'"
REPEATED = "interval '10 minutes'"
# Rows that need an object: whatever table names keys belongs here.
NEEDED = """EXISTS (SELECT FROM property_images i WHERE i.property_id = l.property_id AND (
  l.key IN (i.original_key, i.enhanced_key)
  OR EXISTS (SELECT FROM enhancements e WHERE e.image_id = i.id AND e.result_key = l.key)
  OR i.variants || i.enhanced_variants @> jsonb_build_array(jsonb_build_object('key', l.key))))"""


async def hold(session: WriteSession, property_id: UUID, keys: Sequence[str]) -> int:
    """Let these be about to be written; returns how many of them are not being removed."""
    # In order, so that no two wait for each other.
    statement = text(f"""
INSERT INTO loose_objects AS l (key, property_id, due_at)
SELECT key, :property_id, now() + {KEPT} FROM unnest(CAST(:keys AS text[])) AS k(key) ORDER BY key
ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at WHERE NOT l.is_going
""")
    return await _changed(session, statement, property_id=property_id, keys=list(keys))


async def settle(session: WriteSession, keys: Sequence[str]) -> int:
    """These have a row that needs them, by this transaction; returns how many were still held."""
    statement = text("DELETE FROM loose_objects WHERE key = ANY(:keys) AND NOT is_going")
    return await _changed(session, statement, keys=list(keys))


async def let_go(session: WriteSession, property_id: UUID, keys: Sequence[str]) -> None:
    """No row needs these any more, by this transaction."""
    statement = text("""
INSERT INTO loose_objects (key, property_id, due_at)
SELECT key, :property_id, now() FROM unnest(CAST(:keys AS text[])) AS k(key) ORDER BY key
ON CONFLICT (key) DO UPDATE SET due_at = now()
""")
    await _changed(session, statement, property_id=property_id, keys=list(keys))


async def begin_removal(session: WriteSession, limit: int) -> Sequence[str]:
    """Keys to remove now: from here on nobody can come to need them. Forgets those that a row needs after all."""
    statement = text("SELECT key FROM loose_objects WHERE due_at <= now() ORDER BY due_at LIMIT :limit FOR UPDATE")
    keys = {"keys": (await session.execute(statement, {"limit": limit})).scalars().all()}
    # Only now that they are locked, so that what is looked at is not older than the locks.
    await session.execute(text(f"DELETE FROM loose_objects l WHERE key = ANY(:keys) AND {NEEDED}"), keys)
    statement = text("UPDATE loose_objects SET is_going = true WHERE key = ANY(:keys) RETURNING key")
    return (await session.execute(statement, keys)).scalars().all()


async def end_removal(session: WriteSession, *, gone: Sequence[str], failed: Sequence[str]) -> None:
    await session.execute(text("DELETE FROM loose_objects WHERE key = ANY(:keys)"), {"keys": list(gone)})
    statement = text(f"UPDATE loose_objects SET due_at = now() + {REPEATED} WHERE key = ANY(:keys)")
    await session.execute(statement, {"keys": list(failed)})


async def _changed(session: WriteSession, statement: Any, **parameters: Any) -> int:
    return cast("CursorResult[Any]", await session.execute(statement, parameters)).rowcount
