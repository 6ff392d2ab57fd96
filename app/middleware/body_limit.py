"""Refuses bodies over a size, whether declared or streamed, before they are held in memory."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.exceptions import BodyTooLargeError, CasaBricksError


class BodyLimit:
    """`render` turns the error into a response, so that it looks like every other error."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, render: Callable[[Scope, CasaBricksError], ASGIApp]) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.render = render

    def refusal(self) -> BodyTooLargeError:
        return BodyTooLargeError(f"The body may have at most {self.max_bytes // 1024} KB")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > self.max_bytes:
            await self.render(scope, self.refusal())(scope, receive, send)
            return
        received = 0
        refused = False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                # The framework turns any error while reading into its own 400, so the answer is replaced below.
                raise self.refusal()
            return message

        async def guarded(message: Message) -> None:
            nonlocal refused
            if received <= self.max_bytes:
                await send(message)
            elif not refused:
                refused = True
                await self.render(scope, self.refusal())(scope, receive, send)

        await self.app(scope, counted, guarded)
