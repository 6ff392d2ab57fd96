"""What adapters share: clients, the reading of answers, and where results may come from."""

import asyncio
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.exceptions import InvalidInputError, UnavailableError
from app.infrastructure.ai import ServiceBusyError, ServiceRefusedError
from app.infrastructure.http import (
    Answer,
    ForbiddenUrlError,
    GuardedTransport,
    NoAnswerError,
    Reach,
    UnusableAnswerError,
    ascii_host,
    create_client,
    exchange,
    safe_fetch,
)

CALL_SECONDS = 30.0
DOWNLOAD_SECONDS = 90.0
MOST_ANSWER_BYTES = 64 * 1024
MOST_RESULT_BYTES = 40_000_000
LONGEST_WAIT_SECONDS = 24 * 3600.0
PICTURES = ("image/jpeg", "image/png", "image/webp")
# Too early, too many, and a request that is still being answered (409: the same Idempotency-Key).
PASSING_STATUSES = {408, 409, 425, 429}
REACHABLE_SECONDS = 30.0
T = TypeVar("T", bound=BaseModel)


class Service:
    """Calls go to the configured address, wherever it is; results are fetched through a guarded client."""

    def __init__(self, settings: Settings, base: str, own_hosts: tuple[str, ...] = ()) -> None:
        self.base = httpx.URL(base)
        reach = Reach(
            origins=(self.base,),
            hosts=(*own_hosts, *settings.ai_service_allowed_hosts),
            https_only=not settings.ai_service_private_addresses,
            private_addresses=settings.ai_service_private_addresses,
        )
        self._client = create_client()
        self._guarded = create_client(GuardedTransport(reach))
        self._reached = (0.0, True)

    async def call(self, method: str, url: str | httpx.URL, **options: Any) -> Answer:
        """Ask the service. Raises ServiceBusyError, ServiceRefusedError."""
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        headers = {**options.pop("headers", {}), **({"X-Request-ID": str(request_id)} if request_id else {})}
        try:
            answer = await exchange(
                self._client,
                method,
                url,
                seconds=CALL_SECONDS,
                max_bytes=MOST_ANSWER_BYTES,
                headers=headers,
                **options,
            )
        except NoAnswerError as error:
            raise ServiceBusyError(f"The AI service gave no answer: {error}") from None
        except ForbiddenUrlError as error:
            raise ServiceRefusedError(f"The AI service cannot be asked: {error}") from None
        return accepted(answer, "The AI service")

    async def download(self, url: str, headers: dict[str, str] | None = None) -> bytes:
        """A picture's bytes from an allowed host. Raises ServiceBusyError, ServiceRefusedError."""
        try:
            answer = await safe_fetch(
                self._guarded,
                url,
                content_types=PICTURES,
                max_bytes=MOST_RESULT_BYTES,
                seconds=DOWNLOAD_SECONDS,
                headers=headers,
            )
        except NoAnswerError as error:
            raise ServiceBusyError(f"The result could not be fetched: {error}") from None
        except (ForbiddenUrlError, UnusableAnswerError) as error:
            raise ServiceRefusedError(f"The result was not fetched: {error}") from None
        return accepted(answer, "The host of the result").body

    async def upload(self, url: str, data: bytes, content_type: str) -> None:
        """Put bytes where the service said, an allowed host. Raises ServiceBusyError, ServiceRefusedError."""
        try:
            answer = await exchange(
                self._guarded,
                "PUT",
                url,
                seconds=DOWNLOAD_SECONDS,
                max_bytes=MOST_ANSWER_BYTES,
                content=data,
                headers={"Content-Type": content_type},
            )
        except NoAnswerError as error:
            raise ServiceBusyError(f"The photo could not be uploaded: {error}") from None
        except ForbiddenUrlError as error:
            raise ServiceRefusedError(f"The photo was not uploaded: {error}") from None
        accepted(answer, "The host of uploads")

    async def check(self) -> None:
        """Whether a connection can be opened, asked at most twice a minute. Raises UnavailableError."""
        asked_at, reached = self._reached
        if time.monotonic() - asked_at > REACHABLE_SECONDS:
            reached = await self._connects()
            self._reached = (time.monotonic(), reached)
        if not reached:
            raise UnavailableError("The AI service cannot be reached")

    async def _connects(self) -> bool:
        port = self.base.port or (443 if self.base.scheme == "https" else 80)
        try:
            async with asyncio.timeout(1.5):
                _, writer = await asyncio.open_connection(ascii_host(self.base), port)
        except OSError:
            return False
        writer.close()
        return True

    async def close(self) -> None:
        await self._client.aclose()
        await self._guarded.aclose()


def read_body(kind: type[T], body: bytes) -> T:
    """A verified callback's body. Raises InvalidInputError naming the first field that is wrong."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"]) or "body"
        raise InvalidInputError(field, problem["msg"].removeprefix("Value error, "), kind=problem["type"]) from None


def accepted(answer: Answer, who: str) -> Answer:
    """The answer when it says yes. Raises ServiceBusyError, ServiceRefusedError."""
    if answer.is_success:
        return answer
    reason = f"{who} answered {answer.status}"
    if answer.status in PASSING_STATUSES or httpx.codes.is_server_error(answer.status):
        raise ServiceBusyError(reason, retry_after(answer.headers.get("retry-after")))
    raise ServiceRefusedError(reason)


def retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header, a number or a date; None without a usable one."""
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return min(float(value), LONGEST_WAIT_SECONDS)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - utc_now()).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)
