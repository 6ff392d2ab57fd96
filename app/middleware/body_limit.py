"""Refuses bodies that are too large, declared or streamed, before they are held in memory, too slow, or compressed."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.exceptions import BodyTooLargeError, BodyTooSlowError, CasaBricksError, UnsupportedMediaTypeError

PATIENCE_SECONDS = 20.0
# What a file must arrive with: 10 MB may take three minutes, a byte now and then ends after 20 seconds.
SLOWEST_BYTES_PER_SECOND = 64 * 1024


class Upload(NamedTuple):
    """To which paths files are posted, how large such a body may be, and what to do with a larger one."""

    path: re.Pattern[str]
    max_bytes: int
    advice: str = ""


class BodyLimit:
    """`render` turns the error into a response, so that it looks like every other error."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        uploads: Sequence[Upload],
        render: Callable[[Scope, CasaBricksError], ASGIApp],
    ) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.uploads = uploads
        self.render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_post = scope["method"] == "POST"
        upload = next((each for each in self.uploads if is_post and each.path.fullmatch(scope["path"])), None)
        max_bytes = upload.max_bytes if upload else self.max_bytes
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared) > max_bytes:
            await self.render(scope, _too_large(max_bytes, upload))(scope, receive, send)
            return
        if headers.get("content-encoding", "identity") not in {"identity", ""}:
            refusal = UnsupportedMediaTypeError(
                "The body must not be compressed", headers={"Accept-Encoding": "identity"}
            )
            await self.render(scope, refusal)(scope, receive, send)
            return
        guard = _Guard(self, scope, receive, send, max_bytes, upload)
        await self.app(scope, guard.receive, guard.send)


def _too_large(max_bytes: int, upload: Upload | None) -> BodyTooLargeError:
    size = f"{max_bytes >> 20} MB" if max_bytes >= 1 << 20 else f"{max_bytes >> 10} KB"
    advice = f"; {upload.advice}" if upload and upload.advice else ""
    return BodyTooLargeError(f"The body may have at most {size}{advice}")


class _Guard:
    """Counts and times one body.

    The framework turns any error while reading into its own 400, so its answer is replaced.
    """

    def __init__(
        self, limit: BodyLimit, scope: Scope, receive: Receive, send: Send, max_bytes: int, upload: Upload | None
    ) -> None:
        self._limit, self._scope, self._receive, self._send = limit, scope, receive, send
        self._max_bytes, self._upload = max_bytes, upload
        self._deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        self._received = 0
        self._complete = False
        self._refusal: CasaBricksError | None = None
        self._refused = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self._refusal = BodyTooSlowError(self._pace(), headers={"Connection": "close"})
            raise self._refusal from None
        arrived = len(message.get("body", b""))
        self._received += arrived
        if self._received > self._max_bytes:
            self._refusal = _too_large(self._max_bytes, self._upload)
            raise self._refusal
        if self._upload:
            self._deadline += arrived / SLOWEST_BYTES_PER_SECOND
        self._complete = not message.get("more_body", False)
        return message

    def _pace(self) -> str:
        if self._upload:
            return f"The file must arrive with at least {SLOWEST_BYTES_PER_SECOND >> 10} KB a second"
        return f"The body must arrive within {PATIENCE_SECONDS:g} seconds"

    async def send(self, message: Message) -> None:
        if self._refusal is None:
            await self._send(message)
        elif not self._refused:
            self._refused = True
            await self._limit.render(self._scope, self._refusal)(self._scope, self._receive, self._send)
