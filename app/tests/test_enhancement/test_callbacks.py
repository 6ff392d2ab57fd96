"""What the service may say, and what is answered. Nothing of it is fetched by the request itself."""

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from app.config.database import Database
from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.jobs import Job
from app.core.metrics import CALLBACKS
from app.core.vocabulary import EnhancementState, EnhancementStatus
from app.infrastructure.queue.memory import MemoryQueue
from app.infrastructure.signing import sign
from app.models.image import PropertyImage
from app.schemas.enhancement import ServiceCallback
from app.tests.counting import own
from app.tests.test_enhancement.conftest import (
    SECRET,
    SIMPLE_SECRET,
    WEBHOOK,
    call_back,
    make_attempt,
    read,
    report,
)
from app.tests.test_enhancement.stand_in import StandIn

Client = httpx.AsyncClient


async def dispatched(database: Database, image: PropertyImage) -> UUID:
    return await make_attempt(database, image, EnhancementState.DISPATCHED, utc_now(), dispatched_at=utc_now())


async def test_success_is_noted_and_its_result_left_to_a_job(
    client: Client, database: Database, image: PropertyImage, service: StandIn, queue: MemoryQueue
) -> None:
    attempt = await dispatched(database, image)
    answer = await call_back(client, report(attempt, service, processing_time_seconds=3.5, more="ignored"), "msg_1")
    assert (answer.status_code, answer.json()) == (200, {"result": "accepted"})
    stored = await read(database, attempt)
    assert (stored.state, stored.result_url) == (EnhancementState.RECEIVED, f"{service.url}/result.jpg")
    assert [each["id"] for each in stored.callbacks] == ["msg_1"]
    assert queue.jobs == [Job("enhancements.fetch", {"enhancement_id": attempt})]
    assert service.received == []


async def test_failure_is_noted_with_its_reason(client: Client, database: Database, image: PropertyImage) -> None:
    attempt = await dispatched(database, image)
    said = report(attempt, status="failed", error_message="too\x00 dark\n" + "x" * 5000)
    assert (await call_back(client, said)).json() == {"result": "accepted"}
    stored = await read(database, attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.FAILED, EnhancementStatus.FAILED)
    assert stored.error is not None
    assert stored.error.startswith("too dark x")
    assert len(stored.error) == 300


@pytest.mark.parametrize("prefix", ["", "sha256="])
async def test_simple_services_sign_the_body_alone(
    client: Client, database: Database, image: PropertyImage, service: StandIn, prefix: str
) -> None:
    body = report(await dispatched(database, image), service)
    signature = prefix + hmac.new(SIMPLE_SECRET.encode(), body, hashlib.sha256).hexdigest()
    for result in ("accepted", "already_handled"):
        answer = await call_back(client, body, **{"X-Webhook-Signature": signature})
        assert (answer.status_code, answer.json()) == (200, {"result": result})


async def test_what_is_not_the_services_changes_nothing(
    client: Client, database: Database, image: PropertyImage, service: StandIn
) -> None:
    attempt = await dispatched(database, image)
    body = report(attempt, service)
    now = utc_now()
    forged = [
        {},
        {"webhook-signature": "v1,AAAA"},
        {"X-Webhook-Signature": "0" * 64},
        {"Authorization": "Bearer x"},
        sign(f"{SECRET[:-4]}AAAA", "msg_1", now, body),
        sign(SECRET, "msg_1", now, body + b" "),
        sign(SECRET, "msg_1", now - timedelta(minutes=6), body),
        sign(SECRET, "msg_1", now + timedelta(minutes=6), body),
        sign(SECRET, "msg_1", now, body) | {"webhook-id": "msg_2"},
    ]
    for headers in forged:
        answer = await client.post(WEBHOOK, content=body, headers=headers)
        assert answer.status_code == 401, headers
        assert answer.headers["www-authenticate"] == "Webhook-Signature"
        assert "whsec" not in answer.text
    stored = await read(database, attempt)
    assert (stored.state, stored.callbacks) == (EnhancementState.DISPATCHED, [])


async def test_the_signature_is_checked_before_anything_is_read(client: Client) -> None:
    for body in (b"", b"{", b"\xff\xfe", b"[" * 100_000, report(new_id())):
        assert (await client.post(WEBHOOK, content=body)).status_code == 401


async def test_malformed_bodies_are_named(client: Client, database: Database, image: PropertyImage) -> None:
    attempt = await dispatched(database, image)
    malformed = {
        b"": "body",
        b"{": "body",
        b"[]": "body",
        b'"text"': "body",
        b"[" * 100_000: "body",
        report(attempt, status="done"): "status",
        report(attempt): "enhanced_image_url",
        report(attempt, enhanced_image_url="file:///etc/passwd"): "enhanced_image_url",
        report(attempt, enhanced_image_url="http://[::1"): "enhanced_image_url",
        report(attempt, enhanced_image_url="https://ai.example/\x00"): "enhanced_image_url",
        report(attempt, enhanced_image_url=f"https://ai.example/{'x' * 5000}"): "enhanced_image_url",
        report(attempt, status="failed", error_message=1): "error_message",
        report(attempt, status="failed", processing_time_seconds=-1): "processing_time_seconds",
        report("no id"): "job_id",  # type: ignore[arg-type] # what a service must not send
    }
    for body, field in malformed.items():
        answer = await call_back(client, body)
        assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", field]), body[:200]
    assert (await read(database, attempt)).callbacks == []


async def test_an_unknown_job_is_not_found(client: Client, service: StandIn) -> None:
    assert (await call_back(client, report(new_id(), service))).status_code == 404


async def test_the_same_callback_twice_counts_once(
    client: Client, database: Database, image: PropertyImage, service: StandIn, queue: MemoryQueue
) -> None:
    body, counted = report(await dispatched(database, image), service), own(CALLBACKS, "already_handled")
    results = [(await call_back(client, body, "msg_1")).json()["result"] for _ in range(3)]
    assert results == ["accepted", "already_handled", "already_handled"]
    assert own(CALLBACKS, "already_handled") - counted == 2
    assert len(queue.jobs) == 1


async def test_the_first_word_counts(
    client: Client, database: Database, image: PropertyImage, service: StandIn
) -> None:
    """Out of order or contradicting: what comes after the end is noted and ignored."""
    attempt = await dispatched(database, image)
    assert (await call_back(client, report(attempt, service))).json() == {"result": "accepted"}
    assert (await call_back(client, report(attempt, status="failed"))).json() == {"result": "ignored"}
    stored = await read(database, attempt)
    assert (stored.state, len(stored.callbacks)) == (EnhancementState.RECEIVED, 2)


async def test_a_callback_may_come_before_the_answer_to_the_request(
    client: Client, database: Database, image: PropertyImage, service: StandIn
) -> None:
    attempt = await make_attempt(database, image, EnhancementState.REQUESTED, utc_now())
    assert (await call_back(client, report(attempt, service))).json() == {"result": "accepted"}
    assert (await read(database, attempt)).state is EnhancementState.RECEIVED


async def test_success_after_a_time_out_still_counts(
    client: Client, database: Database, image: PropertyImage, service: StandIn, queue: MemoryQueue
) -> None:
    attempt = await make_attempt(database, image, EnhancementState.TIMEOUT, utc_now() - timedelta(hours=60))
    assert (await call_back(client, report(attempt, status="failed"))).json() == {"result": "ignored"}
    assert (await call_back(client, report(attempt, service))).json() == {"result": "accepted"}
    stored = await read(database, attempt)
    assert stored.state is EnhancementState.RECEIVED
    assert stored.image.enhancement_status is EnhancementStatus.PROCESSING
    assert [job.name for job in queue.jobs] == ["enhancements.fetch"]


@pytest.mark.parametrize("newer", [EnhancementState.DISPATCHED, EnhancementState.TIMEOUT])
async def test_success_of_a_superseded_attempt_is_noted_and_ignored(
    client: Client, database: Database, image: PropertyImage, service: StandIn, newer: EnhancementState
) -> None:
    old = await make_attempt(database, image, EnhancementState.TIMEOUT, utc_now() - timedelta(hours=60))
    await make_attempt(database, image, newer, utc_now(), attempt=2)
    assert (await call_back(client, report(old, service))).json() == {"result": "ignored"}
    stored = await read(database, old)
    assert (stored.state, len(stored.callbacks)) == (EnhancementState.TIMEOUT, 1)


async def test_callbacks_without_end_do_not_fill_the_row(
    client: Client, database: Database, image: PropertyImage, service: StandIn
) -> None:
    attempt = await dispatched(database, image)
    for _ in range(55):
        assert (await call_back(client, report(attempt, service))).status_code == 200
    assert len((await read(database, attempt)).callbacks) == 50


def test_white_space_around_the_results_address_is_no_part_of_it() -> None:
    said = {"job_id": str(new_id()), "status": "success", "enhanced_image_url": " https://ai.example/1.jpg\n"}
    assert ServiceCallback.model_validate(said).enhanced_image_url == "https://ai.example/1.jpg"
