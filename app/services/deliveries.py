"""Sends what waits, at least once on the wire and with one id; and what admins see of it."""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.config.database import Database, ReadSession, WriteSession
from app.core.clock import utc_now
from app.core.exceptions import ConflictError, NotFoundError
from app.core.jobs import Job, Queue, enqueue
from app.core.metrics import DELIVERIES
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction, DeliveryChannel, DeliveryStatus, InquiryEventType
from app.infrastructure.delivery import Carrier, NotDeliveredError
from app.models.delivery import Delivery, DeliveryAttempt
from app.models.inquiry import InquiryEvent
from app.repositories import deliveries
from app.schemas.deliveries import DeliveryEntry, DeliveryPage, DeliveryQuery
from app.schemas.paging import Paged
from app.services.audit import Actor, record_change
from app.services.notifications import DELIVER, compose

log = structlog.get_logger()
# What Standard Webhooks recommends: the waits after the first attempt, the second, ….
WAITS = (
    timedelta(seconds=5),
    *(timedelta(minutes=minutes) for minutes in (5, 30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
AT_ONCE = 10
# Longer than any attempt: what is not settled by then was lost with its worker, and is sent again.
LEASE = timedelta(minutes=2)
RUN_SECONDS = 200.0
SOON = timedelta(minutes=1)


async def deliver_due(database: Database, queue: Queue, carrier: Carrier, channel: DeliveryChannel) -> int:
    """Send all that is due; returns how many were delivered. Any number of workers may do so at once.

    One that gets no answer keeps its place among those under way, and holds up none of the others.
    """
    delivered, soonest, started = 0, SOON, time.monotonic()
    under_way: set[asyncio.Task[timedelta | None]] = set()
    try:
        while True:
            if time.monotonic() - started < RUN_SECONDS:
                async with unit_of_work(database) as session:
                    claimed = await deliveries.claim(session, channel, AT_ONCE - len(under_way), LEASE)
                under_way |= {asyncio.create_task(_attempt(database, carrier, delivery)) for delivery in claimed}
            if not under_way:
                break
            ended, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            waits = [task.result() for task in ended]
            delivered += waits.count(None)
            soonest = min([soonest, *(wait for wait in waits if wait is not None)])
    finally:
        # Cut off they would be sent again, though they may have arrived.
        await asyncio.gather(*under_way, return_exceptions=True)
    if soonest < SOON:  # sooner than the sweep
        await queue.send([Job(DELIVER, {"channel": channel.value}, round(soonest.total_seconds()) + 1)])
    return delivered


async def _attempt(database: Database, carrier: Carrier, delivery: Delivery) -> timedelta | None:
    """Try once; returns how long to wait for the next try, None when it was delivered."""
    started_at, started = utc_now(), time.monotonic()
    error: NotDeliveredError | None = None
    try:
        await carrier.send(compose(delivery))
    except NotDeliveredError as caught:
        error = caught
    attempt = DeliveryAttempt(
        delivery_id=delivery.id,
        started_at=started_at,
        duration_ms=round((time.monotonic() - started) * 1000),
        error=None if error is None else str(error)[:200],
    )
    wait = None if error is None else _wait(delivery, error)
    async with unit_of_work(database) as session:
        deliveries.add(session, attempt)
        await _settle(session, delivery, error, wait)
    outcome = "delivered" if error is None else "given_up" if wait is None else "failed"
    DELIVERIES.labels(delivery.channel, outcome).inc()
    ids = {"delivery_id": str(delivery.id), "inquiry_id": str(delivery.inquiry_id), "channel": delivery.channel.value}
    if error is None:
        log.info("delivered", **ids)
        return None
    log.warning("not_delivered", reason=attempt.error, attempts=delivery.attempts + 1, **ids)
    return wait or SOON


def _wait(delivery: Delivery, error: NotDeliveredError) -> timedelta | None:
    """None when there is to be no further attempt."""
    # Attempts that were lost with their worker do not count: it was not the recipient who failed.
    if error.is_final or delivery.attempts >= len(WAITS):
        return None
    # A little more by chance, so that what failed together does not come back together.
    wait = WAITS[delivery.attempts] * random.uniform(1, 1.1)
    return max(wait, timedelta(seconds=error.retry_after_seconds or 0))


async def _settle(
    session: WriteSession, delivery: Delivery, error: NotDeliveredError | None, wait: timedelta | None
) -> None:
    if error is not None:
        status = DeliveryStatus.FAILED if wait is None else DeliveryStatus.PENDING
        await deliveries.settle(session, delivery.id, status, None if wait is None else utc_now() + wait)
        return
    is_first = await deliveries.settle(session, delivery.id, DeliveryStatus.DELIVERED)
    if is_first and delivery.channel is DeliveryChannel.EMAIL:
        sent = {"to": delivery.recipient}
        event = InquiryEvent(inquiry_id=delivery.inquiry_id, event_type=InquiryEventType.EMAIL_SENT, details=sent)
        await deliveries.add_event(session, event)


async def search(session: ReadSession, query: DeliveryQuery) -> DeliveryPage:
    """A page of messages, newest first. Raises InvalidInputError for an unknown page."""
    page = Paged.of(await deliveries.count(session, query), query)
    rows: Sequence[Delivery] = await deliveries.find_page(session, query)
    return DeliveryPage.model_validate({**page.model_dump(), "items": rows})


async def replay(session: WriteSession, actor: Actor, delivery_id: UUID, seen: datetime | None = None) -> DeliveryEntry:
    """Send it again now, with the same id, delivered or not.

    `seen` is its next_attempt_at as it was looked at, which every sending moves. Raises NotFoundError, ConflictError
    when erased, on its way already, or sent since it was seen.
    """
    delivery = await deliveries.lock(session, delivery_id)
    if delivery is None:
        raise NotFoundError(f"There is no delivery {delivery_id}")
    if delivery.status is DeliveryStatus.CANCELLED:
        raise ConflictError("Who asked was erased; there is nothing to send any more")
    if delivery.status is DeliveryStatus.PENDING and not delivery.attempts:
        raise ConflictError("It is on its way already; nothing is sent twice")
    if seen is not None and seen != delivery.next_attempt_at:
        raise ConflictError("It was sent since you looked; nothing is sent twice")
    delivery.status = DeliveryStatus.PENDING
    delivery.attempts = 0
    delivery.next_attempt_at = utc_now()
    delivery.delivered_at = None
    record_change(session, actor, AuditAction.REPLAYED, delivery, related_ids=[delivery.inquiry_id])
    enqueue(session, DELIVER, channel=delivery.channel.value)
    return DeliveryEntry.model_validate(delivery)
