"""Measures what each public page costs a phone on its first visit, and how soon the count follows an answer.

    uv run python benchmarks/pages.py http://127.0.0.1:8000

Needs a running demo and Debian's Chromium. Each visit is a new visitor's, with an empty cache; each figure is the
median of five. The processor is not slowed down.
"""

import json
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page

from app.tests.e2e.browser import chromium, visitor

RUNS = 5
PHONE: dict[str, Any] = {"device_scale_factor": 2, "is_mobile": True}
ANSWERS: dict[str, Any] = {"property_type": "flat", "budget_max": 20_000_000}
RESULTS = Path(__file__).parent / "results" / "pages.json"
PHOTO = "photo"

OBSERVE = """
window.measured = {paint: 0, shift: 0};
new PerformanceObserver(list => {
  for (const entry of list.getEntriesByName('first-contentful-paint')) measured.paint = entry.startTime;
}).observe({type: 'paint', buffered: true});
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) measured.shift += entry.value;
}).observe({type: 'layout-shift', buffered: true});
"""
SCROLL = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
    scrollTo(0, y);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}"""
# From the change of the answer to the frame that shows the new count.
COUNT = """() => {
  let asked;
  document.addEventListener('change', () => { asked = performance.now() }, true);
  window.counted = new Promise(resolve => {
    new MutationObserver(() => requestAnimationFrame(() => resolve(performance.now() - asked)))
      .observe(document.querySelector('#said'), {childList: true});
  });
}"""


class Traffic:
    """Compressed bytes of the answers, headers included, by Chromium's resource type; pictures but SVG are photos."""

    def __init__(self, page: Page) -> None:
        self._types: dict[str, str] = {}
        self._sizes: dict[str, float] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._began)
        session.on("Network.loadingFinished", self._ended)
        session.send("Network.enable")

    def _began(self, event: dict[str, Any]) -> None:
        answer = event["response"]
        if answer["url"].startswith("data:"):
            return
        is_photo = answer["mimeType"].startswith("image/") and answer["mimeType"] != "image/svg+xml"
        self._types[event["requestId"]] = PHOTO if is_photo else event["type"].lower()

    def _ended(self, event: dict[str, Any]) -> None:
        self._sizes[event["requestId"]] = event["encodedDataLength"]

    def by_type(self) -> dict[str, float]:
        found: Counter[str] = Counter()
        for request, kind in self._types.items():
            found[kind] += int(self._sizes.get(request, 0))
        return dict(found)

    def requests(self) -> int:
        return len(self._types)


def visit(browser: Browser, origin: str, path: str) -> dict[str, Any]:
    with visitor(browser, origin, **PHONE) as page:
        page.set_viewport_size({"width": 360, "height": 800})
        page.add_init_script(OBSERVE)
        traffic = Traffic(page)
        page.goto(path, wait_until="networkidle")
        found: dict[str, Any] = {"requests": traffic.requests(), "bytes": traffic.by_type()}
        page.evaluate(SCROLL)
        found |= page.evaluate("measured")
        return found


def count_after_answer(browser: Browser, origin: str) -> float:
    with visitor(browser, origin, **PHONE) as page:
        page.goto("/", wait_until="networkidle")
        page.evaluate(COUNT)
        page.locator(".type", has_text="Villa").click()
        return float(page.evaluate("counted"))


def median_of(visits: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = sorted({kind for each in visits for kind in each["bytes"]})
    totals = [sum(each["bytes"].values()) for each in visits]
    photos = [each["bytes"].get(PHOTO, 0) for each in visits]
    return {
        "requests": statistics.median(each["requests"] for each in visits),
        "bytes": statistics.median(totals),
        "bytes_without_photos": statistics.median(a - b for a, b in zip(totals, photos, strict=True)),
        "bytes_by_type": {kind: statistics.median(each["bytes"].get(kind, 0) for each in visits) for kind in kinds},
        "first_contentful_paint_ms": statistics.median(each["paint"] for each in visits),
        "layout_shift": statistics.median(each["shift"] for each in visits),
    }


def public_pages(origin: str) -> dict[str, str]:
    """Their addresses, with homes that this demo has; what is compared and kept is from a shared link."""
    answer = httpx.post(f"{origin}/api/v1/search/guided", json=ANSWERS | {"budget_min": 0}, timeout=60)
    homes = [home["id"] for home in answer.raise_for_status().json()["results"]]
    return {
        "home": "/",
        "results": f"/homes?{httpx.QueryParams(ANSWERS)}",
        "detail": f"/homes/{homes[0]}",
        "compare": f"/compare?{httpx.QueryParams({'id': homes[:4]})}",
        "shortlist": f"/shortlist?{httpx.QueryParams({'id': homes[:4]})}",
        "method": "/method",
        "privacy": "/privacy",
    }


def show(figures: dict[str, dict[str, Any]], count_ms: float) -> None:
    columns = ("requests", "KB", "without photos", "document", "style", "script", "font", "paint ms", "shift")
    print(f"| first visit | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for name, each in figures.items():
        kinds = [each["bytes_by_type"].get(kind, 0) for kind in ("document", "stylesheet", "script", "font")]
        sizes = " | ".join(f"{size / 1024:.1f}" for size in (each["bytes"], each["bytes_without_photos"], *kinds))
        paint, shift = each["first_contentful_paint_ms"], each["layout_shift"]
        print(f"| {name} | {each['requests']} | {sizes} | {paint:.0f} | {shift:.4f} |")
    print(f"\nfrom an answer to the updated count: {count_ms:.0f} ms")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    origin = sys.argv[1].rstrip("/")
    pages = public_pages(origin)
    with chromium() as browser:
        visits: dict[str, list[dict[str, Any]]] = {name: [] for name in pages}
        for _ in range(RUNS):
            for name, path in pages.items():
                visits[name].append(visit(browser, origin, path))
        count_ms = statistics.median(count_after_answer(browser, origin) for _ in range(RUNS))
    figures = {name: median_of(each) for name, each in visits.items()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"pages": figures, "count_after_answer_ms": count_ms}, indent=1) + "\n")
    show(figures, count_ms)


if __name__ == "__main__":
    main()
