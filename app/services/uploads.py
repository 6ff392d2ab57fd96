"""Takes in photos of listings. No transaction is open while a file arrives, is decoded or stored."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO
from uuid import UUID

from app.config.database import Database, ReadSession, WriteSession
from app.config.settings import Ranking
from app.core.clock import utc_now
from app.core.exceptions import BodyTooLargeError, ConflictError, NoSuchListingError, UnavailableError
from app.core.ids import new_id
from app.core.jobs import Queue, enqueue
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction
from app.infrastructure import pictures
from app.infrastructure.pictures import Picture
from app.infrastructure.storage import Storage
from app.models.image import PropertyImage
from app.models.property import Property
from app.repositories import images, loose_objects, properties
from app.repositories.ranking import refresh_ranks
from app.schemas.image import ImageUpload
from app.services import objects
from app.services.audit import Actor, record_change

MOST_IMAGES = 40
# Files held in memory at a time by a process, those of them being decoded, and how long one waits for its turn.
HELD_AT_ONCE = 6
DECODED_AT_ONCE = 2
PATIENCE_SECONDS = 30.0
# Left to the job that is sent with the upload before the sweep asks for it again.
FIRST_WAIT = timedelta(minutes=1)
_places = asyncio.Semaphore(HELD_AT_ONCE)
_decoders = asyncio.Semaphore(DECODED_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Uploader:
    database: Database
    queue: Queue
    storage: Storage
    ranking: Ranking
    actor: Actor
    most_bytes: int
    illustrations: bool = False
    """Whether it takes in drawings instead of photos."""

    async def expect(self, property_id: UUID) -> None:
        """Refuse before the file is read. Raises NotFoundError, ConflictError."""
        async with self.database.turn(), self.database.read() as session:
            _check_listing(await properties.find(session, property_id), property_id)
            await _check_room(session, property_id)

    async def store(
        self, property_id: UUID, file: BinaryIO, size: int, fields: ImageUpload
    ) -> tuple[Mapping[str, Any], bool]:
        """The image, and whether it is new: the same photo again is the image that is there already.

        Raises BodyTooLargeError, UnsupportedMediaTypeError, InvalidInputError, NotFoundError, ConflictError,
        UnavailableError.
        """
        if size > self.most_bytes:
            raise BodyTooLargeError(f"The file may have at most {self.most_bytes >> 20} MB")
        async with _place():
            picture = await _decoded(file)
            key = f"properties/{property_id}/{picture.sha256}.{picture.extension}"
            async with self.database.turn(), unit_of_work(self.database) as session:
                is_known = await images.id_of(session, property_id, picture.sha256) is not None
                if not is_known:
                    await objects.hold(session, property_id, [key])
            if not is_known:
                await self.storage.put(key, picture.data, picture.content_type)
            async with self.database.turn(), unit_of_work(self.database, self.queue) as session:
                return await self._keep(session, property_id, picture, key, fields)

    async def _keep(
        self, session: WriteSession, property_id: UUID, picture: Picture, key: str, fields: ImageUpload
    ) -> tuple[Mapping[str, Any], bool]:
        _check_listing(await properties.lock(session, property_id), property_id)
        known = await images.id_of(session, property_id, picture.sha256)
        if known is None:
            image = await self._add(session, property_id, picture, key, fields)
            await objects.settle(session, [key])
            await refresh_ranks(session, [property_id], self.ranking)
            enqueue(session, "images.make_variants", image_id=image.id)
        else:
            await loose_objects.settle(session, [key])  # perhaps noted by this upload, after the other had ended
        (shown,) = await images.shown(session, self.ranking.media_url, image_id=known or image.id)
        return shown, known is None

    async def _add(
        self, session: WriteSession, property_id: UUID, picture: Picture, key: str, fields: ImageUpload
    ) -> PropertyImage:
        number = await _check_room(session, property_id)
        if fields.is_primary:
            await images.drop_primary(session, property_id)
        image = PropertyImage(
            id=new_id(),
            property_id=property_id,
            sha256=picture.sha256,
            original_key=key,
            content_type=picture.content_type,
            width=picture.width,
            height=picture.height,
            image_type=fields.image_type,
            is_illustration=self.illustrations,
            is_primary=fields.is_primary or number == 0,
            display_order=await images.next_order(session, property_id),
            variants_due_at=utc_now() + FIRST_WAIT,
        )
        images.add(session, image)
        record_change(session, self.actor, AuditAction.CREATED, image, related_ids=[property_id])
        await session.flush()
        return image


@asynccontextmanager
async def _place() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _places.acquire()
    except TimeoutError:
        raise UnavailableError("Too many photos are being taken in at this moment; try again") from None
    try:
        yield
    finally:
        _places.release()


async def _decoded(file: BinaryIO) -> Picture:
    async with _decoders:
        return await asyncio.to_thread(lambda: pictures.read(file.read()))


def _check_listing(listing: Property | None, property_id: UUID) -> None:
    if listing is None:
        raise NoSuchListingError(property_id)
    if listing.deleted_at is not None:
        raise ConflictError("The listing is deleted; restore it first")


async def _check_room(session: ReadSession, property_id: UUID) -> int:
    number = await images.count(session, property_id)
    if number >= MOST_IMAGES:
        raise ConflictError(f"The listing has {number} images; at most {MOST_IMAGES} are kept, so delete one first")
    return number
