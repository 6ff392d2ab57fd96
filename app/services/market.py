"""Keeps every listing's place among its comparables up to date."""

import asyncio
from collections.abc import Callable, Collection, Sequence

from app.config.database import Database, WriteSession
from app.config.settings import Ranking
from app.core.jobs import enqueue_debounced
from app.core.unit_of_work import unit_of_work
from app.repositories import geography, market, ranking

QUEUE = "market"
REFRESH = "market.refresh"
REFRESH_AFTER_SECONDS = 20
MOST_ZONES = 4  # beyond these one refresh of everything is less work
SLICE = 1000
# At the end, when nothing else is done; each takes slices that no other has.
RANKERS = 2
RANK_EVERY_SECONDS = 0.5


async def refresh(
    database: Database,
    rules: Ranking,
    zone_ids: Sequence[int] | None = None,
    on_ranked: Callable[[int], None] = lambda _: None,
) -> int:
    """Compare the listings of these zones anew, or all of them; rank those whose position changed.

    A transaction a zone and a slice: readers see the last figures until the new ones are there, and a refresh that
    was broken off is completed by the next one. The rung "all of Noida" is refreshed only with all zones.
    Returns how many listings were ranked again; `on_ranked` hears of each slice.
    """
    placing = asyncio.create_task(_place(database, zone_ids))
    ranked = 0
    try:
        # One zone is ranked while the next is compared.
        while not placing.done():
            await asyncio.wait([placing], timeout=RANK_EVERY_SECONDS)
            ranked += await _rank_pending(database, rules, on_ranked)
        await placing
        rest = (_rank_pending(database, rules, on_ranked) for _ in range(RANKERS))
        return ranked + sum(await asyncio.gather(*rest))
    finally:
        placing.cancel()


def ask_for_refresh(session: WriteSession, zone_ids: Collection[int | None]) -> None:
    """Have the listings of these zones compared anew, once for many writes. None: of homes whose zone is not known.

    Those, and many zones, need all listings compared: only then is "all of Noida" among what is refreshed.
    """
    if None in zone_ids or len(zone_ids) > MOST_ZONES:
        enqueue_debounced(session, REFRESH, REFRESH_AFTER_SECONDS)
    else:
        for zone in sorted(zone for zone in zone_ids if zone is not None):
            enqueue_debounced(session, REFRESH, REFRESH_AFTER_SECONDS, zone_id=zone)


async def _place(database: Database, zone_ids: Sequence[int] | None) -> None:
    async with database.read() as session:
        zones = await geography.sector_ids_by_zone(session)
    if zone_ids is None:
        async with unit_of_work(database) as session:
            await market.one_refresh_at_a_time(session)
            await market.refresh_noida(session)
    chosen = [zones[zone] for zone in (zones if zone_ids is None else zone_ids)]
    for sector_ids in (*chosen, *([None] if zone_ids is None else [])):
        async with unit_of_work(database) as session:
            await market.one_refresh_at_a_time(session)
            await market.refresh_positions(session, sector_ids)
    if zone_ids is None:
        async with unit_of_work(database) as session:
            await market.one_refresh_at_a_time(session)
            await market.drop_unused_segments(session)


async def _rank_pending(database: Database, rules: Ranking, on_ranked: Callable[[int], None]) -> int:
    total = 0
    while True:
        async with unit_of_work(database) as session:
            ids = await market.lock_pending(session, SLICE)
            await ranking.lock(session, ids)
            await ranking.refresh_ranks(session, ids, rules)
            await market.settle(session, ids)
        if not ids:
            return total
        total += len(ids)
        on_ranked(len(ids))
