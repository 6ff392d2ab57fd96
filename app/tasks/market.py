import structlog

from app.services import rerank
from app.tasks.runtime import Runtime, job

log = structlog.get_logger()


@job("market.rank_all", seconds=600, alone=True)
async def rank_all(on: Runtime) -> None:
    ranked = await rerank.rank_all(on.database, on.settings.rank_weights, lambda _: None)
    log.info("listings_ranked", listings=ranked)
