from uuid import UUID

import structlog

from app.core.clock import utc_now
from app.services.enhancement.attempts import DISPATCH
from app.services.enhancement.reports import FETCH
from app.services.enhancement.work import EXPIRE, Workshop
from app.tasks.runtime import Runtime, job

log = structlog.get_logger()


def workshop(on: Runtime) -> Workshop:
    return Workshop(on.database, on.queue, on.storage, on.ai_service, on.settings, utc_now)


@job(DISPATCH, seconds=180, alone="enhancement_id")
async def dispatch(on: Runtime, enhancement_id: UUID) -> None:
    await workshop(on).dispatch(enhancement_id)


@job(FETCH, seconds=300, alone="enhancement_id")
async def fetch(on: Runtime, enhancement_id: UUID) -> None:
    await workshop(on).fetch(enhancement_id)


@job(EXPIRE, alone="enhancement_id")
async def expire(on: Runtime, enhancement_id: UUID) -> None:
    await workshop(on).expire(enhancement_id)


@job("enhancements.sweep")
async def sweep(on: Runtime) -> None:
    asked = await workshop(on).sweep()
    log.info("enhancements_swept", asked=asked)


@job("enhancements.find_overdue")
async def find_overdue(on: Runtime) -> None:
    found = await workshop(on).find_overdue()
    log.info("overdue_enhancements_found", enhancements=found)
