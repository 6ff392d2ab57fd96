"""Records what visitors did: kept in memory for two seconds, then written together. A page never waits for it."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from datetime import date, datetime
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from app.config.database import Database, WriteSession
from app.core.clock import INDIA, utc_now
from app.core.ids import new_id
from app.core.metrics import EVENTS, EVENTS_LOST
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EventType, InquiryType
from app.repositories import events
from app.services.place_names import normalise_place
from app.services.search import read_totals, totals_of

log = structlog.get_logger()
WRITE_EVERY_SECONDS = 2.0
CLOSE_SECONDS = 5.0
AT_ONCE = 500
# About 10 MB. What comes on top while the database is away is not counted.
MOST_WAITING = 10_000
HALF_HOUR_SECONDS = 1800


class Visitor(NamedTuple):
    """Known for as long as an event waits to be written; stored is a hash."""

    address: str
    user_agent: str


class _Event(NamedTuple):
    id: UUID
    event_type: EventType
    at: datetime
    visitor: Visitor
    property_id: UUID | None
    payload: dict[str, Any] | bytes
    """Of a search: the part of its answer that tells about it."""


class Recorder:
    """One for a process. For the visitor None nothing is recorded: staff, and programs that are no visitors."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now
        self._waiting: deque[_Event] = deque()
        self._salt: tuple[date, bytes] | None = None
        self._writing: asyncio.Task[None] | None = None

    def viewed(self, visitor: Visitor | None, property_id: UUID) -> None:
        self._add(EventType.PROPERTY_VIEW, visitor, property_id)

    def searched(self, visitor: Visitor | None, answer: bytes, suggestion: str | None) -> None:
        """`answer` is that of a guided search, `suggestion` the change that a taken suggestion made."""
        self._add(EventType.SEARCH_PERFORMED, visitor, payload=totals_of(answer))
        if suggestion is not None:
            self._add(EventType.SUGGESTION_TAKEN, visitor, payload={"change": suggestion})

    def inquired(self, visitor: Visitor | None, property_id: UUID | None, inquiry_type: InquiryType) -> None:
        self._add(EventType.INQUIRY_SUBMITTED, visitor, property_id, {"inquiry_type": inquiry_type})

    def _add(
        self,
        event_type: EventType,
        visitor: Visitor | None,
        property_id: UUID | None = None,
        payload: dict[str, Any] | bytes | None = None,
    ) -> None:
        if visitor is None:
            return
        if len(self._waiting) >= MOST_WAITING:
            EVENTS_LOST.labels("full").inc()
            return
        self._waiting.append(_Event(new_id(), event_type, self._now(), visitor, property_id, payload or {}))

    def start(self) -> None:
        self._writing = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_SECONDS)
            await self.write()

    async def close(self) -> None:
        """Write what waits, if that is quick."""
        if self._writing is not None:
            self._writing.cancel()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.write()
        except TimeoutError:
            log.warning("events_left_unwritten", events=len(self._waiting))

    async def write(self) -> None:
        """Write all that waits. While the database is away it goes on waiting; written twice it counts once."""
        while self._waiting:
            batch = list(islice(self._waiting, AT_ONCE))
            try:
                async with self._database.turn(), unit_of_work(self._database) as session:
                    rows = [await self._row(session, event) for event in batch]
                    new = await events.add(session, rows)
            except (IntegrityError, DataError) as error:
                self._salt = None  # a new one was rolled back too
                log.warning("events_refused", events=len(batch), reason=type(error.orig).__name__)
                EVENTS_LOST.labels("refused").inc(len(batch))
            except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                self._salt = None
                log.warning("events_wait", events=len(self._waiting), reason=type(error).__name__)
                return
            else:
                for event_type, number in new.items():
                    EVENTS.labels(event_type).inc(number)
            for _ in batch:
                self._waiting.popleft()

    async def _row(self, session: WriteSession, event: _Event) -> dict[str, Any]:
        hashed = await self._hash(session, event)
        payload = event.payload if isinstance(event.payload, dict) else _search_facts(event.payload)
        return {
            "id": _view_id(event, hashed) if event.event_type is EventType.PROPERTY_VIEW else event.id,
            "event_type": event.event_type,
            "property_id": event.property_id,
            "visitor_hash": hashed,
            "payload": payload,
            "occurred_at": event.at,
        }

    async def _hash(self, session: WriteSession, event: _Event) -> bytes:
        day = event.at.astimezone(INDIA).date()
        if self._salt is None or self._salt[0] != day:
            self._salt = day, await events.salt_of(session, day, secrets.token_bytes(16))
        said = f"{event.visitor.address}\n{event.visitor.user_agent}".encode()
        return blake2b(said, digest_size=16, key=self._salt[1]).digest()


def _view_id(event: _Event, visitor_hash: bytes) -> UUID:
    """The same for all views of a home by a visitor in a half hour (a UUIDv8 that begins with its time, RFC 9562)."""
    start = int(event.at.timestamp()) // HALF_HOUR_SECONDS * HALF_HOUR_SECONDS
    property_id = event.property_id.bytes if event.property_id else b""
    rest = bytearray(blake2b(visitor_hash + property_id, digest_size=10).digest())
    rest[0] = 0x80 | rest[0] & 0x0F
    rest[2] = 0x80 | rest[2] & 0x3F
    return UUID(bytes=(start * 1000).to_bytes(6, "big") + bytes(rest))


def _search_facts(told: bytes) -> dict[str, Any]:
    """What was searched for, as a request that asks for it again, the place as it is called, and how many were found.

    What was typed is kept only where it says the place's name and nothing more: the rest may tell who typed it.
    """
    totals = read_totals(told)
    applied = totals["filters_applied"]
    place = applied.pop("place")
    answers = {name: value for name, value in applied.items() if value is not None}
    name: str | None = place and place["name"]
    if name is not None:
        answers["locality_preference"] = place["typed"] if _says_only(place["typed"], name) else name
    return {"answers": answers, "place": name, "results": totals["total_count"]}


def _says_only(typed: str, name: str) -> bool:
    # The one spelling leaves out what is not in Latin letters.
    return typed.isascii() and normalise_place(typed) == normalise_place(name)
