"""Readers beside writers: whether any public answer is older than the last write that was answered before it was asked.

A home's public face is its price and title, or None while it is hidden. Whoever reads it must see one that it had
between the last write answered when the question was sent and the last write begun when the answer came.
"""

import asyncio
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

WRITERS = 2
HOMES = 12
READS_A_CONNECTION = 25
WRITE_PAUSE_SECONDS = 0.05
API = "/api/v1"
FIELDS: dict[str, Any] = {
    "listing_type": "sale",
    "property_type": "commercial",
    "area_sqft": 900,
    "area_basis": "carpet",
    "locality": "Sector 62",
}
LINKED_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
ANSWERS = {"property_type": "commercial", "budget_min": 1, "budget_max": 1_000_000_000}


class Face(NamedTuple):
    price: int
    title: str


@dataclass
class Home:
    id: str
    face: Face
    is_active: bool = True
    faces: list[Face | None] = field(default_factory=list)
    """All it ever had, as far as writes were begun."""
    answered: int = 0

    def begin(self) -> None:
        self.faces.append(self.face if self.is_active else None)

    def end(self) -> None:
        self.answered = len(self.faces) - 1


@dataclass
class Report:
    reads: int = 0
    writes: int = 0
    stale: list[str] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    """Reads that got no answer, by reason."""
    took: list[float] = field(default_factory=list)
    """Seconds of each read."""


class Check:
    def __init__(self, address: str, headers: dict[str, str]) -> None:
        self._address = address
        self._headers = headers
        self._homes: list[Home] = []
        self._random = random.Random(20261126)
        self._ends_at = 0.0
        self._until_stale = False
        self.report = Report()

    async def run(self, seconds: float, readers: int, *, until_stale: bool = False) -> Report:
        """The homes are the only commercial ones of the database. With `until_stale` the first stale answer ends it."""
        self._until_stale = until_stale
        async with self._client() as client:
            for number in range(HOMES):
                face = Face(5_000_000 + number, f"Office {number}, version 0")
                answer = await client.post(f"{API}/admin/properties", json=FIELDS | face._asdict())
                self._homes.append(Home(answer.raise_for_status().json()["id"], face, faces=[face]))
        self._ends_at = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for number in range(WRITERS):
                group.create_task(self._write(self._homes[number::WRITERS]))
            for _ in range(readers):
                group.create_task(self._read())
        return self.report

    def _goes_on(self) -> bool:
        return time.monotonic() < self._ends_at and not (self._until_stale and self.report.stale)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self._address, headers=self._headers, timeout=30)

    async def _write(self, homes: list[Home]) -> None:
        async with self._client() as client:
            while self._goes_on():
                home = self._random.choice(homes)
                path = f"{API}/admin/properties/{home.id}"
                if self._random.random() < 0.3:
                    home.is_active = not home.is_active
                    home.begin()
                    await self._insist(client, "PATCH", f"{path}/status", {"is_active": home.is_active})
                else:
                    version = len(home.faces)
                    home.face = Face(5_000_000 + version, f"{home.face.title.split(',')[0]}, version {version}")
                    home.begin()
                    await self._insist(client, "PUT", path, FIELDS | home.face._asdict())
                home.end()
                self.report.writes += 1
                await asyncio.sleep(WRITE_PAUSE_SECONDS)

    async def _insist(self, client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> None:
        """Until it is answered: a write whose answer was lost may or may not have been committed."""
        while True:
            try:
                answer = await client.request(method, path, json=body)
            except httpx.TransportError:
                continue
            if answer.is_success:
                return

    async def _read(self) -> None:
        while self._goes_on():
            async with self._client() as client:  # a new connection may reach another process
                for _ in range(READS_A_CONNECTION):
                    read = self._random.choice((self._read_detail, self._read_page, self._read_search))
                    await read(client)

    async def _read_detail(self, client: httpx.AsyncClient) -> None:
        home = self._random.choice(self._homes)
        first = home.answered
        answer = await self._ask(client, "GET", f"{API}/properties/{home.id}", {200, 404})
        if answer is not None:
            found = answer.json()
            seen = Face(found["price"], found["title"]) if "price" in found else None
            self._judge("detail", home, first, seen)

    async def _read_page(self, client: httpx.AsyncClient) -> None:
        home = self._random.choice(self._homes)
        first = home.answered
        answer = await self._ask(client, "GET", f"/homes/{home.id}", {200, 404})
        if answer is not None:
            data = LINKED_DATA.search(answer.text)
            found = json.loads(data[1]) if data else None
            self._judge("page", home, first, Face(found["offers"]["price"], found["name"]) if found else None)

    async def _read_search(self, client: httpx.AsyncClient) -> None:
        first = [home.answered for home in self._homes]
        body = ANSWERS | {"per_page": self._random.choice((50, 60))}
        answer = await self._ask(client, "POST", f"{API}/search/guided", {200}, body)
        if answer is not None:
            seen = {card["id"]: Face(card["price"], card["title"]) for card in answer.json()["results"]}
            for home, number in zip(self._homes, first, strict=True):
                self._judge("search", home, number, seen.get(home.id))

    async def _ask(
        self, client: httpx.AsyncClient, method: str, path: str, expected: set[int], body: dict[str, Any] | None = None
    ) -> httpx.Response | None:
        began = time.perf_counter()
        try:
            answer = await client.request(method, path, json=body)
        except httpx.TransportError as error:
            self.report.failed[type(error).__name__] += 1
            return None
        self.report.took.append(time.perf_counter() - began)
        self.report.reads += 1
        if answer.status_code not in expected:
            self.report.failed[str(answer.status_code)] += 1
            return None
        return answer

    def _judge(self, where: str, home: Home, first: int, seen: Face | None) -> None:
        if seen not in home.faces[first:]:
            self.report.stale.append(f"{where}: {seen} instead of {home.faces[first:]}")
