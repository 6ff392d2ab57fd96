"""A deploy: processes are replaced by SIGHUP and SIGTERM while requests come in."""

import asyncio
import itertools
from collections import Counter
from typing import Any

import httpx
import pytest

from app.tests.test_chaos.conftest import Running, StartStack
from app.tests.test_devstack.waiting import eventually
from devstack.chaos.verdict import count_undelivered, read_stored

PROCESSES = 2
PAUSE_SECONDS = 0.2  # or what is to start would have no processor left
PATIENCE_SECONDS = 400  # a busy machine is no failure
SEARCH = {"budget_min": 1_000_000, "budget_max": 90_000_000, "property_type": "flat"}


class Visitors:
    """Each asks again and again, on a connection of its own for every request or on one for all."""

    def __init__(self, url: str) -> None:
        self.answers = Counter[str]()
        self.stored = set[str]()
        self.leave = False
        self._url = url
        self._numbers = itertools.count(1)

    async def come(self) -> None:
        async with asyncio.TaskGroup() as group:
            for keeps in (0, 0, 1):
                group.create_task(self._search(keeps))
                group.create_task(self._inquire(keeps))

    def _http(self, keeps: int) -> httpx.AsyncClient:
        limits = httpx.Limits(max_keepalive_connections=keeps)
        return httpx.AsyncClient(base_url=self._url, timeout=PATIENCE_SECONDS, limits=limits, trust_env=False)

    async def _search(self, keeps: int) -> None:
        async with self._http(keeps) as http:
            while not self.leave:
                await self._ask(http, "search/guided", SEARCH)

    async def _inquire(self, keeps: int) -> None:
        async with self._http(keeps) as http:
            while not self.leave:
                number = next(self._numbers)
                body = {"full_name": "Asha Rao", "phone": f"98765{number:05}", "consent": True}
                headers = {"X-Forwarded-For": f"10.0.{number >> 8}.{number & 255}"}
                if answer := await self._ask(http, "inquiries", body, headers):
                    self.stored.add(answer.json()["id"])

    async def _ask(
        self, http: httpx.AsyncClient, what: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> httpx.Response | None:
        try:
            answer = await http.post(f"/api/v1/{what}", json=body, headers=headers)
        except httpx.TransportError as error:
            self.answers[f"{what}: {type(error).__name__}"] += 1
            return None
        self.answers[f"{what}: {answer.status_code}"] += 1
        await asyncio.sleep(PAUSE_SECONDS)
        return answer


def replace_all(here: Running) -> None:
    eventually(lambda: here.logged("Application startup complete") == PROCESSES, seconds=PATIENCE_SECONDS)
    here.stack.replace_api_processes()
    here.stack.replace_worker()
    eventually(lambda: here.logged("Application startup complete") == 2 * PROCESSES, seconds=PATIENCE_SECONDS)
    eventually(lambda: here.logged("Application shutdown complete") == PROCESSES, seconds=PATIENCE_SECONDS)


@pytest.mark.timeout(900)  # on a busy machine starting the processes alone takes a minute
async def test_a_deploy_fails_no_request_and_loses_no_job(start_stack: StartStack) -> None:
    """No beat runs, which would ask again for what was lost."""
    here = start_stack("API", "Worker", api_workers=PROCESSES, seed=1)
    visitors = Visitors(here.url)
    coming = asyncio.create_task(visitors.come())
    await asyncio.to_thread(replace_all, here)
    visitors.leave = True
    await coming
    assert visitors.answers.keys() == {"search/guided: 200", "inquiries: 201"}, visitors.answers
    assert visitors.stored == (await read_stored(here.dsn)).messages.keys()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await count_undelivered(here.dsn):  # noqa: ASYNC110 - by other processes
            await asyncio.sleep(0.1)
