import structlog

from app.services import market, rerank
from app.tasks.runtime import Runtime, job

log = structlog.get_logger()


@job("market.rank_all", seconds=600, alone=True)
async def rank_all(on: Runtime) -> None:
    ranked = await rerank.rank_all(on.database, on.settings.ranking, lambda _: None)
    log.info("listings_ranked", listings=ranked)


@job("market.refresh", seconds=840, alone=True)
async def refresh(on: Runtime, zone_id: int | None = None) -> None:
    ranked = await market.refresh(on.database, on.settings.ranking, None if zone_id is None else [zone_id])
    log.info("market_refreshed", zone_id=zone_id, listings_ranked=ranked)
