"""Supabase Storage by its HTTP interface, as the server really answers (docs/storage.md).

Nearly every refusal of it is HTTP 400, and what it means stands in the body: `statusCode`, a text, and `code`. What a
proxy before it answers is HTML.
"""

import asyncio
import json
import random
from typing import Any, NamedTuple

import httpx
import structlog

from app.core.exceptions import NotFoundError, StorageFullError, UnavailableError
from app.infrastructure.storage.keys import FOR_EVER, TYPES, checked

log = structlog.get_logger()
CONNECT_SECONDS = 5.0
TIMEOUT_SECONDS = 15.0
# All tries of one call together.
PATIENCE_SECONDS = 40.0
TRIES = 4
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
DUPLICATE, NOT_FOUND = 409, 404
PASSING = {423, 429, *range(500, 600)}
FULL = 507


class _Answer(NamedTuple):
    """`status` is the one the body names, where it names one; `body` is None when it is no JSON."""

    status: int
    code: str
    body: Any
    content: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's success


class SupabaseStorage:
    def __init__(
        self,
        url: str,
        key: str,
        bucket: str,
        media_url: str,
        *,
        largest_bytes: int,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._bucket, self._media_url, self._largest_bytes = bucket, media_url, largest_bytes
        # The new keys (sb_secret_…) are no tokens and are refused as such.
        headers = {"apikey": key} | ({} if key.startswith("sb_") else {"Authorization": f"Bearer {key}"})
        self._http = httpx.AsyncClient(
            base_url=f"{url}/storage/v1",
            headers=headers,
            timeout=httpx.Timeout(timeout_seconds, connect=CONNECT_SECONDS),
        )

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        headers = {"Content-Type": content_type, "Cache-Control": FOR_EVER, "x-upsert": "false"}
        answer = await self._ask("POST", f"/object/{self._bucket}/{checked(key)}", content=data, headers=headers)
        # There already: by an earlier upload of the same bytes, or by a try whose answer was lost.
        if answer.status != DUPLICATE and not (answer.is_good and answer.body is not None):
            raise _refused(answer)

    async def get(self, key: str) -> bytes:
        answer = await self._ask("GET", f"/object/{self._bucket}/{checked(key)}")
        if answer.is_good:
            return answer.content
        if _has_no_object(answer):
            raise NotFoundError("This picture is not in the storage")
        raise _refused(answer)

    async def delete(self, key: str) -> None:
        # Not the call for many keys, which says 200 whatever the key may do.
        answer = await self._ask("DELETE", f"/object/{self._bucket}/{checked(key)}")
        if not (answer.is_good or _has_no_object(answer)):
            raise _refused(answer)

    def public_url(self, key: str) -> str:
        return self._media_url + checked(key)

    async def check(self) -> None:
        # Reading a public object would do without a key, and so prove nothing.
        answer = await self._ask("GET", f"/bucket/{self._bucket}")
        if not answer.is_good or not isinstance(answer.body, dict):
            raise _refused(answer)
        limit, types = answer.body.get("file_size_limit"), answer.body.get("allowed_mime_types")
        if not answer.body.get("public"):
            raise UnavailableError("The bucket is not public, so nobody would see the pictures")
        if limit is not None and limit < self._largest_bytes:
            raise UnavailableError(f"The bucket takes files up to {limit:,} bytes only, less than MAX_FILE_SIZE_MB")
        if types and "image/*" not in types and not set(TYPES.values()) <= set(types):
            raise UnavailableError(f"The bucket does not take all of {', '.join(TYPES.values())}")

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, method: str, path: str, **request: Any) -> _Answer:
        """The first answer that another try would not change, or the last. Raises UnavailableError."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                for number in range(TRIES):
                    try:
                        response = await self._http.request(method, path, **request)
                    except httpx.RequestError as error:
                        reason, wait = type(error).__name__, 0.0
                    else:
                        answer = _read(response)
                        if answer.status not in PASSING or answer.status == FULL:
                            return answer
                        reason, wait = str(answer.status), _asked_to_wait(response)
                    log.warning("storage_failed", method=method, reason=reason, tries=number + 1)
                    if number + 1 < TRIES:
                        backoff = random.uniform(0.5, 1) * FIRST_WAIT_SECONDS * 2**number
                        await asyncio.sleep(min(max(wait, backoff), LONGEST_WAIT_SECONDS))
        except TimeoutError:
            reason = "TimeoutError"
        raise UnavailableError(f"The picture storage does not answer as it should ({reason}); try again")


def _read(response: httpx.Response) -> _Answer:
    body: Any = None
    # What was asked for may be JSON too, but no picture is.
    if "json" in response.headers.get("content-type", ""):
        try:
            body = response.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            body = None
    said = body if isinstance(body, dict) and not response.is_success else {}
    named = str(said.get("statusCode", ""))
    return _Answer(
        int(named) if named.isdecimal() else response.status_code,
        str(said.get("code") or said.get("error") or ""),
        body,
        response.content,
    )


def _asked_to_wait(response: httpx.Response) -> float:
    asked: str = response.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else 0.0


def _has_no_object(answer: _Answer) -> bool:
    """A missing bucket is 404 as well."""
    return answer.status == NOT_FOUND and answer.code in {"NoSuchKey", "not_found"}


def _refused(answer: _Answer) -> UnavailableError:
    if answer.status == FULL:
        return StorageFullError("The picture storage is full")
    log.error("storage_refused", status=answer.status, code=answer.code)
    return UnavailableError(f"The picture storage refuses: {answer.code or 'HTTP'} ({answer.status})")
