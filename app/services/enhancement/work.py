"""What workers do with attempts: look at the row, work with no transaction open, lock the row and look again."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeGuard
from uuid import UUID

import structlog

from app.config.database import Database, WriteSession
from app.config.settings import Settings
from app.core.exceptions import (
    CasaBricksError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
    UnsupportedMediaTypeError,
)
from app.core.jobs import Queue, enqueue, enqueue_debounced
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EnhancementState, EnhancementStatus
from app.infrastructure.ai import Provider, Report, ServiceBusyError, ServiceRefusedError, Submission
from app.infrastructure.enhanced_picture import finish
from app.infrastructure.fidelity import Fidelity, compare
from app.infrastructure.storage import Storage
from app.models.enhancement import Enhancement
from app.repositories import enhancements
from app.repositories.ranking import refresh_ranks
from app.services import objects
from app.services.enhancement.attempts import DISPATCH, check_place, publish
from app.services.enhancement.reports import FETCH, end, fail, take_over

log = structlog.get_logger()
WEBHOOK_PATH = "/api/v1/webhooks/ai-enhancement"
EXPIRE = "enhancements.expire"
PATIENCE = timedelta(hours=48)
AT_ONCE = 1000
FIRST_REPEAT_SECONDS = 10.0
LAST_REPEAT_SECONDS = 900.0
MOST_TRIES = 100
# What is to be repeated later than this is left to the sweep: the broker keeps no job for long.
LONGEST_COUNTDOWN_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the work needs. `provider` is None while no service is configured: attempts wait, and time out."""

    database: Database
    queue: Queue
    storage: Storage
    provider: Provider | None
    settings: Settings
    now: Callable[[], datetime]

    async def dispatch(self, enhancement_id: UUID) -> None:
        """Give the job to the service; what it refuses for good ends the attempt, what passes is repeated."""
        async with self.database.read() as session:
            enhancement = await enhancements.find(session, enhancement_id)
        if not self._is_due(enhancement, EnhancementState.REQUESTED) or self.provider is None:
            return
        image = enhancement.image
        submission = Submission(
            job_id=enhancement.id,
            image_url=self._absolute(self.storage.public_url(image.original_key)),
            webhook_url=self._absolute(WEBHOOK_PATH),
            content_type=image.content_type,
            read=partial(self.storage.get, image.original_key),
        )
        try:
            reference = await self.provider.submit(submission)
        except (ServiceBusyError, UnavailableError) as error:
            await self._repeat(enhancement_id, EnhancementState.REQUESTED, DISPATCH, error)
        except (ServiceRefusedError, NotFoundError) as error:
            await self._fail(enhancement_id, EnhancementState.REQUESTED, _reason(error))
        else:
            await self._note_dispatched(enhancement_id, self.provider.name, reference)

    async def _note_dispatched(self, enhancement_id: UUID, provider: str, reference: str | None) -> None:
        async with unit_of_work(self.database, self.queue) as session:
            enhancement = await enhancements.lock(session, enhancement_id)
            if enhancement is None or enhancement.dispatched_at is not None:
                return
            enhancement.dispatched_at = self.now()
            enhancement.provider_ref = enhancement.provider_ref or reference
            # The callback may have come before the answer.
            if enhancement.state is EnhancementState.REQUESTED:
                enhancement.state, enhancement.provider, enhancement.error = EnhancementState.DISPATCHED, provider, None
        log.info("enhancement_dispatched", enhancement_id=str(enhancement_id))

    async def fetch(self, enhancement_id: UUID) -> None:
        """Fetch the result, judge it by the original and publish it, or keep it for an admin to decide."""
        async with self.database.read() as session:
            enhancement = await enhancements.find(session, enhancement_id)
        if not self._is_due(enhancement, EnhancementState.RECEIVED) or self.provider is None:
            return
        try:
            key, fidelity = await self._stored_result(enhancement, self.provider)
            async with unit_of_work(self.database, self.queue) as session:
                await self._conclude(session, enhancement_id, key, fidelity)
        except (ServiceBusyError, UnavailableError) as error:
            await self._repeat(enhancement_id, EnhancementState.RECEIVED, FETCH, error)
        except (ServiceRefusedError, NotFoundError, InvalidInputError, UnsupportedMediaTypeError) as error:
            await self._fail(enhancement_id, EnhancementState.RECEIVED, _reason(error))

    async def _stored_result(self, enhancement: Enhancement, provider: Provider) -> tuple[str, Fidelity]:
        """Where the result is stored, written anew, and how it compares. Stored twice it is the same object."""
        if enhancement.provider != provider.name:
            raise ServiceRefusedError(f"The AI service was changed to {provider.name} before the result was fetched")
        image = enhancement.image
        original = await self.storage.get(image.original_key)
        result = await provider.fetch(enhancement.result_url, enhancement.provider_ref)
        credit = f"CasaBricks; AI-enhanced by {provider.name}"
        picture = await asyncio.to_thread(finish, result, original_sha256=image.sha256, credit=credit)
        fidelity = await asyncio.to_thread(compare, original, picture.data, self.settings.fidelity)
        key = f"properties/{image.property_id}/{picture.sha256}.{picture.extension}"
        async with unit_of_work(self.database) as session:
            await objects.hold(session, image.property_id, [key])
        await self.storage.put(key, picture.data, picture.content_type)
        return key, fidelity

    async def _conclude(self, session: WriteSession, enhancement_id: UUID, key: str, fidelity: Fidelity) -> None:
        enhancement = await enhancements.lock(session, enhancement_id)
        if enhancement is None or enhancement.state is not EnhancementState.RECEIVED:
            return  # deleted meanwhile, or done by another worker; what is not needed is removed from the storage
        now, image = self.now(), enhancement.image
        try:
            await check_place(session, image)
        except ConflictError as error:
            fail(session, enhancement, error.detail, now)
            return
        enhancement.fidelity, enhancement.result_key = fidelity.scores, key
        await objects.settle(session, [key])
        if fidelity.passed:
            end(session, enhancement, EnhancementState.COMPLETED, now)
            publish(session, enhancement)
        else:
            reason = f"The building's structure changed: {fidelity.reason}"
            fail(session, enhancement, reason, now, EnhancementState.REJECTED)
        await session.flush()
        await refresh_ranks(session, [image.property_id], self.settings.ranking)
        log.info("enhancement_concluded", enhancement_id=str(enhancement_id), state=enhancement.state)

    async def sweep(self) -> int:
        """Ask again for every step whose job seems lost; returns how many."""
        async with unit_of_work(self.database, self.queue) as session:
            found = await enhancements.ask(session, self.now(), AT_ONCE)
            for each in found:
                job = DISPATCH if each.state is EnhancementState.REQUESTED else FETCH
                enqueue(session, job, enhancement_id=each.id)
        return len(found)

    async def find_overdue(self) -> int:
        """Have each attempt that has been under way for 48 hours ended; returns how many."""
        async with unit_of_work(self.database, self.queue) as session:
            found = await enhancements.overdue(session, self.now() - PATIENCE, AT_ONCE)
            for enhancement_id in found:
                enqueue(session, EXPIRE, enhancement_id=enhancement_id)
        return len(found)

    async def expire(self, enhancement_id: UUID) -> None:
        """Time an overdue attempt out, unless the service, asked once more, says that it has ended."""
        async with self.database.read() as session:
            enhancement = await enhancements.find(session, enhancement_id)
        if enhancement is None or not self._is_overdue(enhancement):
            return
        report = await self._poll(enhancement)
        async with unit_of_work(self.database, self.queue) as session:
            enhancement = await enhancements.lock(session, enhancement_id)
            if enhancement is None or not self._is_overdue(enhancement):
                return
            if report is not None and await take_over(session, enhancement, report, self.now()):
                return
            end(session, enhancement, EnhancementState.TIMEOUT, self.now())
            enhancement.error = enhancement.error or "The AI service did not finish within 48 hours"
            enhancement.image.enhancement_status = EnhancementStatus.TIMEOUT
        log.warning("enhancement_timed_out", enhancement_id=str(enhancement_id))

    async def _poll(self, enhancement: Enhancement) -> Report | None:
        asked = enhancement.state is EnhancementState.DISPATCHED
        if not asked or self.provider is None or enhancement.provider != self.provider.name:
            return None
        try:
            return await self.provider.poll(enhancement.id, enhancement.provider_ref)
        except (ServiceBusyError, ServiceRefusedError) as error:
            log.warning("enhancement_not_polled", enhancement_id=str(enhancement.id), reason=str(error))
            return None

    def _is_overdue(self, enhancement: Enhancement) -> bool:
        waits = enhancement.state in enhancements.WAITS_FOR_SERVICE
        since = enhancement.requested_at if waits else enhancement.received_at
        under_way = waits or enhancement.state is EnhancementState.RECEIVED
        return under_way and since is not None and since < self.now() - PATIENCE

    def _is_due(self, enhancement: Enhancement | None, state: EnhancementState) -> TypeGuard[Enhancement]:
        return enhancement is not None and enhancement.state is state and enhancement.next_try_at <= self.now()

    async def _repeat(self, enhancement_id: UUID, state: EnhancementState, job: str, error: Exception) -> None:
        """Note when the step may be tried again: later each time, and not before the service allows it."""
        async with unit_of_work(self.database, self.queue) as session:
            enhancement = await enhancements.lock(session, enhancement_id)
            if enhancement is None or enhancement.state is not state:
                return
            longest = min(FIRST_REPEAT_SECONDS * 2 ** min(enhancement.tries, 10), LAST_REPEAT_SECONDS)
            asked_for = error.retry_after_seconds if isinstance(error, ServiceBusyError) else None
            seconds = max(random.uniform(longest / 2, longest), asked_for or 0)
            enhancement.tries = min(enhancement.tries + 1, MOST_TRIES)
            enhancement.next_try_at = self.now() + timedelta(seconds=seconds)
            enhancement.ask_at = enhancement.next_try_at + enhancements.FIRST_WAIT
            enhancement.error = _reason(error)
            if seconds <= LONGEST_COUNTDOWN_SECONDS:
                enqueue_debounced(session, job, round(seconds) + 1, enhancement_id=enhancement_id)
        log.warning(
            "enhancement_repeated", enhancement_id=str(enhancement_id), reason=_reason(error), in_seconds=seconds
        )

    async def _fail(self, enhancement_id: UUID, state: EnhancementState, reason: str) -> None:
        async with unit_of_work(self.database) as session:
            enhancement = await enhancements.lock(session, enhancement_id)
            if enhancement is not None and enhancement.state is state:
                fail(session, enhancement, reason, self.now())

    def _absolute(self, address: str) -> str:
        return address if "://" in address else f"{self.settings.public_url or ''}{address}"


def _reason(error: Exception) -> str:
    if isinstance(error, InvalidInputError | UnsupportedMediaTypeError):
        return f"The result is no usable picture: {error.detail}"
    return error.detail if isinstance(error, CasaBricksError) else str(error)
