"""Statements that make figures of what visitors did, a day at a time, and read them. Days and hours are Noida's."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import RowMapping, text

from app.config.database import ReadSession, WriteSession
from app.core.price_bands import BANDS
from app.core.vocabulary import MISTAKE
from app.models.enhancement import IS_UNDER_WAY

ZONE = "'Asia/Kolkata'"
TABLES = ("analytics_days", "analytics_demand", "analytics_property_days")
# The half-open span of the days from :first to :last.
_FROM, _UNTIL = f"(:first)::timestamp AT TIME ZONE {ZONE}", f"((:last)::date + 1)::timestamp AT TIME ZONE {ZONE}"
_RECORDED = f"occurred_at >= {_FROM} AND occurred_at < {_UNTIL}"
_RECEIVED = f"created_at >= {_FROM} AND created_at < {_UNTIL}"
# Who reports a mistake on a page asks for no home.
_ASKED = f"{_RECEIVED} AND source <> '{MISTAKE}'"


def _band(listing_type: str, price: str) -> str:
    """The band's first price; see app/core/price_bands.py."""
    bands = {kind: ", ".join(map(str, bounds)) for kind, bounds in BANDS.items()}
    cases = " ".join(
        f"WHEN '{kind}' THEN (ARRAY[{bounds}]::bigint[])"
        f"[greatest(width_bucket(({price})::bigint - 1, ARRAY[{bounds}]::bigint[]), 1)]"
        for kind, bounds in bands.items()
    )
    return f"CASE {listing_type} {cases} END"


HOURS = f"""
INSERT INTO analytics_hours (hour, searches, views, inquiries, suggestions_taken)
SELECT date_trunc('hour', at, {ZONE}), count(*) FILTER (WHERE kind = 'search_performed'),
  count(*) FILTER (WHERE kind = 'property_view'), count(*) FILTER (WHERE kind = 'inquiry'),
  count(*) FILTER (WHERE kind = 'suggestion_taken')
FROM (
  SELECT occurred_at AS at, event_type AS kind FROM analytics_events
  WHERE event_type <> 'inquiry_submitted' AND {_RECORDED}
  UNION ALL SELECT created_at, 'inquiry' FROM inquiries WHERE {_ASKED}
) f GROUP BY 1
"""
DAYS = f"""
INSERT INTO analytics_days
  (day, visitors, searched, viewed, inquired, searched_viewed, searched_viewed_inquired, aggregated_at)
SELECT (:first)::date, count(*), count(*) FILTER (WHERE searched), count(*) FILTER (WHERE viewed),
  count(*) FILTER (WHERE inquired), count(*) FILTER (WHERE searched AND viewed),
  count(*) FILTER (WHERE searched AND viewed AND inquired), now()
FROM (
  SELECT bool_or(event_type = 'search_performed') AS searched, bool_or(event_type = 'property_view') AS viewed,
    bool_or(event_type = 'inquiry_submitted') AS inquired
  FROM analytics_events WHERE {_RECORDED} GROUP BY visitor_hash
) v
"""
DEMAND = f"""
INSERT INTO analytics_demand (day, listing_type, property_type, band, bhk, place, searches, few, "none")
SELECT (:first)::date, listing_type, property_type, {_band("listing_type", "budget_max")}, bhk, place,
  count(*), count(*) FILTER (WHERE results < :few), count(*) FILTER (WHERE results = 0)
FROM (
  SELECT payload->'answers'->>'listing_type' AS listing_type, payload->'answers'->>'property_type' AS property_type,
    (payload->'answers'->>'budget_max')::bigint AS budget_max,
    coalesce((payload->'answers'->>'bhk')::int, 0) AS bhk, coalesce(payload->>'place', '') AS place,
    (payload->>'results')::int AS results
  FROM analytics_events WHERE event_type = 'search_performed' AND {_RECORDED}
) s GROUP BY 2, 3, 4, 5, 6
"""
PROPERTY_DAYS = f"""
INSERT INTO analytics_property_days (day, property_id, views, inquiries)
SELECT (:first)::date, property_id, count(*) FILTER (WHERE is_view), count(*) FILTER (WHERE NOT is_view)
FROM (
  SELECT property_id, true AS is_view FROM analytics_events WHERE event_type = 'property_view' AND {_RECORDED}
  UNION ALL SELECT property_id, false FROM inquiries WHERE property_id IS NOT NULL AND {_ASKED}
) f GROUP BY property_id
"""
# The last day that was aggregated, or else the first on which anything happened.
BEGIN = f"""
SELECT coalesce((SELECT max(day) FROM analytics_days),
  (least((SELECT min(occurred_at) FROM analytics_events), (SELECT min(created_at) FROM inquiries))
    AT TIME ZONE {ZONE})::date)
"""


async def first_day(session: ReadSession) -> date | None:
    """From where on days are to be aggregated; None when nothing ever happened."""
    return (await session.execute(text(BEGIN))).scalar_one_or_none()


async def aggregate(session: WriteSession, day: date, few: int) -> None:
    """Make the day's figures anew from what was recorded: done twice, they are the same.

    A search that found fewer homes than `few` found few.
    """
    span = {"first": day, "last": day}
    await session.execute(text(f"DELETE FROM analytics_hours WHERE hour >= {_FROM} AND hour < {_UNTIL}"), span)
    for table in TABLES:
        await session.execute(text(f"DELETE FROM {table} WHERE day = :first"), {"first": day})
    for statement in (HOURS, DAYS, PROPERTY_DAYS):
        await session.execute(text(statement), span)
    await session.execute(text(DEMAND), {**span, "few": few})


async def _rows(session: ReadSession, sql: str, first: date, last: date) -> Sequence[RowMapping]:
    return (await session.execute(text(sql), {"first": first, "last": last})).mappings().all()


async def by_day(session: ReadSession, first: date, last: date) -> Sequence[RowMapping]:
    return await _rows(
        session,
        f"""
SELECT day, d.*, coalesce(h.searches, 0) AS searches, coalesce(h.views, 0) AS views,
  coalesce(h.inquiries, 0) AS inquiries, coalesce(h.suggestions_taken, 0) AS suggestions_taken
FROM analytics_days d LEFT JOIN (
  SELECT (hour AT TIME ZONE {ZONE})::date AS day, sum(searches)::int AS searches, sum(views)::int AS views,
    sum(inquiries)::int AS inquiries, sum(suggestions_taken)::int AS suggestions_taken
  FROM analytics_hours WHERE hour >= {_FROM} AND hour < {_UNTIL} GROUP BY 1
) h USING (day)
WHERE day BETWEEN :first AND :last ORDER BY day
""",
        first,
        last,
    )


async def by_hour_of_day(session: ReadSession, first: date, last: date) -> Sequence[RowMapping]:
    return await _rows(
        session,
        f"""
SELECT extract(hour FROM hour AT TIME ZONE {ZONE})::int AS hour, sum(searches)::int AS searches,
  sum(views)::int AS views, sum(inquiries)::int AS inquiries
FROM analytics_hours WHERE hour >= {_FROM} AND hour < {_UNTIL} GROUP BY 1 ORDER BY 1
""",
        first,
        last,
    )


async def demand(session: ReadSession, first: date, last: date) -> Sequence[RowMapping]:
    """By purpose, type and band, beside the homes that are listed now."""
    return await _rows(
        session,
        f"""
SELECT listing_type, property_type, band, coalesce(searches, 0) AS searches, coalesce(few, 0) AS few,
  coalesce("none", 0) AS "none", coalesce(homes, 0) AS homes
FROM (
  SELECT listing_type, property_type, band, sum(searches)::int AS searches, sum(few)::int AS few,
    sum("none")::int AS "none"
  FROM analytics_demand WHERE day BETWEEN :first AND :last GROUP BY 1, 2, 3
) d FULL JOIN (
  SELECT listing_type, property_type, {_band("listing_type", "price")} AS band, count(*)::int AS homes
  FROM properties WHERE is_listed GROUP BY 1, 2, 3
) s USING (listing_type, property_type, band)
ORDER BY listing_type, property_type, band
""",
        first,
        last,
    )


async def unmet(session: ReadSession, first: date, last: date, most: int) -> Sequence[RowMapping]:
    """What was searched for and found few homes, the most often first."""
    return await _rows(
        session,
        f"""
SELECT listing_type, property_type, band, nullif(bhk, 0) AS bhk, nullif(place, '') AS place,
  sum(searches)::int AS searches, sum(few)::int AS few, sum("none")::int AS "none"
FROM analytics_demand WHERE day BETWEEN :first AND :last
GROUP BY listing_type, property_type, band, analytics_demand.bhk, place
HAVING sum(few) > 0
ORDER BY few DESC, searches DESC, listing_type, property_type, band, bhk, place LIMIT {most}
""",
        first,
        last,
    )


async def most_viewed(session: ReadSession, first: date, last: date, most: int) -> Sequence[RowMapping]:
    return await _rows(
        session,
        f"""
SELECT p.id, p.title, p.is_listed, sum(d.views)::int AS views, sum(d.inquiries)::int AS inquiries
FROM analytics_property_days d JOIN properties p ON p.id = d.property_id
WHERE day BETWEEN :first AND :last
GROUP BY p.id ORDER BY views DESC, inquiries DESC, p.id LIMIT {most}
""",
        first,
        last,
    )


async def responses(session: ReadSession, first: date, last: date) -> RowMapping:
    """How soon inquiries of these days were answered; of all those never answered, how many wait now."""
    (row,) = await _rows(
        session,
        f"""
SELECT count(*)::int AS received, count(first_response_at)::int AS answered,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_response_at - created_at)) AS median_seconds,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM first_response_at - created_at)) AS p90_seconds,
  (SELECT count(*)::int FROM inquiries WHERE status = 'new') AS waiting,
  (SELECT extract(epoch FROM now() - min(created_at)) FROM inquiries WHERE status = 'new') AS oldest_waiting_seconds
FROM inquiries WHERE {_RECEIVED}
""",
        first,
        last,
    )
    return row


async def enhancements(session: ReadSession, first: date, last: date) -> RowMapping:
    """Attempts that ended in these days, and those under way now."""
    ended = f"finished_at >= {_FROM} AND finished_at < {_UNTIL}"
    states = ", ".join(
        f"count(*) FILTER (WHERE state = '{state}' AND {ended})::int AS {state}"
        for state in ("completed", "failed", "timeout", "rejected", "discarded")
    )
    seconds = "extract(epoch FROM finished_at - requested_at)"
    (row,) = await _rows(
        session,
        f"""
SELECT count(*) FILTER (WHERE {IS_UNDER_WAY})::int AS under_way,
  extract(epoch FROM now() - min(requested_at) FILTER (WHERE {IS_UNDER_WAY})) AS oldest_seconds, {states},
  percentile_cont(0.5) WITHIN GROUP (ORDER BY {seconds})
    FILTER (WHERE state = 'completed' AND {ended}) AS median_seconds
FROM enhancements
""",
        first,
        last,
    )
    return row
