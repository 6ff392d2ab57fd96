"""The contract: what is taken, refused and told, and that every job ends in a callback whatever happens."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
import uvicorn

from enhancer.service import worker
from enhancer.service.main import create_app
from enhancer.service.settings import Settings
from enhancer.service.store import SCHEDULE, QueueFullError, Store
from enhancer.service.wire import EnhanceRequest
from enhancer.tests.conftest import ClientSide, as_jpeg, read_photo

QUICK = tuple(0.0 if seconds == 0 else 0.01 for seconds in SCHEDULE)


@dataclass
class Running:
    http: httpx.Client
    side: ClientSide
    key: str

    def body(self, **changes: Any) -> dict[str, Any]:
        return {
            "job_id": "attempt-1",
            "image_url": f"{self.side.url}/photo.jpg",
            "webhook_url": f"{self.side.url}/hook",
            "operations": ["exposure", "white_balance", "denoise", "verticals", "sharpen"],
            "forbidden": ["sky", "objects"],
        } | changes

    def ask(self, key: str = "key-1", **changes: Any) -> httpx.Response:
        return self.http.post("/enhance", json=self.body(**changes), headers={"Idempotency-Key": key})

    def ended(self) -> dict[str, Any]:
        return self.side.wait_for_callbacks(1)[-1][1]

    def result(self) -> cv2.typing.MatLike:
        path = httpx.URL(self.ended()["enhanced_image_url"]).path
        picture = cv2.imdecode(np.frombuffer(self.http.get(path).content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        return picture


@pytest.fixture
def service(settings: Settings, client_side: ClientSide) -> Iterator[Running]:
    client_side.photos["/photo.jpg"] = as_jpeg((read_photo("lund_04") * 0.3).astype(np.uint8))
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(settings.model_copy(update={"public_url": url}), QUICK)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    key = settings.api_key.get_secret_value()
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
        yield Running(http, client_side, key)
    server.should_exit = True
    thread.join()
    listener.close()


def test_a_job_is_taken_done_and_reported(service: Running) -> None:
    taken = service.ask()
    assert taken.status_code == 202
    said = service.ended()
    assert said["job_id"] == "attempt-1"
    assert said["status"] == "success"
    assert said["error_message"] is None
    assert said["processing_time_seconds"] >= 0
    assert service.result().mean() > 2 * 0.3 * read_photo("lund_04").mean()
    for name in ("attempt-1", taken.json()["reference"]):
        polled = service.http.get(f"/jobs/{name}").json()
        assert polled == {"reference": taken.json()["reference"], **said}
    assert service.http.get("/health").json() == {"status": "ok", "waiting": 0}


def test_the_same_key_is_the_same_job(service: Running) -> None:
    first, second = service.ask("once"), service.ask("once")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    service.ended()
    third = service.ask("once")
    assert third.json() == first.json()
    assert len(service.side.callbacks) == 1
    other = service.ask("once", job_id="attempt-2")
    assert other.status_code == 422
    assert other.json()["errors"] == [{"field": "Idempotency-Key", "message": "was used for another request"}]


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic abc", "Bearer", "Bearer schlüssel"])
def test_without_the_key_nothing_is_told(service: Running, given: str | None) -> None:
    headers = {b"Idempotency-Key": b"k", b"Authorization": (given or "").encode()}
    for answer in (
        service.http.post("/enhance", json=service.body(), headers=headers),
        service.http.get("/jobs/attempt-1", headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"job_id": ""}, "job_id", "at least 1 character"),
        ({"job_id": None}, "job_id", "a valid string"),
        ({"image_url": "file:///etc/passwd"}, "image_url", "must be an http or https address"),
        ({"image_url": "http://[::1"}, "image_url", "must be an http or https address"),
        ({"image_url": "http://169.254.169.254/latest"}, "image_url", "a host that this service does not work for"),
        ({"webhook_url": "https://elsewhere.example/hook"}, "webhook_url", "a host that this service does not"),
        ({"operations": []}, "operations", "leaves no operation to do"),
        ({"operations": "exposure"}, "operations", "a valid array"),
        ({"operations": ["sky_replacement"]}, "operations.0", "'exposure', 'white_balance', 'denoise'"),
        ({"operations": ["verticals"], "forbidden": ["verticals"]}, "forbidden", "leaves no operation to do"),
        ({"forbidden": ["sky", "people"]}, "forbidden.1", "must be one of sky, objects, exposure, white_balance"),
    ],
)
def test_what_is_wrong_is_named_with_its_rule(service: Running, changes: dict[str, Any], field: str, rule: str) -> None:
    answer = service.ask(**changes)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["detail"] == "The request is not valid"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert rule in problem["errors"][0]["message"]
    assert service.http.get("/health").json()["waiting"] == 0


def test_a_key_is_required_and_bodies_are_bounded(service: Running) -> None:
    assert service.http.post("/enhance", json=service.body()).json()["errors"][0]["field"] == "Idempotency-Key"
    headers = {"Idempotency-Key": "k"}
    assert service.http.post("/enhance", content=b"{", headers=headers).status_code == 422
    assert service.http.post("/enhance", content=b" " * 70_000, headers=headers).status_code == 413


def test_only_operations_asked_for_and_not_forbidden_run(service: Running) -> None:
    service.ask(operations=["verticals", "exposure", "sharpen"], forbidden=["exposure", "sky"])
    # Very dark, but light was not to be touched.
    assert service.result().mean() == pytest.approx(0.3 * read_photo("lund_04").mean(), rel=0.05)


@pytest.mark.parametrize(
    ("photo", "says"),
    [
        (None, "answered 404"),
        (b"<svg></svg>", "no JPEG, PNG or WebP"),
        (b"\xff\xd8\xff" + b"x" * 500, "damaged"),
        (b"", "no JPEG, PNG or WebP"),
    ],
)
def test_a_photo_that_cannot_be_used_fails_with_the_reason(service: Running, photo: bytes | None, says: str) -> None:
    service.side.photos.clear()
    if photo is not None:
        service.side.photos["/photo.jpg"] = photo
    service.ask()
    said = service.ended()
    assert said["status"] == "failed"
    assert said["enhanced_image_url"] is None
    assert says in said["error_message"]


def test_a_file_over_the_limit_is_not_read_to_its_end(service: Running, settings: Settings) -> None:
    service.side.photos["/photo.jpg"] = b"\xff\xd8\xff" + bytes((settings.max_image_mb + 1) * 1024 * 1024)
    service.ask()
    assert service.ended()["error_message"] == f"The photo is larger than {settings.max_image_mb} MB"


def test_a_disk_that_is_away_fails_no_photo(
    service: Running, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_DISK_PAUSE_SECONDS", 0.01)
    service.side.photos["/photo.jpg"] = as_jpeg(read_photo("lund_04", 100))
    results = settings.data_folder / "results"
    results.rmdir()
    service.ask()
    service.side.wait_for_downloads(2 * worker._MOST_STARTS)
    results.mkdir()
    assert service.ended()["status"] == "success"


def test_a_callback_is_repeated_with_the_same_id_until_it_is_taken(service: Running) -> None:
    service.side.answers = [500, 302, 429, 200]
    service.ask()
    callbacks = service.side.wait_for_callbacks(4)
    assert len({message_id for message_id, _ in callbacks}) == 1
    assert all(said == callbacks[0][1] for _, said in callbacks)


@pytest.mark.parametrize("answer", [404, 410])
def test_a_job_that_nobody_waits_for_is_not_reported_again(service: Running, answer: int) -> None:
    service.side.answers = [answer]
    service.ask("first")
    service.side.wait_for_callbacks(1)
    service.side.answers = [200]
    service.ask("second", job_id="attempt-2")
    callbacks = service.side.wait_for_callbacks(2)
    assert [said["job_id"] for _, said in callbacks] == ["attempt-1", "attempt-2"]


def test_the_schedule_is_that_of_standard_webhooks(
    tmp_path: Path, request_for: Callable[[str], EnhanceRequest]
) -> None:
    now = [1000.0]
    store = Store(tmp_path / "jobs.sqlite3", clock=lambda: now[0])
    store.add("k", request_for("j"), 10)
    started = store.start([])
    assert started is not None
    store.end(started, seconds=1, result="r.jpg")
    pauses = []
    while (pause := store.seconds_until_due()) is not None:
        pauses.append(pause)
        now[0] += pause
        (due,) = store.due(10)
        store.callback_sent(due, delivered=False)
    hour = 3600
    assert pauses == [0, 5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]


def test_jobs_survive_the_store_and_are_started_once_at_a_time(
    tmp_path: Path, request_for: Callable[[str], EnhanceRequest]
) -> None:
    first = Store(tmp_path / "jobs.sqlite3").add("k", request_for("j"), 1)
    store = Store(tmp_path / "jobs.sqlite3")
    with pytest.raises(QueueFullError):
        store.add("other", request_for("j2"), 1)
    started = store.start([])
    assert started is not None
    assert started.reference == first.reference
    assert store.start([first.reference]) is None
    again = Store(tmp_path / "jobs.sqlite3").start([])
    assert again is not None
    assert (again.reference, again.starts) == (first.reference, 2)


def test_old_jobs_are_forgotten_and_waiting_ones_are_not(
    tmp_path: Path, request_for: Callable[[str], EnhanceRequest]
) -> None:
    now = [0.0]
    store = Store(tmp_path / "jobs.sqlite3", clock=lambda: now[0])
    ended, waiting = (store.add(name, request_for(name), 10) for name in ("ended", "waiting"))
    store.end(ended, seconds=1, error="no")
    now[0] = 100.0
    store.forget(99)
    assert store.find(ended.reference) is None
    assert store.find(waiting.job_id) is not None


@pytest.fixture
def request_for() -> Callable[[str], EnhanceRequest]:
    def make(job_id: str) -> EnhanceRequest:
        url = "http://127.0.0.1/x"
        values = {"job_id": job_id, "image_url": url, "webhook_url": url, "operations": ["exposure"]}
        return EnhanceRequest.model_validate(values)

    return make


@pytest.mark.parametrize("name", ["../jobs.sqlite3", "..%2Fjobs.sqlite3", "a" * 32 + ".jpg", "x.jpg"])
def test_only_results_are_served(service: Running, name: str) -> None:
    assert service.http.get(f"/results/{name}").status_code == 404


def test_a_colour_profile_travels_with_the_photo(service: Running) -> None:
    profile = np.frombuffer(b"\0\0\0\x80" + b"profile " * 15 + b"!!!!", np.uint8)
    photo = read_photo("lund_04")
    kinds = [cv2.IMAGE_METADATA_ICCP]
    _, file = cv2.imencodeWithMetadata(".jpg", photo, kinds, [profile])
    service.side.photos["/photo.jpg"] = file.tobytes()
    service.ask()
    path = httpx.URL(service.ended()["enhanced_image_url"]).path
    assert profile.tobytes() in service.http.get(path).content
