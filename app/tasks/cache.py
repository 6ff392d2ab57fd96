import structlog

from app.services.warming import warm_up
from app.tasks.runtime import Runtime, job

log = structlog.get_logger()


@job("cache.warm_up", seconds=300, alone=True)
async def warm(on: Runtime) -> None:
    warmed = await warm_up(on.cache, on.database, on.places)
    log.info("cache_warmed", searches=warmed.searches, refused=warmed.refused, warm=warmed.warm)
