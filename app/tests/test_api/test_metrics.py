"""/metrics: true with many processes, and equal to what the database says."""

from pathlib import Path

import httpx
import psutil
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.config.database import Database, create_database
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.metrics import LIMITER
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EnhancementState, InquiryStatus, ListingType, PropertyType
from app.main import create_app
from app.models.enhancement import Enhancement
from app.models.image import PropertyImage
from app.tests.conftest import client_of
from app.tests.counting import own, total
from app.tests.factories import make_inquiry, make_properties
from app.tests.served import PATIENCE_SECONDS, served
from app.tests.test_devstack.waiting import eventually


def requests(exposition: str, **labels: str) -> float:
    return total(exposition, "casabricks_http_request_duration_seconds_count", **labels)


async def scrape(client: httpx.AsyncClient) -> str:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


async def test_figures_of_the_database_are_what_it_says(database: Database, client: httpx.AsyncClient) -> None:
    kinds = [("flat", "sale"), ("flat", "sale"), ("flat", "rent"), ("villa", "sale"), ("plot", "sale")]
    rows = [
        {
            "property_type": PropertyType(kind),
            "listing_type": ListingType(purpose),
            "bhk": None,
            "area_sqft": None,
            "area_basis": None,
            "is_active": number != 1,
        }
        for number, (kind, purpose) in enumerate(kinds)
    ]
    async with unit_of_work(database) as session:
        listings = await make_properties(session, rows)
        photos = [
            PropertyImage(
                property_id=listing.id,
                sha256=f"{number:064}",
                original_key=f"properties/{listing.id}/{number}.jpg",
                content_type="image/jpeg",
                width=1200,
                height=800,
                image_type="front_exterior",
                variants_due_at=None,
            )
            for number, listing in enumerate(listings)
        ]
        session.add_all(photos)
        await session.flush()
        for photo, state in zip(photos, EnhancementState, strict=False):
            times = {"requested_at": utc_now(), "next_try_at": utc_now(), "ask_at": utc_now()}
            session.add(Enhancement(image_id=photo.id, attempt=1, provider="http", state=state, **times))
        await make_inquiry(session)
        await make_inquiry(session, status=InquiryStatus.LOST)
        await session.execute(text("UPDATE enhancements SET requested_at = now() - interval '1 hour'"))
    shown = await scrape(client)
    async with database.read() as session:
        listed = await session.execute(
            text("SELECT property_type, count(*) FROM properties WHERE is_listed GROUP BY property_type")
        )
        counts: dict[str, int] = dict(listed.all())
    assert counts == {"flat": 2, "villa": 1, "plot": 1}
    for kind in PropertyType:
        assert total(shown, "casabricks_properties_active", property_type=kind) == counts.get(kind, 0)
    assert total(shown, "casabricks_queue_length", queue="enhancement") == 3
    assert 3600 <= total(shown, "casabricks_queue_oldest_seconds", queue="enhancement") < 7200
    assert total(shown, "casabricks_queue_length", queue="email") == 0
    assert total(shown, "casabricks_inquiries_now", status="lost") == 1
    assert total(shown, "casabricks_enhancements", state="completed") == 1
    assert total(shown, "casabricks_database_up") == 1


async def test_without_the_database_the_counts_are_there_and_the_figures_are_not(settings: Settings) -> None:
    away = create_database(settings.model_copy(update={"database_url": "postgresql+asyncpg://127.0.0.1:1/none"}))
    async with client_of(create_app(settings, away)) as client:
        await client.get("/health/live")
        shown = await scrape(client)
    assert total(shown, "casabricks_database_up") == 0
    assert "casabricks_properties_active" not in shown
    assert requests(shown, route="/health/live") >= 1


async def test_what_a_client_makes_up_makes_no_series(client: httpx.AsyncClient) -> None:
    before = await scrape(client)
    for path in ("/made/up/1", "/made/up/2", "/api/v1/properties/not-an-id", "/static-offline-docs/made-up.js"):
        await client.get(path)
    await client.request("BREW", "/made/up/3")
    await client.head("/health/live")
    after = await scrape(client)
    assert "made" not in after
    assert "not-an-id" not in after
    for labels in (
        {"route": "/api/v1/properties/{property_id}", "status": "422"},
        {"route": "unmatched", "method": "other"},
        {"route": "/health/live", "method": "HEAD", "status": "200"},
    ):
        assert requests(after, **labels) - requests(before, **labels) == 1
    assert requests(after, route="unmatched") - requests(before, route="unmatched") >= 3


async def test_metrics_can_be_closed(settings: Settings, database: Database) -> None:
    closed = settings.model_copy(update={"enable_metrics": False})
    async with client_of(create_app(closed, database)) as client:
        assert (await client.get("/metrics")).status_code == 404


async def test_limits_are_counted_by_name_and_by_where(app: FastAPI, client: httpx.AsyncClient) -> None:
    outcomes = ("allowed", "refused")
    before = [own(LIMITER, "inquiry", "redis", outcome) for outcome in outcomes]
    for _ in range(4):
        await app.state.limiter.hit("3 per minute", "inquiry", "a visitor of this test alone")
    after = [own(LIMITER, "inquiry", "redis", outcome) for outcome in outcomes]
    assert [now - then for now, then in zip(after, before, strict=True)] == [3, 1]


def counting(parent: psutil.Process, folder: Path) -> list[psutil.Process]:
    """The workers that have a slot."""
    own = str(folder / "slot-")
    return [
        child
        for child in parent.children()
        if child.status() != psutil.STATUS_ZOMBIE and any(file.path.startswith(own) for file in child.open_files())
    ]


def counted(http: httpx.Client) -> float:
    return requests(http.get("/metrics").text, route="unmatched", status="404")


@pytest.mark.timeout(600)
def test_workers_add_up_before_and_after_one_is_killed(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    own_connections = httpx.Limits(max_keepalive_connections=0)  # so that any worker may take a request
    with (
        served(settings, tmp_path / "log", 2, METRICS_FOLDER=str(folder)) as (url, parent),
        httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, limits=own_connections, trust_env=False) as http,
    ):
        eventually(lambda: len(counting(parent, folder)) == 2, seconds=PATIENCE_SECONDS)
        for _ in range(30):
            http.get("/made-up")
        assert {counted(http) for _ in range(8)} == {30}
        killed = counting(parent, folder)[0]
        killed.kill()
        eventually(lambda: killed not in (now := counting(parent, folder)) and len(now) == 2, seconds=PATIENCE_SECONDS)
        for _ in range(20):
            http.get("/made-up")
        assert {counted(http) for _ in range(8)} == {50}
