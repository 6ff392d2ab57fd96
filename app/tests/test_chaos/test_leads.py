"""Inquiries while the processes that take and tell of them are killed. `make chaos` is the long form."""

from random import randrange

import pytest
from anyio.from_thread import start_blocking_portal

from app.tests.test_chaos.conftest import StartStack
from devstack.chaos.receivers import Receivers
from devstack.chaos.run import Extent, run


@pytest.mark.timeout(900)  # on a busy machine starting the processes alone takes a minute
def test_no_inquiry_is_lost_or_told_of_twice_whatever_is_killed(start_stack: StartStack) -> None:
    seed = randrange(1_000_000)
    # What is still missing so long after the last breakage is lost; otherwise it takes seconds.
    extent = Extent(seed, inquiries=80, clients=10, seconds=6, pause_seconds=0.4, recovery_seconds=240)
    receivers = Receivers(seed)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(receivers.open()):
        here = start_stack("API", "Worker", "Beat", api_workers=2, seed=seed, **receivers.variables)
        outcome = run(extent, portal, here.stack, receivers, url=here.url, dsn=here.dsn)
    found = {fault: times for fault, times in outcome.faults.items() if times}
    state = [f"seed {seed}", *outcome.waiting, f"heard {outcome.heard.answers} {outcome.heard.wrong}"]
    assert not found, "\n".join([*state, f"broken {here.stack.broken}", here.stack.last_words()])
    assert len(outcome.heard.stored) == extent.inquiries
    assert here.stack.broken.total() > 3
