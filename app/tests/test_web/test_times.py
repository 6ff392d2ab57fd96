"""Times as people say them, in India."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.clock import INDIA, utc_now
from app.core.vocabulary import Language
from app.web.formats import NBSP
from app.web.language import texts
from app.web.times import Times

NOON = datetime(2026, 11, 26, 12, tzinfo=INDIA)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(hours=3), "today, 09:00"),
        (timedelta(hours=12, seconds=1), "yesterday, 23:59"),
        (timedelta(days=8), "18 Nov, 12:00"),
        (timedelta(days=400), "22 Oct 2025"),
        (timedelta(hours=-2), "today, 14:00"),
    ],
)
def test_a_moment_is_said_by_how_long_it_is_ago(before: timedelta, said: str) -> None:
    assert Times(texts(Language.ENGLISH))._said(NOON - before, NOON).replace(NBSP, " ") == said


def test_nobody_waits_for_0_minutes() -> None:
    of = Times(texts(Language.ENGLISH))
    assert ">just now</time>" in of.since(utc_now(), "waiting ")
    assert f">waiting 12{NBSP}min</time>" in of.since(utc_now() - timedelta(minutes=12, seconds=3), "waiting ")
    exact = of.when(datetime(2025, 3, 1, 8, 30, 15, tzinfo=UTC))
    assert f'title="1{NBSP}Mar{NBSP}2025, 14:00:15 IST; 2025-03-01 08:30:15 UTC"' in exact
    spans = {5: "under a minute", 6720: "1 h 52 min", 7200: "2 h", 86_400: "1 day", 300_000: "3 days"}
    assert {seconds: of.lasted(seconds).replace(NBSP, " ") for seconds in spans} == spans
