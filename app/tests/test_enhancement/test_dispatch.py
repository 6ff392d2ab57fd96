"""Giving jobs to the service: one that does as it should, and one that does not."""

import asyncio

import httpx
import pytest

from app.core.vocabulary import EnhancementState, EnhancementStatus
from app.infrastructure.ai import common
from app.services.enhancement.work import Workshop
from app.tests.test_enhancement.conftest import (
    API_KEY,
    DISPATCH,
    Bench,
    call_back,
    report,
)
from app.tests.test_enhancement.stand_in import (
    Behaviour,
    answer_without_end,
    hang_up,
    never_answer,
    redirect,
    reply,
)


async def test_the_job_is_given_to_the_service_as_agreed(bench: Bench) -> None:
    attempt = await bench.requested()
    await bench.workshop.dispatch(attempt)
    (asked,) = bench.service.received
    assert (asked.method, asked.path) == ("POST", "/v1/jobs")
    assert asked.headers["authorization"] == f"Bearer {API_KEY}"
    assert asked.headers["idempotency-key"] == str(attempt)
    assert asked.json() == {
        "job_id": str(attempt),
        "image_url": f"http://casabricks.test/media/{bench.image.original_key}",
        "webhook_url": "http://casabricks.test/api/v1/webhooks/ai-enhancement",
        "operations": ["exposure", "white_balance", "denoise", "verticals", "sharpen"],
        "forbidden": ["sky", "objects"],
    }
    stored = await bench.read(attempt)
    assert (stored.state, stored.dispatched_at) == (EnhancementState.DISPATCHED, bench.clock())
    await bench.workshop.dispatch(attempt)
    assert len(bench.service.received) == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (reply(500), "answered 500"),
        (reply(503, b"<html>"), "answered 503"),
        (reply(429), "answered 429"),
        (reply(409), "answered 409"),
        (hang_up, "gave no answer"),
        (never_answer, "gave no answer"),
    ],
)
async def test_what_passes_is_tried_again_with_the_same_key(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour, reason: str
) -> None:
    if behaviour is never_answer:  # else a busy machine would be taken for one
        monkeypatch.setattr(common, "CALL_SECONDS", 0.5)
    bench.service.on("POST /v1/jobs", behaviour, behaviour, reply(202))
    attempt = await bench.requested()
    waits = []
    for _ in range(2):
        await bench.workshop.dispatch(attempt)
        stored = await bench.read(attempt)
        assert stored.state is EnhancementState.REQUESTED
        assert reason in str(stored.error)
        waits.append((stored.next_try_at - bench.clock()).total_seconds())
        await bench.workshop.dispatch(attempt)  # not due: nothing is sent
        bench.clock.at = stored.next_try_at
    assert 5 <= waits[0] <= 10 <= waits[1] <= 20
    assert [job.name for job in bench.queue.jobs] == [DISPATCH, DISPATCH]
    await bench.workshop.dispatch(attempt)
    assert (await bench.read(attempt)).state is EnhancementState.DISPATCHED
    assert [each.headers["idempotency-key"] for each in bench.service.received] == [str(attempt)] * 3


@pytest.mark.parametrize(("value", "seconds"), [("120", 120), ("soon", 0), ("-5", 0), ("9" * 50, 24 * 3600)])
async def test_retry_after_is_honoured(bench: Bench, value: str, seconds: int) -> None:
    bench.service.on("POST /v1/jobs", reply(429, Retry_After=value))
    attempt = await bench.requested()
    await bench.workshop.dispatch(attempt)
    wait = ((await bench.read(attempt)).next_try_at - bench.clock()).total_seconds()
    assert wait == seconds if seconds else 5 <= wait <= 10
    # What is far away is left to the sweep.
    assert len(bench.queue.jobs) == (wait <= 300)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (reply(400), "answered 400"),
        (reply(401), "answered 401"),
        (reply(404), "answered 404"),
        (reply(422, b"secret text of the service"), "answered 422"),
        (redirect("http://127.0.0.1:1/"), "answered 302"),
    ],
)
async def test_what_is_refused_for_good_fails_with_the_reason(bench: Bench, behaviour: Behaviour, reason: str) -> None:
    bench.service.on("POST /v1/jobs", behaviour)
    attempt = await bench.requested()
    await bench.workshop.dispatch(attempt)
    stored = await bench.read(attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.FAILED, EnhancementStatus.FAILED)
    assert reason in str(stored.error)
    assert "secret" not in str(stored.error)
    assert len(bench.service.received) == 1


@pytest.mark.parametrize("behaviour", [reply(200, b"\xff\x00 garbage"), answer_without_end])
async def test_only_the_status_of_the_answer_counts(bench: Bench, behaviour: Behaviour) -> None:
    bench.service.on("POST /v1/jobs", behaviour)
    attempt = await bench.requested()
    await bench.workshop.dispatch(attempt)
    assert (await bench.read(attempt)).state is EnhancementState.DISPATCHED


async def test_a_callback_that_came_before_the_answer_stands(bench: Bench, client: httpx.AsyncClient) -> None:
    attempt = await bench.requested()
    loop = asyncio.get_running_loop()

    def call_back_first(handler: object) -> None:
        calling = asyncio.run_coroutine_threadsafe(call_back(client, report(attempt, bench.service)), loop)
        assert calling.result(20).status_code == 200
        reply(202)(handler)  # type: ignore[arg-type] # the handler that this was called with

    bench.service.on("POST /v1/jobs", call_back_first)
    await bench.workshop.dispatch(attempt)
    stored = await bench.read(attempt)
    assert (stored.state, stored.dispatched_at) == (EnhancementState.RECEIVED, bench.clock())


async def test_while_no_service_is_configured_attempts_wait(bench: Bench) -> None:
    idle = Workshop(bench.database, bench.workshop.queue, bench.workshop.storage, None, bench.settings, bench.clock)
    attempt = await bench.requested()
    await idle.dispatch(attempt)
    assert (await bench.read(attempt)).state is EnhancementState.REQUESTED
    bench.clock.advance(hours=49)
    await idle.expire(attempt)
    assert (await bench.read(attempt)).state is EnhancementState.TIMEOUT
