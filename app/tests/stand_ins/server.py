"""A small HTTP server that misbehaves when told to."""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple, Self


class Asked(NamedTuple):
    """A request; the path as it stands on the line, with its query; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


HTML = b"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
FAULTS = {
    "502 with HTML": Reply(502, HTML, {"content-type": "text/html"}),
    "503 with HTML": Reply(503, HTML, {"content-type": "text/html"}),
    "429": Reply(429, b'{"message":"Slow down"}', {"content-type": "application/json", "retry-after": "0"}),
    "507": Reply(507, b"Insufficient Storage", {"content-type": "text/plain"}),
}


class StandIn(ABC):
    """Answers as the subclass says, but for the faults that wait in `faults`, one a request.

    Beside those of FAULTS: "reset" (hung up on at once), "hang" (never answered), "cut" (half an answer), "lost" (done,
    and hung up on).
    """

    url: str

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.asked: Counter[str] = Counter()
        self._talks: set[asyncio.Task[None] | None] = set()

    @abstractmethod
    def answer(self, asked: Asked) -> Reply: ...

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        stand_in = cls()
        async with await asyncio.start_server(stand_in._talk, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            stand_in.url = f"http://{host}:{port}"
            yield stand_in
            for talk in [each for each in stand_in._talks if each is not None]:
                talk.cancel()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.add(asyncio.current_task())
        try:
            while (asked := await _read(reader)) is not None:
                await self._reply(asked, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _reply(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked[asked.method] += 1
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "hang":
            await asyncio.Event().wait()
        if fault in {"reset", "lost"}:
            if fault == "lost":
                self.answer(asked)
            writer.transport.abort()
            raise ConnectionResetError
        reply = FAULTS.get(fault) or self.answer(asked)
        empty = asked.method == "HEAD" or reply.status in {204, 304}
        headers = {"content-length": "0" if empty else str(len(reply.body))} | dict(reply.headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        body = b"" if empty else reply.body
        writer.write(
            f"HTTP/1.1 {reply.status} Stand-in\r\n{head}\r\n".encode()
            + body[: len(body) // 2 if fault == "cut" else None]
        )
        await writer.drain()
        if fault == "cut":
            writer.transport.abort()
            raise ConnectionResetError


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    line, *fields = head.strip().split("\r\n")
    method, path, _ = line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    assert "chunked" not in headers.get("transfer-encoding", ""), "sizes must be declared: limits do not hold otherwise"
    return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))
