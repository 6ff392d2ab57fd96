"""Many new listings in one statement."""

from collections.abc import Sequence
from typing import Any, cast

import orjson
from sqlalchemy import CursorResult, text

from app.config.database import Database, WriteSession
from app.config.settings import Ranking
from app.repositories.ranking import RANK_COLUMNS, RANKED

VACUUM_TIMEOUT_SECONDS = 3600


async def insert_ranked(session: WriteSession, rows: Sequence[dict[str, Any]], ranking: Ranking) -> int:
    """Insert the rows whose (source, external_id) is not there yet, ranked; returns how many were not.

    Every row has the same columns, an id among them; columns they lack take their defaults.
    """
    names = list(rows[0])
    # One parameter for any number of rows, read by the table's own column types.
    statement = text(f"""
WITH asked AS MATERIALIZED (SELECT * FROM json_populate_recordset(NULL::properties, CAST(:rows AS json))), {RANKED}
INSERT INTO properties ({", ".join((*names, *RANK_COLUMNS))})
SELECT {", ".join(f"a.{name}" for name in names)}, {", ".join(RANK_COLUMNS.values())}
FROM asked a JOIN ranked r ON r.id = a.id
ON CONFLICT (source, external_id) WHERE external_id IS NOT NULL DO NOTHING
""")
    parameters = {"rows": orjson.dumps(rows).decode(), **ranking.parameters()}
    return cast("CursorResult[Any]", await session.execute(statement, parameters)).rowcount


async def vacuum(database: Database) -> None:
    """Let the planner know the new sizes, and index-only scans that the new pages are visible to all."""
    async with database.engine.connect() as connection:
        # Straight to the driver: VACUUM refuses to run in a transaction and may take longer than other statements.
        driver = cast("Any", (await connection.get_raw_connection()).driver_connection)
        await driver.execute("VACUUM (ANALYZE) properties", timeout=VACUUM_TIMEOUT_SECONDS)
