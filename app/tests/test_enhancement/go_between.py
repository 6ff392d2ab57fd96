"""Stands between the app and its service as a network does, and holds calls on their way while a test wants it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PATIENCE_SECONDS = 180


class GoBetween:
    def __init__(self, url: str, targets: Mapping[str, str]) -> None:
        self.url = url
        self._targets = targets
        self._held: dict[str, tuple[threading.Event, threading.Event]] = {}

    @contextmanager
    def holding(self, path: str) -> Iterator[threading.Event]:
        """Calls to paths that begin so wait until the block ends; the event tells that one waits."""
        arrived, released = self._held[path] = threading.Event(), threading.Event()
        try:
            yield arrived
        finally:
            del self._held[path]
            released.set()

    def pass_on(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        """Raises HTTPError when nobody is there."""
        for held, (arrived, released) in list(self._held.items()):
            if path.startswith(held):
                arrived.set()
                released.wait(PATIENCE_SECONDS)
        target = next(url for prefix, url in self._targets.items() if path.startswith(prefix))
        return httpx.request(method, f"{target}{path}", headers=headers, content=body, timeout=PATIENCE_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    go_between: GoBetween

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}}
        with suppress(OSError):  # who called may be dead by now
            try:
                answer = self.go_between.pass_on(self.command, self.path, headers, body)
            except httpx.HTTPError:
                self.send_error(502)
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("content-type", ""))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

    do_GET = do_POST = _pass_on  # noqa: N815 - names of the library

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def go_between(targets: Mapping[str, str]) -> Iterator[GoBetween]:
    """`targets`: by the beginning of a path, where calls to it go."""
    handler = type("Bound", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.go_between = GoBetween(f"http://127.0.0.1:{server.server_port}", targets)  # type: ignore[attr-defined] # a class of its own for each server
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield handler.go_between  # type: ignore[attr-defined] # set above
    server.shutdown()
    server.server_close()
    thread.join()
