"""The five an hour of one address, counted by several processes of the API."""

import asyncio
import itertools
import os
import signal
from collections import Counter

import httpx
import pytest

from app.core.ids import new_id
from app.tests.test_chaos.conftest import StartStack
from app.tests.test_devstack.waiting import eventually

PROCESSES = 4


async def ask(http: httpx.AsyncClient, address: str) -> int:
    body = {"full_name": "Asha Rao", "phone": "98765 43210", "consent": True}
    headers = {"X-Forwarded-For": address, "Idempotency-Key": new_id().hex}
    return (await http.post("/api/v1/inquiries", json=body, headers=headers)).status_code


async def burst(url: str, address: str, number: int = 50) -> Counter[int]:
    """So many at once, each on a connection of its own."""
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits, trust_env=False) as http:
        return Counter(await asyncio.gather(*(ask(http, address) for _ in range(number))))


@pytest.mark.timeout(900)  # on a busy machine starting the processes alone takes a minute
async def test_of_fifty_at_once_five_are_taken_by_all_processes_and_redis_may_die_meanwhile(
    start_stack: StartStack,
) -> None:
    here = start_stack("API", api_workers=PROCESSES, seed=1)
    await asyncio.to_thread(eventually, lambda: here.logged("Application startup complete") == PROCESSES)
    # One household in three spellings of its addresses.
    assert await burst(here.url, "2001:db8:1:2::a") == {201: 5, 429: 45}
    assert await burst(here.url, "2001:db8:1:2:ffff::b") == {429: 50}
    assert await burst(here.url, "203.0.113.7") == {201: 5, 429: 45}
    assert await burst(here.url, "::ffff:203.0.113.7") == {429: 50}
    assert here.logged("limiter_in_memory") == 0

    dying = asyncio.create_task(burst(here.url, "203.0.113.8"))
    await asyncio.sleep(0)
    assert here.valkey.pid is not None
    os.kill(here.valkey.pid, signal.SIGKILL)
    answers = await dying + await burst(here.url, "203.0.113.8")
    assert answers.keys() == {201, 429}
    assert 5 <= answers[201] <= 5 * (1 + PROCESSES)
    assert 1 <= here.logged("limiter_in_memory") <= PROCESSES

    eventually(lambda: here.valkey.poll() is not None)
    here.valkey.restart()
    addresses = (f"198.51.100.{number % 256}" for number in itertools.count())
    while here.logged("limiter_in_redis") < here.logged("limiter_in_memory"):
        await burst(here.url, next(addresses), PROCESSES)
    assert await burst(here.url, "203.0.113.9") == {201: 5, 429: 45}
