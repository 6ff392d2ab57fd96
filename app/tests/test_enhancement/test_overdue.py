"""What was lost, what takes too long, and what comes late."""

from datetime import timedelta

import httpx

from app.core.jobs import Job
from app.core.vocabulary import EnhancementState, EnhancementStatus
from app.tests.test_enhancement.conftest import (
    API_KEY,
    DISPATCH,
    FETCH,
    Bench,
    call_back,
    make_attempt,
    make_image,
    report,
)
from app.tests.test_enhancement.stand_in import (
    hang_up,
    reply,
)


async def test_the_sweep_asks_for_what_was_lost(bench: Bench) -> None:
    images = [await make_image(bench.database, bench.settings) for _ in range(3)]
    lost_request = await bench.requested()
    lost_result = await bench.received(images[1])
    await make_attempt(bench.database, images[2], EnhancementState.DISPATCHED, bench.clock())
    assert await bench.workshop.sweep() == 0, "their own jobs come first"
    bench.clock.advance(minutes=1)
    assert await bench.workshop.sweep() == 2
    asked = {(job.name, job.ids["enhancement_id"]) for job in bench.queue.jobs}
    assert asked == {(DISPATCH, lost_request), (FETCH, lost_result)}
    # Less and less often, so that jobs that only wait do not pile up.
    times = []
    for _ in range(60):
        bench.clock.advance(minutes=1)
        times.append(await bench.workshop.sweep())
    assert times[0] == 2
    assert 8 <= sum(times) / 2 <= 10


async def test_what_the_service_put_off_is_not_asked_for_before(bench: Bench) -> None:
    bench.service.on("POST /v1/jobs", reply(503, Retry_After="3600"))
    await bench.workshop.dispatch(await bench.requested())
    bench.clock.advance(minutes=59)
    assert await bench.workshop.sweep() == 0
    bench.clock.advance(minutes=3)
    assert await bench.workshop.sweep() == 1


async def test_after_48_hours_an_attempt_is_timed_out(bench: Bench) -> None:
    attempt = await bench.requested()
    await bench.workshop.dispatch(attempt)
    bench.clock.advance(hours=47.9)
    assert await bench.workshop.find_overdue() == 0
    await bench.workshop.expire(attempt)
    assert (await bench.read(attempt)).state is EnhancementState.DISPATCHED
    bench.clock.advance(hours=0.2)
    assert await bench.workshop.find_overdue() == 1
    assert bench.queue.jobs[-1] == Job("enhancements.expire", {"enhancement_id": attempt})
    await bench.workshop.expire(attempt)
    stored = await bench.read(attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.TIMEOUT, EnhancementStatus.TIMEOUT)
    assert len(bench.service.asked(f"GET /v1/jobs/{attempt}")) == 1
    assert bench.service.received[-1].headers["authorization"] == f"Bearer {API_KEY}"
    assert await bench.workshop.find_overdue() == 0


async def test_the_service_is_asked_once_before_a_time_out(bench: Bench) -> None:
    for state, said in (
        (EnhancementState.RECEIVED, {}),
        (EnhancementState.FAILED, {"status": "failed", "error_message": "dark"}),
    ):
        image = await make_image(bench.database, bench.settings)
        attempt = await make_attempt(
            bench.database, image, EnhancementState.DISPATCHED, bench.clock() - timedelta(hours=49)
        )
        bench.service.on(f"GET /v1/jobs/{attempt}", reply(200, report(attempt, bench.service, **said)))
        await bench.workshop.expire(attempt)
        assert (await bench.read(attempt)).state is state
    other = await make_image(bench.database, bench.settings)
    for useless in (
        reply(200, b"garbage"),
        reply(200, report(other.id, bench.service)),
        reply(200, {"job_id": "x", "status": "processing"}),
        reply(500),
        hang_up,
        reply(401),
    ):
        image = await make_image(bench.database, bench.settings)
        attempt = await make_attempt(
            bench.database, image, EnhancementState.DISPATCHED, bench.clock() - timedelta(hours=49)
        )
        bench.service.on(f"GET /v1/jobs/{attempt}", useless)
        await bench.workshop.expire(attempt)
        assert (await bench.read(attempt)).state is EnhancementState.TIMEOUT


async def test_late_success_completes(bench: Bench, client: httpx.AsyncClient) -> None:
    """And is not timed out again while its result is fetched."""
    bench.clock.advance(hours=-60)
    attempt = await bench.requested()
    await bench.workshop.dispatch(attempt)
    bench.clock.advance(hours=60)
    await bench.workshop.expire(attempt)
    assert (await bench.read(attempt)).state is EnhancementState.TIMEOUT
    assert (await call_back(client, report(attempt, bench.service))).json() == {"result": "accepted"}
    bench.clock.advance(minutes=5)
    assert await bench.workshop.find_overdue() == 0
    await bench.workshop.fetch(attempt)
    stored = await bench.read(attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.COMPLETED, EnhancementStatus.COMPLETED)
