"""Figures of what visitors did, confirmed by what was sent."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text

from app.config.database import Database, create_database
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.metrics import EVENTS_LOST
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import MISTAKE, PropertyType
from app.models.analytics import AnalyticsEvent, AnalyticsSalt
from app.schemas.search import GuidedSearchRequest
from app.services import analytics, events
from app.services.events import Recorder, Visitor
from app.tests.counting import own
from app.tests.factories import make_inquiry, make_properties, make_property, sector_id
from app.tests.traffic import Traffic, confirm

# 23:30 in Noida: the hour goes over midnight, and with it to another day and another salt.
LATE = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


async def test_an_hour_of_traffic_ends_in_figures_that_what_was_sent_confirms(
    settings: Settings, database: Database, admin: dict[str, str]
) -> None:
    async with unit_of_work(database) as session:
        here = await sector_id(session)
        kinds = [PropertyType.FLAT, PropertyType.VILLA]
        rows = [
            {
                "property_type": kinds[number % 8 == 0],
                "price": 4_000_000 + 500_000 * number,
                "bhk": 2 + number % 2,
                "sector_id": here if number % 3 else None,
            }
            for number in range(40)
        ]
        await make_properties(session, rows)
    traffic = Traffic(settings, database, admin, LATE)
    figures = await traffic.run(visitors=30)
    assert await confirm(database, figures) > 60
    for name, least in {"searches": 30, "views": 20, "inquiries": 5, "suggestions_taken": 3}.items():
        assert figures["totals"][name] >= least, "too little to be telling"
    assert sum(hour["views"] for hour in figures["hours_of_day"]) == figures["totals"]["views"]
    assert {hour["hour"] for hour in figures["hours_of_day"]} == {23, 0}
    assert [day["day"] for day in figures["days"]] == ["2026-11-25", "2026-11-26"]
    async with database.read() as session:
        assert (await session.scalars(select(AnalyticsSalt.day))).all() == [date(2026, 11, 26)]


VISITOR = Visitor("203.0.113.9", "Mozilla/5.0 (a phone)")


def answer(results: int, place: str = "null") -> bytes:
    """What follows the cards of a guided search."""
    applied = f'{{"listing_type":"sale","property_type":"flat","budget_min":0,"budget_max":9000000,"place":{place}}}'
    return f'{{"results":[],"total_count":{results},"filters_applied":{applied}}}'.encode()


async def stored(database: Database) -> list[AnalyticsEvent]:
    async with database.read() as session:
        return list(await session.scalars(select(AnalyticsEvent).order_by(AnalyticsEvent.occurred_at)))


async def test_what_waits_while_the_database_is_away_is_bounded_and_written_once(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_WAITING", 3)
    away = create_database(settings.model_copy(update={"database_url": "postgresql+asyncpg://127.0.0.1:1/none"}))
    recorder, lost = Recorder(away), own(EVENTS_LOST, "full")
    for _ in range(5):
        recorder.searched(VISITOR, answer(7), None)
    await recorder.write()
    assert own(EVENTS_LOST, "full") - lost == 2
    recorder._database = database
    waiting = recorder._waiting.copy()
    await recorder.write()
    recorder._waiting = waiting  # as after a commit whose answer was lost
    await recorder.write()
    assert len(await stored(database)) == 3
    assert not recorder._waiting
    # What the database refuses does not stand in the way of what comes after it.
    recorder.viewed(VISITOR, new_id())
    await recorder.write()
    recorder.searched(VISITOR, answer(7), None)
    await recorder.write()
    assert len(await stored(database)) == 4


async def test_nothing_that_tells_who_it_was_is_stored(database: Database) -> None:
    recorder = Recorder(database)
    typed = '{"typed":"%s","kind":%s,"name":%s,"sectors":[]}'
    recorder.searched(VISITOR, answer(1, typed % ("Asha 98765 43210", '"sector"', '"Sector 137"')), None)
    recorder.searched(VISITOR, answer(1, typed % ("Asha Rao", "null", "null")), None)
    recorder.searched(VISITOR, answer(1, typed % ("sec 137", '"sector"', '"Sector 137"')), None)
    for telling in ("Sector 137 Asha Rao", "Asha@example.com sector 137", "आशा sector 137"):
        recorder.searched(VISITOR, answer(1, typed % (telling, '"sector"', '"Sector 137"')), None)
    await recorder.write()
    first, second, third, *others = await stored(database)
    assert not re.search("asha|आशा", repr([each.payload for each in (first, second, *others)]), re.IGNORECASE)
    assert {each.payload["answers"]["locality_preference"] for each in others} == {"Sector 137"}
    assert (first.payload["place"], second.payload["place"]) == ("Sector 137", None)
    # A request that asks for the same again.
    assert GuidedSearchRequest.model_validate(third.payload["answers"]).locality_preference == "sec 137"
    assert first.visitor_hash == third.visitor_hash
    tomorrow = Recorder(database, lambda: utc_now() + timedelta(days=1))
    tomorrow.searched(VISITOR, answer(1), None)
    await tomorrow.write()
    assert (await stored(database))[-1].visitor_hash != first.visitor_hash
    async with database.read() as session:
        logged = await session.scalar(text("SELECT relpersistence FROM pg_class WHERE relname = 'analytics_salts'"))
        assert logged == b"u"
        assert (await session.scalar(select(func.count()).select_from(AnalyticsSalt))) == 1


async def test_a_mistake_that_is_reported_is_no_inquiry_but_waits_for_an_answer(
    database: Database, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    async with unit_of_work(database) as session:
        home = (await make_property(session)).id
        for source in ("web", MISTAKE):
            await make_inquiry(session, property_id=home, source=source)
    await analytics.aggregate(database, utc_now())
    shown = (await client.get("/api/v1/admin/analytics", headers=admin)).json()
    assert [shown["totals"]["inquiries"], shown["properties"][0]["inquiries"]] == [1, 1]
    assert [shown["responses"]["received"], shown["responses"]["waiting"]] == [2, 2]


async def test_missed_days_are_counted_later_and_old_events_deleted_only_when_they_were(
    database: Database, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    async with unit_of_work(database) as session:
        home = (await make_property(session)).id
    now = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
    for days in (40, 39, 2):
        then = (now - timedelta(days=days)).timestamp()
        recorder = Recorder(database, partial(datetime.fromtimestamp, then, UTC))
        recorder.viewed(VISITOR, home)
        await recorder.write()
    # Nothing was counted yet: however old, everything stays.
    assert await analytics.forget_old(database, now, timedelta(days=7)) == 0
    assert await analytics.aggregate(database, now) == 41
    assert await analytics.forget_old(database, now, timedelta(days=7)) == 2
    # Down for three days; what is deleted is not counted anew, and what was counted stays.
    assert await analytics.aggregate(database, now + timedelta(days=3)) == 4
    shown = await client.get(
        "/api/v1/admin/analytics", params={"date_from": "2026-10-01", "date_to": "2026-11-29"}, headers=admin
    )
    assert shown.json()["totals"]["views"] == 3
    assert shown.json()["properties"][0]["views"] == 3


@pytest.mark.parametrize(
    ("asked", "field", "rule"),
    [
        ({"date_from": "2026-11-02", "date_to": "2026-11-01"}, "date_to", "must not lie before date_from"),
        ({"date_from": "2100-01-01"}, "date_to", "must not lie before date_from"),
        ({"date_from": "2024-01-01", "date_to": "2026-01-01"}, "date_from", "a range has at most 366 days"),
        ({"date_from": "yesterday"}, "date_from", "Input should be a valid date"),
        ({"from": "2026-01-01"}, "from", "Extra inputs are not permitted"),
    ],
)
async def test_a_range_that_is_none_is_named(
    client: httpx.AsyncClient, admin: dict[str, str], asked: dict[str, str], field: str, rule: str
) -> None:
    refused = await client.get("/api/v1/admin/analytics", params=asked, headers=admin)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["loc"], error["msg"][: len(rule)]) == (["query", field], rule)


async def test_before_anything_was_counted_it_says_so(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    shown = (await client.get("/api/v1/admin/analytics", headers=admin)).json()
    assert (shown["as_of"], shown["days"], shown["funnel"]["view_rate"]) == (None, [], None)
    assert (shown["responses"]["median_seconds"], shown["enhancements"]["oldest_seconds"]) == (None, None)


@pytest.mark.parametrize(
    ("agent", "counts"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1", 1),
        ("Mozilla/5.0 (Linux; Android 14; CUBOT X50) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", 1),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", 0),
        ("facebookexternalhit/1.1", 0),
        ("WhatsApp/2.23.20.0 linkpreview", 0),
        ("python-requests/2.32", 0),
        ("curl/8.9", 0),
        ("Mozilla/5.0" + " " * 512 + "bot", 1),  # nobody looks so far
        ("", 0),
    ],
)
async def test_programs_are_no_visitors(
    app: FastAPI, client: httpx.AsyncClient, database: Database, agent: str, counts: int
) -> None:
    async with unit_of_work(database) as session:
        home = (await make_property(session)).id
    path = f"/api/v1/properties/{home}"
    for headers in ({}, {"Cookie": "theme=dark; __Host-session=token"}, {"Authorization": "Bearer token"}):
        assert (await client.get(path, headers={"User-Agent": agent, **headers})).status_code == 200
    await app.state.events.write()
    assert len(await stored(database)) == counts
