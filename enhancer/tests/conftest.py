"""A client of the service as the app is one: it serves a photo, takes callbacks and looks at their signatures."""

import base64
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from enhancer.engine.light import Bytes
from enhancer.service.settings import Settings

PHOTOS = Path(__file__).parents[2] / "app" / "data" / "photos"
PATIENCE_SECONDS = 60  # a busy machine is no failure


def read_photo(name: str, longest: int = 800) -> Bytes:
    image = cv2.imread(str(PHOTOS / f"exterior_{name}.jpg"), cv2.IMREAD_COLOR)
    assert image is not None
    scale = longest / max(image.shape[:2])
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def as_jpeg(image: Bytes) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


@dataclass
class ClientSide:
    """`photos` by path, those `fetched`; `answers` to callbacks, the last one for ever; `callbacks` that came."""

    url: str
    webhook: Webhook
    photos: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [200])
    callbacks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        said = self.webhook.verify(body, headers)
        with self.came:
            self.callbacks.append((headers["webhook-id"], said))
            self.came.notify_all()
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def wait_for_callbacks(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.callbacks) >= count, PATIENCE_SECONDS), self.callbacks
            return list(self.callbacks)

    def wait_for_downloads(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.fetched) >= count, PATIENCE_SECONDS), self.fetched


@pytest.fixture(scope="session")
def webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def client_side(webhook_secret: str) -> Iterator[ClientSide]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with side.came:
                side.fetched.append(self.path)
                side.came.notify_all()
            photo = side.photos.get(self.path)
            self.send_response(404 if photo is None else 200)
            self.send_header("Content-Length", str(len(photo or b"")))
            self.end_headers()
            self.wfile.write(photo or b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(side.take({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name the library has
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    side = ClientSide(f"http://127.0.0.1:{server.server_port}", Webhook(webhook_secret))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield side
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def settings(tmp_path: Path, webhook_secret: str) -> Settings:
    return Settings(
        api_key=SecretStr("tests-ask-with-this-key"),
        webhook_secret=SecretStr(webhook_secret),
        client_hosts=frozenset({"127.0.0.1"}),
        public_url="http://127.0.0.1:1",
        data_folder=tmp_path / "enhancer",
    )
