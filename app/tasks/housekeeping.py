import structlog

from app.core.unit_of_work import unit_of_work
from app.repositories import users
from app.services.imports.leftovers import forget_abandoned
from app.tasks.runtime import Runtime, job

log = structlog.get_logger()


@job("housekeeping.forget_expired_tokens")
async def forget_expired_tokens(on: Runtime) -> None:
    async with unit_of_work(on.database) as session:
        forgotten = await users.forget_expired_tokens(session)
    log.info("expired_tokens_forgotten", tokens=forgotten)


@job("housekeeping.forget_abandoned_imports", seconds=600)
async def forget_abandoned_imports(on: Runtime) -> None:
    imports = await forget_abandoned(on.database)
    log.info("abandoned_imports_forgotten", imports=imports)
