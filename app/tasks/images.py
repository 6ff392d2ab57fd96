from uuid import UUID

import structlog

from app.services import objects, variants
from app.tasks.runtime import Runtime, job

log = structlog.get_logger()


@job("images.make_variants", seconds=300)
async def make_variants(on: Runtime, image_id: UUID) -> None:
    await variants.make(on.database, on.storage, on.settings.ranking, image_id)


@job("images.ask_for_variants")
async def ask_for_variants(on: Runtime) -> None:
    images = await variants.ask_again(on.database, on.queue)
    log.info("variants_asked_for", images=images)


@job("images.remove_loose_objects", seconds=600, alone=True)
async def remove_loose_objects(on: Runtime) -> None:
    removed = await objects.remove_due(on.database, on.storage)
    log.info("loose_objects_removed", objects=removed)
