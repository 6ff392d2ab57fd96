"""A week of invented visitors and the leads they left: they search for real, and what they did is counted as theirs.

Nobody is told of these leads, and nobody can be called: their numbers begin as no number in India does.
"""

import random
import secrets
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib.resources import files
from itertools import zip_longest
from typing import Any
from uuid import UUID

import orjson

from app.config.database import Database, WriteSession
from app.config.settings import Settings
from app.core.clock import INDIA
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import InquiryEventType, InquiryStatus, InquiryType, Language, UserRole
from app.models.inquiry import Inquiry, InquiryEvent
from app.models.user import User
from app.repositories import deliveries, inquiries, locks, users
from app.schemas.search import GuidedSearchRequest
from app.services import accounts, analytics, search
from app.services.audit import COMMAND
from app.services.events import Recorder, Visitor
from app.services.gazetteer import Places
from app.services.notices import present_notice

SOURCE = "demo"
AGENTS = ("Meera Anand", "Ravi Kumar")
DAYS, VISITORS_A_DAY = 7, 150
# In which they come, Noida's, as often as each stands here.
HOURS = (8, 9, 10, 10, 11, 11, 12, 13, 14, 16, 17, 18, 19, 20, 20, 21, 21, 21, 22, 22, 23)
VIEWS = (0, 0, 1, 1, 2, 3)
STEPS = (InquiryStatus.CONTACTED, InquiryStatus.QUALIFIED)
BETWEEN_STEPS = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Visit:
    """A search, the homes of its answer that were seen, the last of them asked about."""

    at: datetime
    answer: bytes
    seen: Sequence[UUID]
    asks: InquiryType | None = None


class DemoVisitors:
    def __init__(self, database: Database, settings: Settings, now: datetime) -> None:
        self.database, self.settings, self.now = database, settings, now
        self.data = tomllib.loads((files("app.data") / "demo_leads.toml").read_text(encoding="utf-8"))

    async def add(self) -> tuple[int, int]:
        """Returns how many visitors and leads were added: none where demo leads are."""
        async with self.database.read() as session:
            if await inquiries.has_any_from(session, SOURCE):
                return 0, 0
        often = [each.pop("often") for each in self.data["searches"]]
        places, asked = Places(self.database), [{"budget_min": 0, **each} for each in self.data["searches"]]
        answers = [
            await search.guided(self.database.direct, places, GuidedSearchRequest.model_validate(each))
            for each in asked
        ]
        agents = [await self._agent(name) for name in AGENTS]
        async with unit_of_work(self.database) as session:
            asking = [
                await self._lead(session, number, lead, answers[lead["search"]], agents)
                for number, lead in enumerate(self.data["leads"])
            ]
        visits = [*asking, *self._passing_by(answers, often)]
        await self._record(visits)
        await analytics.aggregate(self.database, self.now)
        return len(visits), len(asking)

    def _passing_by(self, answers: Sequence[bytes], often: Sequence[int]) -> Iterator[Visit]:
        randomly = random.Random(2026)
        for back in range(DAYS):
            for answer in randomly.choices(answers, often, k=VISITORS_A_DAY):
                at = self._moment(back, time(randomly.choice(HOURS), randomly.randrange(60)))
                homes = _homes(answer)
                seen = randomly.sample(homes, min(len(homes), randomly.choice(VIEWS)))
                if at < self.now:
                    yield Visit(at, answer, seen)

    def _moment(self, days_back: int, clock: time) -> datetime:
        return datetime.combine(self.now.astimezone(INDIA).date() - timedelta(days=days_back), clock, INDIA)

    async def _record(self, visits: Sequence[Visit]) -> None:
        """As the pages do it, at the time of each visit."""
        clock = self.now
        recorder = Recorder(self.database, lambda: clock)
        for number, visit in enumerate(sorted(visits, key=lambda visit: visit.at)):
            clock, visitor = visit.at, Visitor("demo", str(number))
            recorder.searched(visitor, visit.answer, None)
            for home in visit.seen:
                recorder.viewed(visitor, home)
            if visit.asks:
                recorder.inquired(visitor, visit.seen[-1] if visit.seen else None, visit.asks)
        await recorder.write()

    async def _agent(self, name: str) -> User:
        """An account that nobody can enter until a super admin gives it a password."""
        email = f"{name.split(maxsplit=1)[0].lower()}@casabricks.example"
        async with self.database.read() as session:
            known = await users.find_by_email(session, email)
        return known or await accounts.create(
            self.database,
            COMMAND,
            email=email,
            password=secrets.token_urlsafe(24),
            full_name=f"{name} (demo)",
            role=UserRole.AGENT,
        )

    async def _lead(
        self, session: WriteSession, number: int, lead: dict[str, Any], answer: bytes, agents: Sequence[User]
    ) -> Visit:
        """Written as it would stand there by now, its timeline with the times at which things were done."""
        homes = _homes(answer)[: lead.get("home", 0) + 1]
        at = self.now - timedelta(minutes=lead.get("minutes", 0))
        if "clock" in lead:
            at = self._moment(lead["days"], time.fromisoformat(lead["clock"]))
        inquiry = self._inquiry(number, lead, at, homes[-1] if homes else None)
        events = [InquiryEvent(event_type=InquiryEventType.RECEIVED, occurred_at=at)]
        if "agent" in lead:
            agent = agents[lead["agent"]]
            given = {"from": None, "to": agent.full_name}
            events.append(InquiryEvent(event_type=InquiryEventType.ASSIGNED, details=given, occurred_at=at))
            inquiry.assigned_to, inquiry.status = agent.id, InquiryStatus(lead["status"])
            inquiry.first_response_at = at + timedelta(minutes=lead["answered"])
            events += self._work(inquiry, inquiry.first_response_at, agent, lead.get("notes", []))
        inquiry.updated_at = events[-1].occurred_at
        keys = [str(inquiry.phone), str(inquiry.email)]
        await locks.hold(session, *keys)
        inquiry.contact_id = await inquiries.contact_of(session, keys)
        await inquiries.add(session, inquiry)
        for event in events:
            event.inquiry_id = inquiry.id
            await deliveries.add_event(session, event)
        return Visit(at, answer, homes, inquiry.inquiry_type)

    def _inquiry(self, number: int, lead: dict[str, Any], at: datetime, home: UUID | None) -> Inquiry:
        notice = present_notice(self.settings.inquiry_retention_days, Language.ENGLISH)
        return Inquiry(
            id=new_id(),
            property_id=home,
            full_name=f"{lead['name']} (demo)",
            # No number in India begins so: nobody is called by mistake.
            phone=f"+9155500{number:05}",
            email=f"{lead['name'].split()[-1].lower()}{number}@example.com",
            inquiry_type=InquiryType(lead["type"]),
            message=lead.get("message"),
            preferred_contact_time=lead.get("wish"),
            consent=True,
            consent_notice=f"{notice.version}/{notice.language}",
            source=SOURCE,
            created_at=at,
        )

    def _work(self, inquiry: Inquiry, at: datetime, agent: User, notes: Sequence[str]) -> Iterator[InquiryEvent]:
        """The steps to its status, a note after each as long as there are any."""
        steps = [*STEPS[: STEPS.index(inquiry.status) + 1]] if inquiry.status in STEPS else [*STEPS, inquiry.status]
        before = InquiryStatus.NEW
        for step, note in zip_longest(steps, notes[: len(steps)]):
            change = {"from": before.value, "to": step.value}
            yield InquiryEvent(
                event_type=InquiryEventType.STATUS_CHANGED, actor_id=agent.id, details=change, occurred_at=at
            )
            if note:
                yield InquiryEvent(
                    event_type=InquiryEventType.NOTE_ADDED, actor_id=agent.id, details={"note": note}, occurred_at=at
                )
            before, at = step, min(at + BETWEEN_STEPS, self.now)


def _homes(answer: bytes) -> list[UUID]:
    return [UUID(home["id"]) for home in orjson.loads(answer)["results"]]
