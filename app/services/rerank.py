"""Ranks every listing again, for what changes with time and with the figures around it."""

from collections.abc import Callable

from app.config.database import Database
from app.config.settings import Ranking
from app.core.unit_of_work import unit_of_work
from app.repositories import ranking

SLICE = 1000


async def rank_all(database: Database, rules: Ranking, on_ranked: Callable[[int], None]) -> int:
    """Rank all listings in id order, a transaction a slice; `on_ranked` hears each slice's size.

    Returns how many there were. Listings added meanwhile have later ids, so they are ranked as well.
    """
    total, last = 0, None
    while True:
        async with unit_of_work(database) as session:
            ids = await ranking.next_ids(session, last, SLICE)
            await ranking.lock(session, ids)
            await ranking.refresh_ranks(session, ids, rules)
        if not ids:
            return total
        total, last = total + len(ids), ids[-1]
        on_ranked(len(ids))
