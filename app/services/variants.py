"""The sizes of a photo that pages show. The image's row says whether they are made, so that no lost job matters."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog

from app.config.database import Database
from app.config.settings import Ranking
from app.core.jobs import Queue, enqueue
from app.core.unit_of_work import unit_of_work
from app.infrastructure import pictures
from app.infrastructure.storage import Storage
from app.repositories import images, ranking
from app.services import objects

log = structlog.get_logger()
ASKED_AT_ONCE = 200


async def make(database: Database, storage: Storage, rules: Ranking, image_id: UUID) -> None:
    """Make what is missing of the original's and the enhanced picture's variants; nothing to do for a deleted image.

    Raises NotFoundError, UnavailableError, InvalidInputError, when it must be tried again.
    """
    async with database.read() as session:
        image = await images.pictures(session, image_id)
    if image is None:
        return
    for picture in image.pictures:
        if not _are_all_there(picture.variants):
            await _make(database, storage, rules, image_id, image.property_id, picture)
    async with unit_of_work(database) as session:
        await images.have_variants(session, image_id)


def _are_all_there(variants: Sequence[Mapping[str, Any]]) -> bool:
    """Pictures of an earlier release may lack a size that was added since."""
    widths = {each["width"] for each in variants if each["format"] == "webp"}
    return bool(widths) and widths.issuperset(pictures.widths_up_to(max(widths)))


async def ask_again(database: Database, queue: Queue) -> int:
    """Ask for the variants whose job was lost or failed; returns for how many images."""
    async with unit_of_work(database, queue) as session:
        due = await images.ask_for_variants(session, ASKED_AT_ONCE)
        for image_id in due:
            enqueue(session, "images.make_variants", image_id=image_id)
    return len(due)


async def _make(
    database: Database, storage: Storage, rules: Ranking, image_id: UUID, property_id: UUID, picture: images.Stored
) -> None:
    """What is stored already stays: its address stands for the same bytes for ever."""
    folder = picture.key.rpartition(".")[0]
    names = {each["key"].rpartition("/")[2] for each in picture.variants}
    made = await asyncio.to_thread(pictures.make_variants, await storage.get(picture.key), names)
    keyed = [(f"{folder}/{variant.name}", variant) for variant in made.variants]
    keys = [each for each, _ in keyed]
    async with unit_of_work(database) as session:
        await objects.hold(session, property_id, keys)
    for variant_key, variant in keyed:
        await storage.put(variant_key, variant.data, variant.content_type)
    rows = [
        {"key": variant_key, "width": variant.width, "height": variant.height, "format": variant.format}
        for variant_key, variant in keyed
    ]
    all_rows = sorted([*picture.variants, *rows], key=lambda row: (row["format"] == "jpeg", row["width"]))
    async with unit_of_work(database) as session:
        await ranking.lock(session, [property_id])
        if await images.keep_variants(session, image_id, picture, all_rows, made.placeholder):
            await objects.settle(session, keys)
            await ranking.refresh_ranks(session, [property_id], rules)
    log.info("variants_made", image_id=str(image_id), picture=picture.shows, variants=len(rows))
