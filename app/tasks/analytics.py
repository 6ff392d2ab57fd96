from datetime import timedelta

import structlog

from app.core.clock import utc_now
from app.services import analytics
from app.tasks.runtime import Runtime, job

log = structlog.get_logger()


@job("analytics.aggregate", seconds=600, alone=True)
async def aggregate(on: Runtime) -> None:
    days = await analytics.aggregate(on.database, utc_now())
    log.info("days_counted", days=days)


@job("analytics.forget_old", seconds=600, alone=True)
async def forget_old(on: Runtime) -> None:
    forgotten = await analytics.forget_old(on.database, utc_now(), timedelta(days=on.settings.event_retention_days))
    log.info("old_events_forgotten", events=forgotten)
