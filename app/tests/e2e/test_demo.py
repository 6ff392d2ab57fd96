"""The demo as a newcomer meets it: started by its command, asked by HTTP, opened in a real browser, stopped."""

import httpx
import pytest
from playwright.sync_api import Browser

from app.tests.e2e.browser import Watch
from app.tests.test_devstack.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


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


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_docs_pages_ask_no_other_host(browser: Browser, demo: str, path: str) -> None:
    watch, page = Watch(demo), browser.new_page()
    watch.over(page)
    page.goto(demo + path)
    page.get_by_text("Homes that match the answers, best first").first.wait_for(state="attached", timeout=20_000)
    page.wait_for_load_state("networkidle")
    page.close()
    assert watch.foreign == []
    # ReDoc's own logo is what its maker's host would be asked for; the policy stops it.
    assert [error for error in watch.errors if "Content Security Policy" not in error] == []
