"""What services say of their jobs, in a callback or when polled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

import structlog

from app.config.database import WriteSession
from app.core.exceptions import NotFoundError, UnauthenticatedError
from app.core.jobs import enqueue
from app.core.metrics import CALLBACKS, ENHANCEMENTS, when_committed
from app.core.vocabulary import EnhancementState, EnhancementStatus
from app.infrastructure.ai import Provider, Report
from app.models.enhancement import Enhancement
from app.repositories import enhancements

log = structlog.get_logger()
FETCH = "enhancements.fetch"
MOST_CALLBACKS = 50
LONGEST_ERROR = 500
Result = Literal["accepted", "already_handled", "ignored"]


class Callback(NamedTuple):
    """A verified one. `report` is None when it is about no job."""

    id: str
    provider: str
    report: Report | None


def read_callback(provider: Provider | None, headers: Mapping[str, str], body: bytes) -> Callback:
    """Raises UnauthenticatedError before anything of the body is read, then InvalidInputError."""
    if provider is None:
        raise UnauthenticatedError("No AI service is configured, so nobody may call back", "Webhook-Signature")
    try:
        callback_id = provider.verify(headers, body)
    except UnauthenticatedError:
        CALLBACKS.labels("refused").inc()
        raise
    return Callback(callback_id, provider.name, provider.read_report(body))


async def accept_callback(session: WriteSession, callback: Callback, now: datetime) -> Result:
    """Note it, once, and go on from what it says. Raises NotFoundError."""
    report = callback.report
    if report is None:
        CALLBACKS.labels("ignored").inc()
        return "ignored"
    enhancement = await enhancements.lock(session, report.job_id)
    if enhancement is None or enhancement.provider != callback.provider:
        raise NotFoundError(f"There is no job {report.job_id}")
    result = await _accept(session, enhancement, report, callback.id, now)
    when_committed(session, lambda: CALLBACKS.labels(result).inc())
    log.info("enhancement_callback", enhancement_id=str(enhancement.id), succeeded=report.succeeded, result=result)
    return result


async def _accept(
    session: WriteSession, enhancement: Enhancement, report: Report, callback_id: str, now: datetime
) -> Result:
    if any(callback["id"] == callback_id for callback in enhancement.callbacks):
        return "already_handled"
    if len(enhancement.callbacks) < MOST_CALLBACKS:
        said = {"id": callback_id, "at": now.isoformat(), "status": "success" if report.succeeded else "failed"}
        enhancement.callbacks = [*enhancement.callbacks, said]
    return "accepted" if await take_over(session, enhancement, report, now) else "ignored"


async def take_over(session: WriteSession, enhancement: Enhancement, report: Report, now: datetime) -> bool:
    """Go on from what the service says of a locked attempt; False when that changes nothing.

    After a time-out a success still counts, unless a newer attempt has taken its place.
    """
    awaited = enhancement.state in enhancements.WAITS_FOR_SERVICE
    late = (
        report.succeeded
        and enhancement.state is EnhancementState.TIMEOUT
        and await enhancements.is_newest(session, enhancement)
    )
    if not awaited and not late:
        return False
    enhancement.provider_ref = report.provider_ref or enhancement.provider_ref
    if report.succeeded:
        enhancement.state, enhancement.error = EnhancementState.RECEIVED, None
        enhancement.received_at, enhancement.finished_at = now, None
        enhancement.result_url = report.result_url
        enhancement.tries, enhancement.next_try_at, enhancement.ask_at = 0, now, now + enhancements.FIRST_WAIT
        enhancement.image.enhancement_status = EnhancementStatus.PROCESSING
        enqueue(session, FETCH, enhancement_id=enhancement.id)
    else:
        fail(session, enhancement, report.error or "The AI service gave no reason", now)
    return True


def fail(
    session: WriteSession,
    enhancement: Enhancement,
    reason: str,
    now: datetime,
    state: EnhancementState = EnhancementState.FAILED,
) -> None:
    """End a locked attempt without a result to show."""
    enhancement.error = reason[:LONGEST_ERROR]
    end(session, enhancement, state, now)
    enhancement.image.enhancement_status = EnhancementStatus.FAILED
    log.warning("enhancement_failed", enhancement_id=str(enhancement.id), reason=reason)


def end(session: WriteSession, enhancement: Enhancement, state: EnhancementState, now: datetime) -> None:
    enhancement.state, enhancement.finished_at = state, now
    seconds = (now - enhancement.requested_at).total_seconds()
    when_committed(session, lambda: ENHANCEMENTS.labels(state).observe(seconds))
