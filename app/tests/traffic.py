"""An hour of visitors on the real routes, and what SQL says they did.

The hour is simulated: requests are sent one after the other as fast as they are answered, and the recorders' clock is
set to each one's time before it. Two apps on one database take them in turn, as two processes would. What was sent is
noted, request by request, in a table of the simulation's own, from which `confirm` counts without the app's help.
"""

import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any

import httpx
from sqlalchemy import text

from app.config.database import Database
from app.config.settings import Settings
from app.core.clock import INDIA
from app.core.unit_of_work import unit_of_work
from app.infrastructure.queue.memory import MemoryQueue
from app.main import create_app
from app.services import analytics
from app.services.events import WRITE_EVERY_SECONDS, Recorder

HOUR = timedelta(hours=1)
BROWSER = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PLACES = (None, None, None, None, "sector 137", "Sector 62", "noida extension", "nowhere at all 98765 43210")
TABLE = """
CREATE TABLE simulated (
  at timestamptz, visitor int, kind text, property_id uuid, listing_type text, property_type text,
  budget_max bigint, bhk int, place text, results int, answered_after interval
)
"""
NOTE = text("""
INSERT INTO simulated VALUES (:at, :visitor, :kind, CAST(:property_id AS uuid), :listing_type, :property_type,
  :budget_max, :bhk, :place, :results, :answered_after)
""")
NOTHING = dict.fromkeys(
    (*("property_id", "listing_type", "property_type", "budget_max"), *("bhk", "place", "results", "answered_after"))
)
# What the figures must be, from what was sent alone. A half hour is one of the clock's, a day one of Noida's.
TOTALS = text("""
WITH facts AS (SELECT *, (at AT TIME ZONE 'Asia/Kolkata')::date AS day FROM simulated)
SELECT (SELECT count(*) FROM facts WHERE kind = 'search') AS searches,
  (SELECT count(*) FROM (SELECT DISTINCT visitor, property_id, floor(extract(epoch FROM at) / 1800)
    FROM facts WHERE kind = 'view') v) AS views,
  (SELECT count(*) FROM facts WHERE kind = 'inquiry') AS inquiries,
  (SELECT count(*) FROM facts WHERE kind = 'suggestion') AS suggestions_taken
""")
FUNNEL = text("""
WITH visitor_days AS (
  SELECT (at AT TIME ZONE 'Asia/Kolkata')::date AS day, visitor, array_agg(DISTINCT kind) AS kinds
  FROM simulated GROUP BY 1, 2
)
SELECT count(*) AS visitors, count(*) FILTER (WHERE 'search' = ANY(kinds)) AS searched,
  count(*) FILTER (WHERE 'view' = ANY(kinds)) AS viewed, count(*) FILTER (WHERE 'inquiry' = ANY(kinds)) AS inquired,
  count(*) FILTER (WHERE kinds @> '{search,view}') AS searched_viewed,
  count(*) FILTER (WHERE kinds @> '{search,view,inquiry}') AS searched_viewed_inquired
FROM visitor_days
""")
DEMAND = text("""
SELECT count(*) AS searches, count(*) FILTER (WHERE results < 6) AS few, count(*) FILTER (WHERE results = 0) AS none,
  (SELECT count(*) FROM properties p WHERE is_active AND deleted_at IS NULL AND p.listing_type = :listing_type
    AND p.property_type = :property_type AND price > :price_from AND price <= coalesce(:price_to, price)) AS homes
FROM simulated WHERE kind = 'search' AND listing_type = :listing_type AND property_type = :property_type
  AND budget_max > :price_from AND budget_max <= coalesce(:price_to, budget_max)
""")
SEARCHES = text("SELECT count(*) FROM simulated WHERE kind = 'search'")
UNMET = text("""
SELECT count(*) AS searches, count(*) FILTER (WHERE results < 6) AS few, count(*) FILTER (WHERE results = 0) AS none
FROM simulated WHERE kind = 'search' AND listing_type = :listing_type AND property_type = :property_type
  AND budget_max > :price_from AND budget_max <= coalesce(:price_to, budget_max)
  AND bhk IS NOT DISTINCT FROM :bhk AND place IS NOT DISTINCT FROM :place
""")
VIEWS = text("""
SELECT (SELECT count(*) FROM (SELECT DISTINCT visitor, floor(extract(epoch FROM at) / 1800)
    FROM simulated WHERE kind = 'view' AND property_id = CAST(:id AS uuid)) v) AS views,
  (SELECT count(*) FROM simulated WHERE kind = 'inquiry' AND property_id = CAST(:id AS uuid)) AS inquiries
""")
RESPONSES = text("""
SELECT count(*) AS received, count(answered_after) AS answered, count(*) - count(answered_after) AS waiting,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered_after)) AS median_seconds
FROM simulated WHERE kind = 'inquiry'
""")


@dataclass
class Traffic:
    """`admin` are the headers of an admin's token."""

    settings: Settings
    database: Database
    admin: dict[str, str]
    start: datetime
    seed: int = 1
    requests: int = 0
    now: datetime = field(init=False)
    _clients: list[httpx.AsyncClient] = field(default_factory=list)
    _recorders: list[Recorder] = field(default_factory=list)
    _notes: list[dict[str, Any]] = field(default_factory=list)

    async def run(self, visitors: int) -> dict[str, Any]:
        """Send the hour and count it as the hourly job does, twice; returns the dashboard's figures of its days."""
        self.now = self.start
        randomly = random.Random(self.seed)
        settings = self.settings.model_copy(update={"trusted_proxy_count": 1})
        async with AsyncExitStack() as stack:
            for _ in range(2):
                app = create_app(settings, self.database, MemoryQueue())
                app.state.events = Recorder(self.database, lambda: self.now)
                transport = httpx.ASGITransport(app)
                client = httpx.AsyncClient(transport=transport, base_url="http://casabricks.test")
                self._clients.append(await stack.enter_async_context(client))
                self._recorders.append(app.state.events)
                stack.push_async_callback(app.state.limiter.close)
            await self._send(randomly, visitors)
            end = self.start + HOUR
            for _ in range(2):
                await analytics.aggregate(self.database, end)
            first, last = (moment.astimezone(INDIA).date() for moment in (self.start, end))
            days = {"date_from": str(first), "date_to": str(last)}
            answer = await self._clients[0].get("/api/v1/admin/analytics", params=days, headers=self.admin)
            assert answer.status_code == 200, answer.text
            figures: dict[str, Any] = answer.json()
        return figures

    async def _send(self, randomly: random.Random, visitors: int) -> None:
        walks = [self._walk(randomly, visitor) for visitor in range(visitors)]
        # Everybody's next step, in the order of time.
        moments = [(randomly.uniform(0, 2700), number) for number in range(visitors)]
        heapify(moments)
        written = self.start
        while moments:
            second, number = heappop(moments)
            if second >= HOUR.total_seconds():
                continue
            self.now = self.start + timedelta(seconds=second)
            if await walks[number].step():
                heappush(moments, (second + randomly.uniform(5, 600), number))
            if self.now - written >= timedelta(seconds=WRITE_EVERY_SECONDS):
                written = self.now
                await self._write()
        await self._write()
        async with unit_of_work(self.database) as session:
            await session.execute(text(TABLE))
            await session.execute(NOTE, [NOTHING | note for note in self._notes])

    async def _write(self) -> None:
        for recorder in self._recorders:
            await recorder.write()

    def _walk(self, randomly: random.Random, visitor: int) -> "_Walk":
        return _Walk(self, random.Random(randomly.random()), visitor)

    async def request(self, visitor: int, method: str, path: str, **options: Any) -> httpx.Response:
        """By whichever app is next, from the visitor's own address."""
        self.requests += 1
        headers = {
            "X-Forwarded-For": f"10.{visitor >> 16 & 255}.{visitor >> 8 & 255}.{visitor & 255}",
            "User-Agent": BROWSER,
        } | options.pop("headers", {})
        return await self._clients[self.requests % 2].request(method, path, headers=headers, **options)

    def note(self, visitor: int, kind: str, **facts: Any) -> None:
        self._notes.append({"at": self.now, "visitor": visitor, "kind": kind, **facts})


class _Walk:
    """One visitor: searches, follows a suggestion, looks at homes, again after a while, and asks about one."""

    def __init__(self, traffic: Traffic, randomly: random.Random, visitor: int) -> None:
        self.traffic, self.randomly, self.visitor = traffic, randomly, visitor
        self.steps = self._plan()
        self.seen: list[str] = []
        self.found: list[str] = []
        self.suggestions: list[dict[str, Any]] = []

    def _plan(self) -> Iterator[str]:
        if self.randomly.random() < 0.9:  # the others come to a home from elsewhere, or just ask
            yield "search"
        yield from self.randomly.choices(
            ("search", "suggestion", "view", "again", "unchanged", "as staff", "as a bot", "inquiry"),
            (3, 2, 7, 3, 1, 1, 1, 1),
            k=self.randomly.randint(2, 12),
        )

    async def step(self) -> bool:
        match next(self.steps, None):
            case None:
                return False
            case "search":
                await self._search(self._answers(), None)
            case "suggestion" if self.suggestions:
                taken = self.randomly.choice(self.suggestions)
                await self._search(taken["request"], taken["change"])
            case "view" if self.found:
                await self._view(self.randomly.choice(self.found))
            case "again" if self.seen:
                await self._view(self.seen[-1])
            case "unchanged" | "as staff" | "as a bot" as how if self.seen:
                await self._look_uncounted(how, self.seen[-1])
            case "inquiry":
                await self._inquire(self.randomly.choice(self.seen) if self.seen else None)
        return True

    def _answers(self) -> dict[str, Any]:
        kind = self.randomly.choice(("flat", "flat", "flat", "villa", "plot"))
        answers: dict[str, Any] = {
            "budget_min": self.randomly.choice((0, 0, 1_000_000, 5_000_000)),
            "budget_max": self.randomly.choice((7_500_000, 10_000_000, 10_000_001, 20_000_000, 300_000_000)),
            "property_type": kind,
            "locality_preference": self.randomly.choice(PLACES),
        }
        if kind == "flat":
            answers["bhk"] = self.randomly.choice((None, None, 2, 3, 9))
        return {name: value for name, value in answers.items() if value is not None}

    async def _search(self, answers: dict[str, Any], suggestion: str | None) -> None:
        parameters = {"suggestion": suggestion} if suggestion else {}
        send = self.traffic.request
        found = (await send(self.visitor, "POST", "/api/v1/search/guided", json=answers, params=parameters)).json()
        self.found = [each["id"] for each in found["results"]]
        self.suggestions = found["suggestions"]
        applied = found["filters_applied"]
        place = applied.pop("place") or {}
        facts = {name: applied[name] for name in ("listing_type", "property_type", "budget_max", "bhk")}
        self.traffic.note(self.visitor, "search", **facts, place=place.get("name"), results=found["total_count"])
        if suggestion:
            self.traffic.note(self.visitor, "suggestion")
        if found["has_next"]:  # the next page is no further search
            await send(self.visitor, "POST", "/api/v1/search/guided", json=answers | {"page": 2})

    async def _view(self, property_id: str) -> None:
        await self.traffic.request(self.visitor, "GET", f"/api/v1/properties/{property_id}")
        self.traffic.note(self.visitor, "view", property_id=property_id)
        self.seen.append(property_id)

    async def _look_uncounted(self, how: str, property_id: str) -> None:
        path, send = f"/api/v1/properties/{property_id}", self.traffic.request
        if how == "unchanged":
            await send(self.visitor, "HEAD", path)
            await send(self.visitor, "GET", path, headers={"If-None-Match": "*"})
        else:
            headers = self.traffic.admin if how == "as staff" else {"User-Agent": BOT}
            await send(self.visitor, "GET", path, headers=headers)

    async def _inquire(self, property_id: str | None) -> None:
        body = {"full_name": "Asha Rao", "phone": f"9{self.visitor:04}{self.traffic.requests % 100_000:05}"}
        body |= {"property_id": property_id} if property_id else {}
        asked = await self.traffic.request(
            self.visitor, "POST", "/api/v1/inquiries", json={**body, "inquiry_type": "callback", "consent": True}
        )
        if asked.status_code == 429:
            return
        assert asked.status_code == 201, asked.text
        inquiry = asked.json()["id"]
        answered_after = None
        if self.randomly.random() < 0.6:
            answered_after = timedelta(seconds=self.randomly.randint(60, 7200))
            path = f"/api/v1/admin/inquiries/{inquiry}/status"
            headers = self.traffic.admin | {"If-Match": "*"}
            moved = await self.traffic.request(
                self.visitor, "PATCH", path, json={"status": "contacted"}, headers=headers
            )
            assert moved.status_code == 200, moved.text
        # The database dates an inquiry by its own clock.
        async with unit_of_work(self.traffic.database) as session:
            times = {"id": inquiry, "at": self.traffic.now, "after": answered_after}
            statement = "UPDATE inquiries SET created_at = :at, first_response_at = CAST(:at AS timestamptz) + :after"
            await session.execute(text(f"{statement} WHERE id = CAST(:id AS uuid)"), times)
        self.traffic.note(self.visitor, "inquiry", property_id=property_id, answered_after=answered_after)


async def confirm(database: Database, figures: dict[str, Any]) -> int:
    """Compare the figures with what was sent; returns how many were compared. Raises AssertionError."""
    compared = 0
    async with database.read() as session:

        async def check(what: str, shown: dict[str, Any], statement: Any) -> None:
            nonlocal compared
            about = {name: shown[name] for name in statement.compile().params}
            row = (await session.execute(statement, about)).mappings().one()
            for name, value in row.items():
                assert shown[name] == value, f"{what}: {name} is {shown[name]}, but {value} were sent ({shown})"
                compared += 1

        await check("totals", figures["totals"], TOTALS)
        await check("funnel", figures["funnel"], FUNNEL)
        await check("responses", figures["responses"], RESPONSES)
        for row in figures["demand"]:
            await check("demand", row, DEMAND)
        for row in figures["unmet_demand"]:
            await check("unmet demand", row, UNMET)
        for row in figures["properties"]:
            await check("views", row, VIEWS)
        sent = (await session.execute(SEARCHES)).scalar_one()
        assert sum(row["searches"] for row in figures["demand"]) == sent, "a search is in no band, or in two"
    return compared + 1
