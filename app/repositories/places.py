"""Statements of an import of places."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import orjson
from sqlalchemy import TextClause, select, text

from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import PlaceCategory
from app.models.geography import Place

# Columns an import writes; a slug, too, when the place is new.
STATED = (
    *("category", "name", "aliases", "latitude", "longitude", "precision", "line", "source", "as_of"),
    *("osm_id", "is_landmark"),
)
_ROWS = "json_populate_recordset(NULL::places, CAST(:rows AS json)) AS r"
INSERT = text(f"""
INSERT INTO places (slug, {", ".join(STATED)}) SELECT r.slug, {", ".join(f"r.{name}" for name in STATED)} FROM {_ROWS}
""")
UPDATE = text(f"""
UPDATE places p SET {", ".join(f"{name} = r.{name}" for name in STATED)} FROM {_ROWS} WHERE p.id = r.id
""")
AT_ONCE = 5000


class StoredPlace(NamedTuple):
    id: int
    category: PlaceCategory
    name: str
    aliases: list[str]
    latitude: float
    longitude: float
    precision: str
    line: str | None
    source: str
    as_of: date | None
    osm_id: str | None
    is_landmark: bool


async def lock(session: WriteSession) -> None:
    """Let other writers of places wait until this transaction ends; readers go on."""
    await session.execute(text("LOCK TABLE places IN SHARE ROW EXCLUSIVE MODE"))


async def read_all(session: ReadSession) -> list[StoredPlace]:
    columns = (getattr(Place, name) for name in StoredPlace._fields)
    return [StoredPlace(*row) for row in await session.execute(select(*columns).order_by(Place.id))]


async def insert(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows with a slug and every column of STATED, as JSON has them."""
    await _execute(session, INSERT, rows)


async def update(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Overwrite, by id, every column of STATED."""
    await _execute(session, UPDATE, rows)


async def _execute(session: WriteSession, statement: TextClause, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        await session.execute(statement, {"rows": orjson.dumps(rows[start : start + AT_ONCE]).decode()})
