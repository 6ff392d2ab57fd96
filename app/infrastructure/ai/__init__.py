"""The services that enhance photos: what the app asks of one, and which it is (docs/enhancement.md)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.config.settings import Settings


class ServiceBusyError(Exception):
    """It may work later. `retry_after_seconds` is what the service asked for, if it did."""

    def __init__(self, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class ServiceRefusedError(Exception):
    """It will not work, however often it is tried."""


@dataclass(frozen=True, slots=True)
class Submission:
    """`read` gives the photo's bytes, for a service that wants them sent."""

    job_id: UUID
    image_url: str
    webhook_url: str
    content_type: str
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Report:
    """How a job ended, by what the service says."""

    job_id: UUID
    succeeded: bool
    result_url: str | None = None
    error: str | None = None
    provider_ref: str | None = None


class Provider(Protocol):
    """A service. Its methods that ask it raise ServiceBusyError and ServiceRefusedError."""

    name: str

    async def submit(self, submission: Submission) -> str | None:
        """Have it take the job, the same one when asked again; returns the name it gives the job, if it does."""

    async def poll(self, job_id: UUID, provider_ref: str | None) -> Report | None:
        """How the job ended; None when it has not, or the service does not know."""

    async def fetch(self, result_url: str | None, provider_ref: str | None) -> bytes:
        """The result, still to be judged: whatever was sent, up to the size limit."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return what names this callback. Raises UnauthenticatedError when it is not the service's."""

    def read_report(self, body: bytes) -> Report | None:
        """Read a verified callback; None when it is about no job. Raises InvalidInputError."""

    async def check(self) -> None:
        """Raises UnavailableError when the service cannot be reached."""

    async def close(self) -> None: ...


def missing_settings(settings: Settings) -> list[str]:
    """The variables without which nothing can be enhanced."""
    needed: dict[str, object] = {
        "AI_SERVICE_API_KEY": settings.ai_service_api_key,
        "AI_SERVICE_WEBHOOK_SECRET": settings.ai_service_webhook_secret,
    }
    if settings.ai_service_provider == "http":
        needed = {"AI_SERVICE_API_URL": settings.ai_service_api_url, **needed, "PUBLIC_URL": settings.public_url}
    return [name for name, value in needed.items() if not value]
