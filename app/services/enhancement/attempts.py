"""What admins do with attempts: start one, look at them, decide on a result the fidelity gate stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.config.database import ReadSession, WriteSession
from app.config.settings import Settings
from app.core.exceptions import ConflictError, NoSuchImageError, NotFoundError, UnavailableError
from app.core.ids import new_id
from app.core.jobs import enqueue
from app.core.vocabulary import AuditAction, EnhancementState, EnhancementStatus, ImageType
from app.infrastructure.ai import missing_settings
from app.models.enhancement import UNDER_WAY, Enhancement
from app.models.image import PropertyImage
from app.repositories import enhancements, images, properties
from app.repositories.ranking import refresh_ranks
from app.schemas.enhancement import EnhancementAttempt
from app.services import objects
from app.services.audit import Actor, record_change

DISPATCH = "enhancements.dispatch"
TAKEN = (EnhancementStatus.PROCESSING, EnhancementStatus.COMPLETED)


def shown(enhancement: Enhancement, media_url: str) -> EnhancementAttempt:
    attempt = EnhancementAttempt.model_validate(enhancement)
    attempt.result_url = f"{media_url}{enhancement.result_key}" if enhancement.result_key else None
    return attempt


async def read_all(session: ReadSession, settings: Settings, image_id: UUID) -> Sequence[EnhancementAttempt]:
    """The newest first. Raises NotFoundError."""
    if await images.property_of(session, image_id) is None:
        raise NoSuchImageError(image_id)
    return [shown(each, settings.media_url) for each in await enhancements.of_image(session, image_id)]


@dataclass(frozen=True, slots=True)
class Desk:
    """Who decides, in which transaction, and when."""

    session: WriteSession
    settings: Settings
    actor: Actor
    now: datetime

    async def start(self, image_id: UUID) -> EnhancementAttempt:
        """Ask for an enhancement. Raises NotFoundError, ConflictError naming the rule, UnavailableError."""
        image = await enhancements.lock_image(self.session, image_id)
        if image is None:
            raise NoSuchImageError(image_id)
        past = await enhancements.of_image(self.session, image_id)
        await self._check_may_start(image, past)
        if missing := missing_settings(self.settings):
            raise UnavailableError(f"No AI service is configured: {', '.join(missing)} must be set")
        enhancement = Enhancement(
            id=new_id(),
            image_id=image.id,
            attempt=past[0].attempt + 1 if past else 1,
            provider=self.settings.ai_service_provider,
            state=EnhancementState.REQUESTED,
            requested_by=self.actor.user_id,
            requested_at=self.now,
            next_try_at=self.now,
            ask_at=self.now + enhancements.FIRST_WAIT,
        )
        enhancements.add(self.session, enhancement)
        image.enhancement_status = EnhancementStatus.PROCESSING
        self._record(AuditAction.REQUESTED, enhancement, image)
        await self.session.flush()
        enqueue(self.session, DISPATCH, enhancement_id=enhancement.id)
        return shown(enhancement, self.settings.media_url)

    async def publish(self, enhancement_id: UUID) -> EnhancementAttempt:
        """Show a result that the gate stopped. Raises NotFoundError, ConflictError."""
        enhancement = await self._lock(enhancement_id)
        if enhancement.state is not EnhancementState.REJECTED:
            raise ConflictError(
                f"Only a result that failed the comparison with its original waits to be published; this attempt is "
                f"{enhancement.state}"
            )
        image = enhancement.image
        if image.enhancement_status in TAKEN:
            raise ConflictError("A newer attempt is under way or published")
        await check_place(self.session, image)
        publish(self.session, enhancement)
        self._record(AuditAction.PUBLISHED, enhancement, image)
        return await self._finish(enhancement)

    async def discard(self, enhancement_id: UUID) -> EnhancementAttempt:
        """Remove a result, stopped or published. Raises NotFoundError, ConflictError."""
        enhancement = await self._lock(enhancement_id)
        if enhancement.state not in {EnhancementState.REJECTED, EnhancementState.COMPLETED}:
            raise ConflictError(f"This attempt has no result to discard: it is {enhancement.state}")
        image = enhancement.image
        keys = [str(enhancement.result_key)]
        if enhancement.state is EnhancementState.COMPLETED:
            keys += [variant["key"] for variant in image.enhanced_variants]
            image.enhanced_key, image.enhanced_variants, image.enhancement_status = None, [], None
        enhancement.state, enhancement.result_key = EnhancementState.DISCARDED, None
        self._record(AuditAction.DISCARDED, enhancement, image)
        await objects.let_go(self.session, image.property_id, keys)
        return await self._finish(enhancement)

    async def _lock(self, enhancement_id: UUID) -> Enhancement:
        enhancement = await enhancements.lock(self.session, enhancement_id)
        if enhancement is None:
            raise NotFoundError(f"There is no enhancement {enhancement_id}")
        return enhancement

    async def _check_may_start(self, image: PropertyImage, past: Sequence[Enhancement]) -> None:
        _check_front(image)
        if running := next((each for each in past if each.state in UNDER_WAY), None):
            attempt = shown(running, self.settings.media_url).model_dump(mode="json")
            raise ConflictError("An enhancement of this image is under way", rule="one_at_a_time", enhancement=attempt)
        if image.enhancement_status is EnhancementStatus.COMPLETED:
            raise ConflictError("This image is enhanced already; discard that first", rule="already_enhanced")
        listing = await properties.find(self.session, image.property_id)
        if listing is None or listing.deleted_at is not None:
            raise ConflictError("The listing is deleted; restore it first", rule="listing_deleted")
        await check_place(self.session, image, TAKEN)

    async def _finish(self, enhancement: Enhancement) -> EnhancementAttempt:
        await self.session.flush()
        await refresh_ranks(self.session, [enhancement.image.property_id], self.settings.ranking)
        return shown(enhancement, self.settings.media_url)

    def _record(self, action: AuditAction, enhancement: Enhancement, image: PropertyImage) -> None:
        record_change(self.session, self.actor, action, enhancement, related_ids=[image.id, image.property_id])


async def check_place(
    session: ReadSession,
    image: PropertyImage,
    statuses: Sequence[EnhancementStatus] = (EnhancementStatus.COMPLETED,),
) -> None:
    """Raises ConflictError when the image is no front view, or another has the listing's one enhanced picture."""
    _check_front(image)
    other = await enhancements.other_enhanced(session, image, statuses)
    if other is not None:
        raise ConflictError(
            "A listing has one enhanced picture, and another image of it has that or is being enhanced",
            rule="one_per_listing",
            image_id=str(other),
        )


def _check_front(image: PropertyImage) -> None:
    if image.image_type is not ImageType.FRONT_EXTERIOR:
        raise ConflictError(
            f"Only images of type front_exterior are enhanced; this one is {image.image_type}",
            rule="front_exterior_only",
        )


def publish(session: WriteSession, enhancement: Enhancement) -> None:
    """Show the stored result; its variants are asked for."""
    image = enhancement.image
    enhancement.state, enhancement.error = EnhancementState.COMPLETED, None
    image.enhanced_key = enhancement.result_key
    image.enhanced_variants, image.variants_due_at, image.variants_tries = [], enhancement.finished_at, 0
    image.enhancement_status = EnhancementStatus.COMPLETED
    enqueue(session, "images.make_variants", image_id=image.id)
