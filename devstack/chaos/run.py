"""One run: clients send while things break; then all is up again, and what was promised is checked."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from anyio.from_thread import BlockingPortal

from devstack.chaos.receivers import Receivers
from devstack.chaos.stack import Stack
from devstack.chaos.verdict import count_undelivered, faults, read_stored
from devstack.chaos.visitors import Heard, Visitors, make_questions

_TICK_SECONDS = 0.2


@dataclass(frozen=True)
class Extent:
    """`inquiries` are sent, and things break `pause_seconds` apart on average, for `seconds`."""

    seed: int
    inquiries: int
    clients: int
    seconds: float
    pause_seconds: float
    recovery_seconds: float
    """In which all must be stored and delivered once nothing breaks any more."""


@dataclass(frozen=True)
class Outcome:
    faults: dict[str, int]
    heard: Heard
    stored_after_seconds: float
    """From the moment nothing broke any more until the last client was told so."""
    delivered_after_seconds: float
    waiting: list[str]
    """What is not delivered, in words."""


def run(extent: Extent, portal: BlockingPortal, stack: Stack, receivers: Receivers, *, url: str, dsn: str) -> Outcome:
    """Break the stack from this thread while clients and receivers live in the portal's."""
    random = Random(f"{extent.seed} breakage")
    questions = make_questions(Random(f"{extent.seed} questions"), extent.inquiries, extent.seconds)
    visitors = Visitors(url, Random(f"{extent.seed} visitors"))
    sending = portal.start_task_soon(visitors.send, questions, extent.clients)
    ends = time.monotonic() + extent.seconds
    while (left := ends - time.monotonic()) > 0:
        _attend(stack, min(left, extent.pause_seconds * random.uniform(0.5, 1.5)))
        if time.monotonic() < ends:
            stack.break_something()
    healed = time.monotonic()
    _attend(stack, extent.recovery_seconds, until=sending.done)
    if not sending.cancel():
        sending.result()
    stored_after = time.monotonic() - healed
    _attend(stack, extent.recovery_seconds, until=lambda: not asyncio.run(count_undelivered(dsn)))
    delivered_after = time.monotonic() - healed
    stored = asyncio.run(read_stored(dsn))
    found = faults(len(questions), visitors.heard, receivers, stored)
    return Outcome(found, visitors.heard, stored_after, delivered_after, stored.waiting)


def _attend(stack: Stack, seconds: float, *, until: Callable[[], bool] = lambda: False) -> None:
    ends = time.monotonic() + seconds
    while not until() and (left := ends - time.monotonic()) > 0:
        stack.attend()
        time.sleep(min(left, _TICK_SECONDS))
