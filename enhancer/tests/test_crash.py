"""kill -9 at several moments of a job: after a restart it is done and reported, always under the same webhook id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from enhancer.service.settings import Settings
from enhancer.tests.conftest import PATIENCE_SECONDS, ClientSide, as_jpeg, read_photo


@contextmanager
def process(settings: Settings, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The real program; killed at the end however the test left it."""
    environment = {
        "ENHANCER_API_KEY": settings.api_key.get_secret_value(),
        "ENHANCER_WEBHOOK_SECRET": settings.webhook_secret.get_secret_value(),
        "ENHANCER_CLIENT_HOSTS": ",".join(settings.client_hosts),
        "ENHANCER_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ENHANCER_PORT": str(port),
        "ENHANCER_DATA_FOLDER": str(settings.data_folder),
    }
    child = subprocess.Popen([sys.executable, "-m", "enhancer"], env=os.environ | environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            wait_until(lambda: answers(http))
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/health").status_code == 200
    except httpx.TransportError:
        return False


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def ask(port: int, settings: Settings, side: ClientSide) -> str:
    body = {
        "job_id": "attempt-1",
        "image_url": f"{side.url}/photo.jpg",
        "webhook_url": f"{side.url}/hook",
        "operations": ["exposure", "denoise"],
    }
    headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}", "Idempotency-Key": "attempt-1"}
    answer = httpx.post(f"http://127.0.0.1:{port}/enhance", json=body, headers=headers, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 202
    return str(answer.json()["reference"])


@pytest.mark.parametrize("moment", ["just taken", "at work"])
def test_a_killed_service_does_the_job_after_all(moment: str, settings: Settings, client_side: ClientSide) -> None:
    client_side.photos["/photo.jpg"] = as_jpeg((read_photo("berlin_facade_01", 1600) * 0.3).astype("uint8"))
    port = free_port()
    with process(settings, port) as child:
        reference = ask(port, settings, client_side)
        if moment == "at work":
            wait_until(lambda: "/photo.jpg" in client_side.fetched)
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert client_side.callbacks == []
    with process(settings, port):
        ((_, said),) = client_side.wait_for_callbacks(1)
        assert said["status"] == "success"
        assert httpx.get(said["enhanced_image_url"]).content.startswith(b"\xff\xd8\xff")
        assert ask(port, settings, client_side) == reference
    assert not list(Path(settings.data_folder / "results").glob("*.part"))


def test_a_callback_that_was_refused_goes_out_after_a_kill_under_its_id(
    settings: Settings, client_side: ClientSide
) -> None:
    client_side.photos["/photo.jpg"] = as_jpeg(read_photo("lund_04", 400))
    client_side.answers = [503, 200]
    port = free_port()
    with process(settings, port) as child:
        ask(port, settings, client_side)
        client_side.wait_for_callbacks(1)
        child.send_signal(signal.SIGKILL)
        child.wait()
    with process(settings, port):
        first, second = client_side.wait_for_callbacks(2)[:2]
    assert first == second


def test_a_photo_that_ends_the_process_each_time_is_given_up(settings: Settings, client_side: ClientSide) -> None:
    client_side.photos["/photo.jpg"] = as_jpeg((read_photo("berlin_facade_01", 1600) * 0.3).astype("uint8"))
    port = free_port()
    for attempt in range(3):
        with process(settings, port) as child:
            if attempt == 0:
                ask(port, settings, client_side)
            wait_until(lambda seen=attempt: len(client_side.fetched) > seen)  # type: ignore[misc] # bound now
            child.send_signal(signal.SIGKILL)
            child.wait()
    with process(settings, port):
        ((_, said),) = client_side.wait_for_callbacks(1)
    assert (said["status"], said["error_message"]) == ("failed", "Enhancing the photo failed several times")


@pytest.mark.parametrize(("name", "value"), [("ENHANCER_API_KEY", "short"), ("ENHANCER_WEBHOOK_SECRET", "whsec_x")])
def test_it_does_not_start_with_a_wrong_setting_and_says_which(name: str, value: str) -> None:
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("ENHANCER_")}
    child = subprocess.run(
        [sys.executable, "-m", "enhancer"],
        env=inherited | {name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert child.returncode == 2
    assert name in child.stderr
    assert "ENHANCER_CLIENT_HOSTS: Field required" in child.stderr
    assert value not in child.stderr.replace("whsec_ and", "")
