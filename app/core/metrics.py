"""What is counted. Labels are names that the code knows, never ids: each value is a series of its own for ever."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import event

from app.config.database import WriteSession
from app.core import metric_files
from app.core.vocabulary import DeliveryChannel, EventType, InquiryType

log = structlog.get_logger()
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
_JOB_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 900)
_ENHANCEMENT_SECONDS = (10, 30, 60, 120, 300, 900, 3600, 6 * 3600, 24 * 3600, 48 * 3600)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

REQUESTS = Histogram(
    "casabricks_http_request_duration_seconds",
    "Time from a request's head to the end of its answer",
    ["method", "route", "status"],
    buckets=_SECONDS,
    registry=None,
)
CACHE = Counter(
    "casabricks_cache_requests_total",
    "Answers looked for in a cache, by how that ended",
    ["cache", "outcome"],
    registry=None,
)
LIMITER = Counter(
    "casabricks_limiter_attempts_total",
    "Attempts counted against a limit: where they were counted, and whether they were let through",
    ["limit", "store", "outcome"],
    registry=None,
)
EVENTS = Counter(
    "casabricks_events_total",
    "What visitors did, as stored: a view once per visitor, home and half hour",
    ["event"],
    registry=None,
)
EVENTS_LOST = Counter(
    "casabricks_events_lost_total",
    "Events of visitors that were not stored",
    ["reason"],
    registry=None,
)
INQUIRIES = Counter("casabricks_inquiries_total", "Inquiries stored", ["inquiry_type"], registry=None)
ENHANCEMENTS = Histogram(
    "casabricks_enhancement_duration_seconds",
    "Time from asking for an enhancement to its end, by how it ended",
    ["outcome"],
    buckets=_ENHANCEMENT_SECONDS,
    registry=None,
)
CALLBACKS = Counter(
    "casabricks_ai_callbacks_total",
    "Callbacks of the AI service, by what came of them",
    ["outcome"],
    registry=None,
)
DELIVERIES = Counter(
    "casabricks_delivery_attempts_total",
    "Attempts to send a message about an inquiry: delivered, failed and to be repeated, or given up",
    ["channel", "outcome"],
    registry=None,
)
JOBS = Histogram(
    "casabricks_job_duration_seconds",
    "Time a worker spent on a job, by how that ended",
    ["job", "outcome"],
    buckets=_JOB_SECONDS,
    registry=None,
)
JOB_AGE = Histogram(
    "casabricks_job_age_seconds",
    "Time a job waited for a worker, from when it was due",
    ["job"],
    buckets=_JOB_SECONDS,
    registry=None,
)
# Counted from 0: a series that appears with its first failure shows no increase, and no alert sees it.
_FROM_ZERO: dict[Counter, tuple[tuple[str, ...], ...]] = {
    LIMITER: (("login", "password", "inquiry"), ("redis", "memory"), ("allowed", "refused")),
    EVENTS: (tuple(EventType),),
    EVENTS_LOST: (("full", "refused"),),
    INQUIRIES: (tuple(InquiryType),),
    CALLBACKS: (("accepted", "already_handled", "ignored", "refused"),),
    DELIVERIES: (tuple(DeliveryChannel), ("delivered", "failed", "given_up")),
}


def keep_metrics(folder: Path) -> None:
    """Have this process's counts added to those of the others; what cannot be counted is done all the same."""
    try:
        if not metric_files.keep_in(folder):
            return
    except OSError as error:
        log.warning("metrics_not_kept", folder=str(folder), reason=error.strerror)
        return
    for counter, labels in _FROM_ZERO.items():
        for each in product(*labels):
            counter.labels(*each).inc(0)


def when_committed(session: WriteSession, count: Callable[[], None]) -> None:
    """Count what this transaction does, unless it is rolled back."""
    event.listen(session.sync_session, "after_commit", lambda _: count(), once=True)
