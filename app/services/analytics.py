"""Figures of what visitors did: made each hour, read by admins, and kept when what they are made of is deleted."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import RowMapping

from app.config.database import Database, ReadSession
from app.core.clock import INDIA
from app.core.exceptions import InvalidInputError
from app.core.price_bands import band_end
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import ListingType
from app.repositories import analytics, events
from app.schemas.analytics import Activities, Analytics, AnalyticsQuery, Funnel, Visitors
from app.services.search import FEW

A_DAY = timedelta(days=1)
MOST_DAYS = 366
USUAL_DAYS = timedelta(days=6)
MOST_ROWS = 20
AT_ONCE = 5000


async def aggregate(database: Database, now: datetime) -> int:
    """Make the figures of today, of yesterday (whose last events come late) and of days that were missed.

    Returns how many days. Each is a transaction, so that what is broken off goes on where it stopped.
    """
    today = now.astimezone(INDIA).date()
    async with database.read() as session:
        first = await analytics.first_day(session) or today
    day = min(first, today - A_DAY)
    days = 0
    while day <= today:
        async with unit_of_work(database) as session:
            await analytics.aggregate(session, day, FEW)
        day, days = day + A_DAY, days + 1
    async with unit_of_work(database) as session:
        await events.forget_salts(session, today)
    return days


async def forget_old(database: Database, now: datetime, age: timedelta) -> int:
    """Delete events older than that, unless their day's figures may still be made; returns how many."""
    async with database.read() as session:
        first = await analytics.first_day(session)
    if first is None:
        return 0
    today = now.astimezone(INDIA).date()
    keep_from = datetime.combine(min(first, today - age), time(), INDIA)
    forgotten = 0
    while True:
        async with unit_of_work(database) as session:
            deleted = await events.forget(session, keep_from, AT_ONCE)
        forgotten += deleted
        if deleted < AT_ONCE:
            return forgotten


async def read(session: ReadSession, query: AnalyticsQuery, now: datetime) -> Analytics:
    """The figures of a range of days. Raises InvalidInputError."""
    last = query.date_to or now.astimezone(INDIA).date()
    first = query.date_from or last - USUAL_DAYS
    if last < first:
        raise InvalidInputError("date_to", "must not lie before date_from", location="query")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInputError("date_from", f"a range has at most {MOST_DAYS} days", location="query")
    days = await analytics.by_day(session, first, last)
    visitors = Visitors(**_sums(days, Visitors))
    return Analytics.model_validate(
        {
            "date_from": first,
            "date_to": last,
            "as_of": max((day["aggregated_at"] for day in days), default=None),
            "totals": _sums(days, Activities),
            "funnel": Funnel(
                **visitors.model_dump(),
                view_rate=_share(visitors.searched_viewed, visitors.searched),
                inquiry_rate=_share(visitors.searched_viewed_inquired, visitors.searched_viewed),
            ),
            "days": days,
            "hours_of_day": await analytics.by_hour_of_day(session, first, last),
            "demand": _banded(await analytics.demand(session, first, last)),
            "unmet_demand": _banded(await analytics.unmet(session, first, last, MOST_ROWS)),
            "properties": await analytics.most_viewed(session, first, last, MOST_ROWS),
            "responses": await analytics.responses(session, first, last),
            "enhancements": await analytics.enhancements(session, first, last),
        }
    )


def _sums(days: Sequence[RowMapping], model: type[BaseModel]) -> dict[str, int]:
    return {name: sum(day[name] for day in days) for name in model.model_fields}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _banded(rows: Sequence[RowMapping]) -> list[dict[str, Any]]:
    return [
        {**row, "price_from": row["band"], "price_to": band_end(ListingType(row["listing_type"]), row["band"])}
        for row in rows
    ]
