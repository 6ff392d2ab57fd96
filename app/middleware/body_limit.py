"""Refuses bodies that are too large, declared or streamed, before they are held in memory, too slow, or compressed."""

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.exceptions import BodyTooLargeError, BodyTooSlowError, CasaBricksError, UnsupportedMediaTypeError

PATIENCE_SECONDS = 20.0


class BodyLimit:
    """`render` turns the error into a response, so that it looks like every other error."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, render: Callable[[Scope, CasaBricksError], ASGIApp]) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.render = render

    def too_large(self) -> BodyTooLargeError:
        return BodyTooLargeError(f"The body may have at most {self.max_bytes // 1024} KB")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared) > self.max_bytes:
            await self.render(scope, self.too_large())(scope, receive, send)
            return
        if headers.get("content-encoding", "identity") not in {"identity", ""}:
            refusal = UnsupportedMediaTypeError(
                "The body must not be compressed", headers={"Accept-Encoding": "identity"}
            )
            await self.render(scope, refusal)(scope, receive, send)
            return
        guard = _Guard(self, scope, receive, send)
        await self.app(scope, guard.receive, guard.send)


class _Guard:
    """Counts and times one body.

    The framework turns any error while reading into its own 400, so its answer is replaced.
    """

    def __init__(self, limit: BodyLimit, scope: Scope, receive: Receive, send: Send) -> None:
        self._limit, self._scope, self._receive, self._send = limit, scope, receive, send
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
            self._refusal = BodyTooSlowError(
                f"The body must arrive within {PATIENCE_SECONDS:g} seconds", headers={"Connection": "close"}
            )
            raise self._refusal from None
        self._received += len(message.get("body", b""))
        if self._received > self._limit.max_bytes:
            self._refusal = self._limit.too_large()
            raise self._refusal
        self._complete = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if self._refusal is None:
            await self._send(message)
        elif not self._refused:
            self._refused = True
            await self._limit.render(self._scope, self._refusal)(self._scope, self._receive, self._send)
