"""Limits on the head of a request and on the time it takes to arrive, which uvicorn's protocol on httptools lacks.

A head of 60 MB would be held in memory and stall the worker; a connection that sends nothing, or a byte now and then,
would stay open for ever. docs/decisions/0015-limits-on-requests.md says why not h11 or a proxy alone.
"""

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 32 * 1024
ARRIVAL_SECONDS = 30.0
# A body that arrives at this pace has longer, until it is answered: the app ends those that are too large.
SLOWEST_BYTES_PER_SECOND = 64 * 1024
LINGER_SECONDS = 2.0
# From SIGTERM on, whatever the command says: uvicorn alone waits for ever for whoever reads nothing.
ENDING_SECONDS = 20.0
CLOSING = "closing"
_PROBLEM = json.dumps(
    {
        "type": "/problems/head-too-large",
        "title": "Head too large",
        "status": 431,
        "detail": f"Address and header fields may have at most {HEAD_BYTES // 1024} KB",
    }
).encode()
_REFUSAL = b"\r\n".join(
    (
        b"HTTP/1.1 431 Request Header Fields Too Large",
        b"content-type: application/problem+json",
        b"content-length: %d" % len(_PROBLEM),
        b"connection: close",
        b"",
        _PROBLEM,
    )
)


class LimitedProtocol(HttpToolsProtocol):
    """A head over 32 KB is refused, at the latest at 64; a request that is not all there after 30 s is hung up on.

    A second more is given for every 64 KB of its body.
    """

    _begun = False
    _refused = False
    _ending = False
    _unread = 0  # bytes since the last body byte or the end of a request: head, trailers, chunk extensions
    _body = 0  # bytes of the present request's body
    _since = 0.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # In pieces, since one read may be larger than a head may be; most requests are one piece.
        for start in range(0, len(data), HEAD_BYTES):
            if self._refused or self.transport.is_closing():
                return
            piece = data[start : start + HEAD_BYTES]
            self._unread += len(piece)
            super().data_received(piece)
            if self._unread > HEAD_BYTES:
                self._refuse()
        if not self._begun and not self._unread:
            self._rest()
        elif self._deadline is None:
            self._watch()

    def shutdown(self) -> None:
        """Whoever is connected may ask once more: the request may be on its way already, and would be cut off.

        An answer that would go on for minutes is told to end: it waits for an event in its request's state.
        """
        self._ending = True
        self.loop.call_later(ENDING_SECONDS, self.transport.abort)
        if self._is_idle():
            self.loop.call_later(LINGER_SECONDS, self._end_if_idle)
            return
        super().shutdown()
        closing: asyncio.Event | None = (self.scope or {}).get("state", {}).get(CLOSING)
        if closing is not None:
            closing.set()

    def on_message_begin(self) -> None:
        self._begun = True
        self._body = 0
        super().on_message_begin()
        # uvicorn believes X-Forwarded-For when it comes from this machine, and puts it in the client's place.
        self.scope["state"]["peer"] = self.client

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self._ending and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._begun = False
        self._unread = 0
        super().on_message_complete()

    def _watch(self) -> None:
        self._since = self.loop.time()
        self._deadline = self.loop.call_later(ARRIVAL_SECONDS, self._end_if_late)

    def _end_if_late(self) -> None:
        left = self._since + ARRIVAL_SECONDS + self._body / SLOWEST_BYTES_PER_SECOND - self.loop.time()
        if left > 0 and not self._is_idle():
            self._deadline = self.loop.call_later(left, self._end_if_late)
        else:
            self.transport.close()

    def _is_idle(self) -> bool:
        """No head has come that waits for its answer."""
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def _end_if_idle(self) -> None:
        if self._is_idle():
            self.transport.close()

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self) -> None:
        self._refused = True
        if self._is_idle():  # else in the middle of an answer
            self.transport.write(_REFUSAL)
        # What is still on its way is read and dropped: closing at once would take the answer away with it.
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def limit_requests() -> None:
    """Make uvicorn's protocol this one, whatever command started the app: by now the class is chosen, but not used."""

    def limited(_: type[HttpToolsProtocol], *__: Any, **___: Any) -> HttpToolsProtocol:
        return object.__new__(LimitedProtocol)

    HttpToolsProtocol.__new__ = limited  # type: ignore[method-assign,assignment] # uvicorn offers no other place
