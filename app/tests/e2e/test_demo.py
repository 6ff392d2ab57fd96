"""The demo as a newcomer meets it: started by its command, asked by HTTP, opened in a real browser, stopped."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Request, sync_playwright

from app.tests.test_devstack.waiting import eventually
from devstack.system import scratch_directory

ROOT = Path(__file__).parents[3]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
START_SECONDS = 180

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(START_SECONDS + 120)]


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "demo", "--port", str(port), "--listings", "600"]
    with (
        scratch_directory() as data_dir,
        subprocess.Popen(
            [*command, "--data-dir", str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        else:
            pytest.fail(f"the demo ended with {process.wait()}")
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(30) == 0


def test_three_answers_give_ranked_homes_with_reasons(demo: str) -> None:
    answers = {"budget_min": 5_000_000, "budget_max": 20_000_000, "property_type": "flat"}
    response = httpx.post(f"{demo}/api/v1/search/guided", json=answers, timeout=10)
    assert response.status_code == 200
    found = response.json()
    assert found["total_count"] > 20
    assert len(found["results"]) == 20
    assert all(home["reasons"] for home in found["results"])
    dependencies = httpx.get(f"{demo}/health", timeout=10).json()["dependencies"]
    assert dependencies["cache"]["status"] == "ok"


def test_a_worker_takes_jobs(demo: str) -> None:
    def workers() -> str:
        return str(httpx.get(f"{demo}/health", timeout=10).json()["dependencies"]["queue_workers"]["status"])

    eventually(lambda: workers() == "ok")


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_the_docs_pages_ask_no_other_host(demo: str, page: str) -> None:
    foreign: list[str] = []
    errors: list[str] = []

    def note(request: Request) -> None:
        # What the page's policy stopped did not leave the browser.
        if not request.url.startswith((demo, "data:", "blob:")) and request.failure != "csp":
            foreign.append(request.url)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        tab.on("requestfinished", note)
        tab.on("requestfailed", note)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(demo + page)
        tab.get_by_text("Homes that match the answers, best first").first.wait_for(state="attached", timeout=20_000)
        tab.wait_for_load_state("networkidle")
        browser.close()
    assert foreign == []
    assert errors == []
