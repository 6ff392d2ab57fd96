"""A visitor's inquiry: stored once, whatever is sent twice."""

import hashlib
from datetime import timedelta
from typing import NamedTuple

import orjson
import structlog

from app.config.database import Database, ReadSession, WriteSession
from app.config.settings import Settings
from app.core.exceptions import ConflictError, InvalidInputError, NoSuchListingError, TooManyRequestsError
from app.core.ids import new_id
from app.core.jobs import Queue
from app.core.metrics import INQUIRIES
from app.core.phones import PhoneRuleError, normalise_phone
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import InquiryEventType
from app.infrastructure.limiter import RateLimiter
from app.models.inquiry import Inquiry, InquiryEvent
from app.repositories import inquiries, locks
from app.schemas.inquiries import InquiryRequest
from app.services.notices import check_notice_version, present_notice
from app.services.notifications import notify

log = structlog.get_logger()
SAME_WITHIN = timedelta(minutes=10)
KEY_HEADER = "Idempotency-Key"


class Received(NamedTuple):
    inquiry: Inquiry
    is_new: bool
    is_replay: bool
    """The request came before with the same Idempotency-Key, and gets the answer it got then."""


async def submit(
    database: Database,
    queue: Queue,
    limiter: RateLimiter,
    settings: Settings,
    body: InquiryRequest,
    *,
    key: str | None,
    client_address: str,
) -> Received:
    """Store an inquiry; what is returned is committed.

    Raises TooManyRequestsError, NoSuchListingError, ConflictError for a home that is not listed, InvalidInputError.
    Opens its own session: the limiter is asked outside the transaction.
    """
    inquiry = _inquiry(settings, body, key)
    if key is not None:
        async with database.turn(), database.read() as reading:
            replayed = await _replayed(reading, inquiry)
        if replayed is not None:
            return replayed
    if body.notice_version is not None:
        check_notice_version(settings.inquiry_retention_days, body.notice_version)
    rule = f"{settings.rate_limit_inquiries_per_hour} per hour"
    wait = await limiter.hit(rule, "inquiry", client_address)
    counts = False
    try:
        # With a key it may be the twin of one that is being stored, and gets that one's answer.
        if wait is not None and key is None:
            raise _too_many(settings, wait)
        async with database.turn(), unit_of_work(database, queue) as session:
            received = await _receive(session, settings, inquiry, is_refused=wait is not None)
            if received is None:
                raise _too_many(settings, wait or 0)
        counts = not received.is_replay
    finally:
        # What was refused was counted too. Taken back in the last second it could make room in the next window.
        if not counts and (wait is None or wait > 1):
            await limiter.hit(rule, "inquiry", client_address, cost=-1)
    if received.is_new:
        INQUIRIES.labels(inquiry.inquiry_type).inc()
        log.info("inquiry_received", inquiry_id=str(inquiry.id), inquiry_type=inquiry.inquiry_type.value)
    return received


def _too_many(settings: Settings, wait: int) -> TooManyRequestsError:
    minutes = -(-wait // 60)
    detail = (
        f"At most {settings.rate_limit_inquiries_per_hour} inquiries an hour are taken from one address;"
        f" try again in {minutes} minute{'' if minutes == 1 else 's'}"
    )
    return TooManyRequestsError(detail, retry_after_seconds=wait)


def _inquiry(settings: Settings, body: InquiryRequest, key: str | None) -> Inquiry:
    try:
        phone = normalise_phone(body.phone, foreign=settings.inquiries_from_abroad)
    except PhoneRuleError as error:
        raise InvalidInputError("phone", str(error)) from None
    version = body.notice_version or present_notice(settings.inquiry_retention_days, body.notice_language).version
    return Inquiry(
        id=new_id(),
        **body.model_dump(exclude={"phone", "email", "notice_version", "notice_language"}),
        phone=phone,
        email=body.email and body.email.lower(),
        consent_notice=f"{version}/{body.notice_language}",
        idempotency_key=hashlib.sha256(key.encode()).digest() if key is not None else None,
        request_hash=hashlib.sha256(orjson.dumps(body.model_dump())).digest() if key is not None else None,
    )


async def _receive(session: WriteSession, settings: Settings, inquiry: Inquiry, *, is_refused: bool) -> Received | None:
    """Store it unless it is known; None when it is not known and too many came."""
    keys = [key for key in (inquiry.phone, inquiry.email) if key is not None]
    # Whoever sends the same at the same time waits here, and then finds what this one stored.
    await locks.hold(session, *keys, *([inquiry.idempotency_key.hex()] if inquiry.idempotency_key else []))
    known = await _known(session, inquiry)
    if known is not None or is_refused:
        return known
    if inquiry.property_id is not None:
        is_listed = await inquiries.find_listed(session, inquiry.property_id)
        if is_listed is None:
            raise NoSuchListingError(inquiry.property_id)
        if not is_listed:
            raise ConflictError("This home is no longer offered, so it takes no inquiries; ask about another one")
    inquiry.contact_id = await inquiries.contact_of(session, keys)
    await inquiries.add(session, inquiry)
    event = InquiryEvent(inquiry_id=inquiry.id, event_type=InquiryEventType.RECEIVED)
    await notify(session, settings, event, to=settings.leads_inbox)
    return Received(inquiry, is_new=True, is_replay=False)


async def _known(session: WriteSession, inquiry: Inquiry) -> Received | None:
    if inquiry.idempotency_key is not None:
        return await _replayed(session, inquiry)
    same = await inquiries.find_same(session, inquiry, SAME_WITHIN)
    return None if same is None else Received(same, is_new=False, is_replay=False)


async def _replayed(session: ReadSession, inquiry: Inquiry) -> Received | None:
    if inquiry.idempotency_key is None:
        return None
    replayed = await inquiries.find_by_key(session, inquiry.idempotency_key)
    if replayed is None:
        return None
    if replayed.request_hash != inquiry.request_hash:
        raise InvalidInputError(KEY_HEADER, "was sent before with another body; use a new key", location="header")
    return Received(replayed, is_new=False, is_replay=True)
