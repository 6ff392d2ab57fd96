"""A server on this machine that answers as it is told: as a service should, or as none should."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class StandIn:
    """Answers each "METHOD /path" by its behaviours in turn, the last one for ever; 404 elsewhere."""

    url: str
    received: list[Received] = field(default_factory=list)
    _behaviours: dict[str, list[Behaviour]] = field(default_factory=dict)

    def on(self, request: str, *behaviours: Behaviour) -> None:
        self._behaviours[request] = list(behaviours)

    def next_for(self, request: str) -> Behaviour:
        behaviours = self._behaviours.get(request, [reply(404)])
        return behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]

    def asked(self, request: str) -> list[Received]:
        return [each for each in self.received if f"{each.method} {each.path}" == request]


class Handler(BaseHTTPRequestHandler):
    stand_in: StandIn

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.stand_in.received.append(Received(self.command, self.path, headers, body))
        with suppress(OSError):  # the client has left
            self.stand_in.next_for(f"{self.command} {self.path}")(self)

    do_GET = do_POST = do_PUT = _handle  # noqa: N815 - names of the library

    def log_message(self, *_: object) -> None:
        pass


def reply(status: int, body: bytes | dict[str, Any] = b"", **headers: str) -> Behaviour:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def behave(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return behave


def picture(data: bytes, content_type: str = "image/jpeg") -> Behaviour:
    return reply(200, data, Content_Type=content_type)


def redirect(location: str) -> Behaviour:
    return reply(302, Location=location)


def hang_up(handler: Handler) -> None:
    handler.close_connection = True


def never_answer(handler: Handler) -> None:
    with suppress(OSError):
        handler.connection.recv(1)  # until the client leaves


def answer_without_end(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "image/jpeg")
    handler.end_headers()
    while True:
        handler.wfile.write(b"\xff\xd8" + bytes(100_000))


def drip(handler: Handler) -> None:
    """A byte now and then: no single wait is long."""
    handler.send_response(200)
    handler.send_header("Content-Type", "image/jpeg")
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.02)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the library's 5 some of many callers at once are turned away


@contextmanager
def serve() -> Iterator[StandIn]:
    handler = type("Bound", (Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_port}")
    handler.stand_in = stand_in  # type: ignore[attr-defined] # a class of its own for each server
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield stand_in
    server.shutdown()
    server.server_close()
    thread.join()
