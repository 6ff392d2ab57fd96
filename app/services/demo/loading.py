"""Writes demo listings and ranks them. Run again after an interruption it adds what is missing."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from app.config.database import Database, ReadSession
from app.config.settings import Ranking
from app.core.clock import utc_now
from app.core.exceptions import ConflictError
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction, AuditEntity, ListingType, PropertyType
from app.models.geography import Sector, Zone
from app.repositories import geography, property_bulk
from app.services.audit import COMMAND, record
from app.services.demo.calibration import read_calibration
from app.services.demo.generator import DemoGenerator
from app.services.demo.places import DemoSector

CHUNK = 2000
Kind = tuple[PropertyType, ListingType]


async def load_demo(
    database: Database, listings: int, ranking: Ranking, on_written: Callable[[int], None]
) -> tuple[int, Counter[Kind]]:
    """Write the first `listings` demo listings, a transaction a chunk; `on_written` hears how many each chunk had.

    Returns how many were new and how many of them all there are of each kind. Raises ConflictError without the
    sectors they stand in.
    """
    async with database.read() as session:
        generator = DemoGenerator(await _sectors(session))
    now = utc_now()
    added, kinds = 0, Counter[Kind]()

    def draw(start: int) -> list[dict[str, Any]]:
        return [generator.listing(number, now) for number in range(start, min(start + CHUNK, listings))]

    upcoming = asyncio.create_task(asyncio.to_thread(draw, 0))
    for start in range(0, listings, CHUNK):
        rows = await upcoming
        # The next chunk is drawn while the database writes this one.
        upcoming = asyncio.create_task(asyncio.to_thread(draw, start + CHUNK))
        kinds.update((row["property_type"], row["listing_type"]) for row in rows)
        async with unit_of_work(database) as session:
            new = await property_bulk.insert_ranked(session, [{"id": new_id(), **row} for row in rows], ranking)
            if new:
                details = {"what": "demo listings", "new": new}
                record(session, COMMAND, AuditEntity.IMPORT, AuditAction.IMPORTED, details=details)
        added += new
        on_written(len(rows))
    if added:
        await property_bulk.vacuum(database)
    return added, kinds


async def _sectors(session: ReadSession) -> list[DemoSector]:
    zones = {zone.id: zone.slug for zone in await geography.read_all(session, Zone)}
    known = read_calibration().zones
    sectors = [
        DemoSector(
            sector.id,
            sector.slug,
            sector.name,
            sector.city,
            zones[sector.zone_id],
            sector.latitude,
            sector.longitude,
        )
        for sector in await geography.read_all(session, Sector)
        if zones[sector.zone_id] in known
    ]
    if not sectors:
        raise ConflictError("There are no sectors to put listings in: run `uv run casabricks load-geography`")
    return sectors
