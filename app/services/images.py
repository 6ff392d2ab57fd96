"""Photos of listings as admins order and remove them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.config.database import WriteSession
from app.config.settings import Ranking
from app.core.exceptions import ConflictError, InvalidInputError, NoSuchImageError
from app.core.vocabulary import AuditAction, EnhancementStatus
from app.models.image import PropertyImage
from app.repositories import enhancements, images, ranking
from app.schemas.image import ImageChange
from app.services import objects
from app.services.audit import Actor, record_change
from app.services.versions import changed_meanwhile, etag, seen

UNDER_WAY = {EnhancementStatus.PENDING, EnhancementStatus.PROCESSING}


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes images, in which transaction, and which version they saw (the If-Match header, if any)."""

    session: WriteSession
    actor: Actor
    ranking: Ranking
    if_match: str | None = None

    async def change(self, image_id: UUID, body: ImageChange) -> Mapping[str, Any]:
        """Raises NotFoundError, PreconditionFailedError, ConflictError, InvalidInputError."""
        image = await self._lock(image_id)
        if body.is_primary not in {None, image.is_primary}:
            if not body.is_primary:
                raise InvalidInputError("is_primary", "one image is always primary; make another one primary instead")
            await images.drop_primary(self.session, image.property_id)
            image.is_primary = True
        if body.image_type not in {None, image.image_type}:
            _check_type_may_change(image)
            image.image_type = body.image_type
        if body.display_order is not None:
            image.display_order = body.display_order
        record_change(self.session, self.actor, AuditAction.UPDATED, image, related_ids=[image.property_id])
        await self._finish(image.property_id)
        return await self._shown(image_id)

    async def delete(self, image_id: UUID) -> None:
        """The row at once, what it had in the storage by a job. Raises NotFoundError, PreconditionFailedError."""
        image = await self._lock(image_id)
        keys = [variant["key"] for variant in (*image.variants, *image.enhanced_variants)]
        # The enhanced picture is among the results.
        keys += [image.original_key, *await enhancements.result_keys(self.session, image_id)]
        property_id, was_primary = image.property_id, image.is_primary
        record_change(
            self.session, self.actor, AuditAction.DELETED, image, removed=True, related_ids=[image.property_id]
        )
        await images.remove(self.session, image)
        if was_primary:
            await images.choose_primary(self.session, property_id)
        await objects.let_go(self.session, property_id, keys)
        await self._finish(property_id)

    async def _lock(self, image_id: UUID) -> PropertyImage:
        property_id = await images.property_of(self.session, image_id)
        if property_id is not None:
            await ranking.lock(self.session, [property_id])
        image = await images.lock(self.session, image_id)
        if image is None:
            raise NoSuchImageError(image_id)
        tag = etag(image.id, image.version)
        if not seen(self.if_match, tag):
            raise changed_meanwhile(tag, await self._shown(image_id))
        return image

    async def _shown(self, image_id: UUID) -> Mapping[str, Any]:
        (image,) = await images.shown(self.session, self.ranking.media_url, image_id=image_id)
        return image

    async def _finish(self, property_id: UUID) -> None:
        await self.session.flush()
        await ranking.refresh_ranks(self.session, [property_id], self.ranking)


def _check_type_may_change(image: PropertyImage) -> None:
    """It was front_exterior when its enhancement began, and must stay so."""
    if image.enhancement_status in UNDER_WAY:
        raise ConflictError("The image is being enhanced, so its type cannot change until that has ended")
    if image.enhanced_key is not None:
        raise ConflictError("The image has an enhanced picture, so it must stay front_exterior; discard that first")
