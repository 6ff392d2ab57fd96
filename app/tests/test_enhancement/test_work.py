"""What workers do with attempts, with a service that does as it should and with one that does not."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import pyvips
from sqlalchemy import text

from app.config.database import Database
from app.config.settings import Settings
from app.core.exceptions import StorageFullError
from app.core.jobs import Job
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EnhancementState, EnhancementStatus, ImageType
from app.infrastructure.ai import common
from app.infrastructure.ai.choice import create_provider
from app.infrastructure.queue.memory import MemoryQueue
from app.infrastructure.storage.local import LocalStorage
from app.models.image import PropertyImage
from app.services import objects
from app.services.enhancement.work import Workshop
from app.tests.test_enhancement.conftest import (
    API_KEY,
    ENHANCED,
    OTHER_BUILDING,
    Clock,
    call_back,
    make_attempt,
    make_image,
    photo,
    read,
    report,
)
from app.tests.test_enhancement.stand_in import (
    Behaviour,
    StandIn,
    answer_without_end,
    hang_up,
    never_answer,
    picture,
    redirect,
    reply,
)

DISPATCH, FETCH = "images.dispatch_enhancement", "images.fetch_enhancement"


async def requested(database: Database, image: PropertyImage, clock: Clock) -> UUID:
    return await make_attempt(database, image, EnhancementState.REQUESTED, clock())


async def received(
    database: Database, image: PropertyImage, clock: Clock, service: StandIn, path: str = "/result.jpg"
) -> UUID:
    return await make_attempt(
        database, image, EnhancementState.RECEIVED, clock(), received_at=clock(), result_url=service.url + path
    )


async def test_the_job_is_given_to_the_service_as_agreed(
    workshop: Workshop, database: Database, image: PropertyImage, service: StandIn, clock: Clock
) -> None:
    attempt = await requested(database, image, clock)
    await workshop.dispatch(attempt)
    (asked,) = service.received
    assert (asked.method, asked.path) == ("POST", "/v1/jobs")
    assert asked.headers["authorization"] == f"Bearer {API_KEY}"
    assert asked.headers["idempotency-key"] == str(attempt)
    assert asked.json() == {
        "job_id": str(attempt),
        "image_url": f"http://casabricks.test/media/{image.original_key}",
        "webhook_url": "http://casabricks.test/api/v1/webhooks/ai-enhancement",
        "operations": ["exposure", "white_balance", "denoise", "verticals", "sharpen"],
        "forbidden": ["sky", "objects"],
    }
    stored = await read(database, attempt)
    assert (stored.state, stored.dispatched_at) == (EnhancementState.DISPATCHED, clock())
    await workshop.dispatch(attempt)
    assert len(service.received) == 1


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
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    queue: MemoryQueue,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Behaviour,
    reason: str,
) -> None:
    monkeypatch.setattr(common, "CALL_SECONDS", 0.5)
    service.on("POST /v1/jobs", behaviour, behaviour, reply(202))
    attempt = await requested(database, image, clock)
    waits = []
    for _ in range(2):
        await workshop.dispatch(attempt)
        stored = await read(database, attempt)
        assert stored.state is EnhancementState.REQUESTED
        assert reason in str(stored.error)
        waits.append((stored.next_try_at - clock()).total_seconds())
        await workshop.dispatch(attempt)  # not due: nothing is sent
        clock.at = stored.next_try_at
    assert 5 <= waits[0] <= 10 <= waits[1] <= 20
    assert [job.name for job in queue.jobs] == [DISPATCH, DISPATCH]
    await workshop.dispatch(attempt)
    assert (await read(database, attempt)).state is EnhancementState.DISPATCHED
    assert [each.headers["idempotency-key"] for each in service.received] == [str(attempt)] * 3


@pytest.mark.parametrize(("value", "seconds"), [("120", 120), ("soon", 0), ("-5", 0), ("9" * 50, 24 * 3600)])
async def test_retry_after_is_honoured(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    queue: MemoryQueue,
    value: str,
    seconds: int,
) -> None:
    service.on("POST /v1/jobs", reply(429, Retry_After=value))
    attempt = await requested(database, image, clock)
    await workshop.dispatch(attempt)
    wait = ((await read(database, attempt)).next_try_at - clock()).total_seconds()
    assert wait == seconds if seconds else 5 <= wait <= 10
    # What is far away is left to the sweep.
    assert len(queue.jobs) == (wait <= 300)


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
async def test_what_is_refused_for_good_fails_with_the_reason(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    behaviour: Behaviour,
    reason: str,
) -> None:
    service.on("POST /v1/jobs", behaviour)
    attempt = await requested(database, image, clock)
    await workshop.dispatch(attempt)
    stored = await read(database, attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.FAILED, EnhancementStatus.FAILED)
    assert reason in str(stored.error)
    assert "secret" not in str(stored.error)
    assert len(service.received) == 1


@pytest.mark.parametrize("behaviour", [reply(200, b"\xff\x00 garbage"), answer_without_end])
async def test_only_the_status_of_the_answer_counts(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    behaviour: Behaviour,
) -> None:
    service.on("POST /v1/jobs", behaviour)
    attempt = await requested(database, image, clock)
    await workshop.dispatch(attempt)
    assert (await read(database, attempt)).state is EnhancementState.DISPATCHED


async def test_a_callback_that_came_before_the_answer_stands(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    client: httpx.AsyncClient,
) -> None:
    attempt = await requested(database, image, clock)
    loop = asyncio.get_running_loop()

    def call_back_first(handler: object) -> None:
        calling = asyncio.run_coroutine_threadsafe(call_back(client, report(attempt, service)), loop)
        assert calling.result(20).status_code == 200
        reply(202)(handler)  # type: ignore[arg-type] # the handler that this was called with

    service.on("POST /v1/jobs", call_back_first)
    await workshop.dispatch(attempt)
    stored = await read(database, attempt)
    assert (stored.state, stored.dispatched_at) == (EnhancementState.RECEIVED, clock())


async def test_a_good_result_is_published_with_what_was_done_to_it(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    queue: MemoryQueue,
    client: httpx.AsyncClient,
) -> None:
    attempt = await received(database, image, clock, service)
    await workshop.fetch(attempt)
    stored = await read(database, attempt)
    assert (stored.state, stored.error, stored.finished_at) == (EnhancementState.COMPLETED, None, clock())
    assert stored.fidelity is not None
    assert stored.fidelity["coverage"] > 0.9
    assert stored.image.enhanced_key == stored.result_key
    assert Job("images.make_variants", {"image_id": image.id}) in queue.jobs
    published = await workshop.storage.get(str(stored.result_key))
    assert published != ENHANCED, "written anew"
    packet = pyvips.Image.jpegload_buffer(published).get("xmp-data").decode()
    for said in ("http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced", image.sha256, "CasaBricks"):
        assert said in packet
    shown = (await client.get(f"/api/v1/properties/{image.property_id}")).json()["images"][0]
    assert shown["enhanced_url"].endswith(str(stored.result_key))
    assert shown["original_url"].endswith(image.original_key)
    assert shown["ai_label"]
    await workshop.fetch(attempt)
    assert len(service.received) == 1


async def test_what_two_workers_do_at_once_counts_once(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    queue: MemoryQueue,
) -> None:
    attempt = await received(database, image, clock, service)
    await asyncio.gather(*(workshop.fetch(attempt) for _ in range(3)))
    assert (await read(database, attempt)).state is EnhancementState.COMPLETED
    assert queue.jobs == [Job("images.make_variants", {"image_id": image.id})]
    folder = workshop.settings.storage_folder / f"properties/{image.property_id}"
    assert len(list(folder.iterdir())) == 2


async def test_another_building_is_kept_for_an_admin(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    client: httpx.AsyncClient,
    admin: dict[str, str],
) -> None:
    service.on("GET /result.jpg", picture(OTHER_BUILDING))
    attempt = await received(database, image, clock, service)
    await workshop.fetch(attempt)
    stored = await read(database, attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.REJECTED, EnhancementStatus.FAILED)
    assert str(stored.error).startswith("The building's structure changed: ")
    assert stored.fidelity is not None
    assert await workshop.storage.get(str(stored.result_key))
    shown = (await client.get(f"/api/v1/properties/{image.property_id}")).json()["images"][0]
    assert (shown["enhanced_url"], shown["ai_label"]) == (None, None)
    # Whoever lets go of it, it stays while it waits for a decision.
    async with unit_of_work(database, workshop.queue) as session:
        await objects.let_go(session, image.property_id, [str(stored.result_key)])
    assert await objects.remove_due(database, workshop.storage) == 0
    await client.post(f"/api/v1/admin/enhancements/{attempt}/discard", headers=admin)
    assert await objects.remove_due(database, workshop.storage) == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (reply(404), "answered 404"),
        (reply(403), "answered 403"),
        (picture(b"<html>not a picture"), "must be a JPEG, PNG or WebP"),
        (picture(ENHANCED[: len(ENHANCED) // 2]), "cut short or damaged"),
        (picture(b""), "empty"),
        (reply(200, ENHANCED, Content_Type="text/html"), "content type is text/html"),
        (reply(200, ENHANCED, Content_Type="image/svg+xml"), "content type is image/svg"),
        (answer_without_end, "larger than 40 MB"),
        (redirect("http://169.254.169.254/latest/meta-data"), "not among the allowed ones"),
        (redirect("file:///etc/passwd"), "http or https is required"),
    ],
)
async def test_a_result_that_is_none_fails_with_the_reason(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    behaviour: Behaviour,
    reason: str,
) -> None:
    service.on("GET /result.jpg", behaviour)
    attempt = await received(database, image, clock, service)
    await workshop.fetch(attempt)
    stored = await read(database, attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.FAILED, EnhancementStatus.FAILED)
    assert reason in str(stored.error)
    assert stored.result_key is None


async def test_results_of_hosts_not_allowed_are_not_fetched(
    workshop: Workshop, database: Database, image: PropertyImage, clock: Clock
) -> None:
    attempt = await make_attempt(
        database,
        image,
        EnhancementState.RECEIVED,
        clock(),
        received_at=clock(),
        result_url="http://evil.example/result.jpg",
    )
    await workshop.fetch(attempt)
    assert "not among the allowed ones" in str((await read(database, attempt)).error)


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/result.jpg", "https://127.0.0.1:{port}/result.jpg"])
async def test_results_on_private_addresses_are_not_fetched(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    settings: Settings,
    address: str,
) -> None:
    """As it is unless development allows it: not without encryption, and not from this machine."""
    provider = create_provider(settings.model_copy(update={"ai_service_private_addresses": False}))
    assert provider is not None
    strict = Workshop(database, workshop.queue, workshop.storage, provider, settings, clock)
    url = address.format(port=service.url.rpartition(":")[2])
    attempt = await make_attempt(
        database, image, EnhancementState.RECEIVED, clock(), received_at=clock(), result_url=url
    )
    await strict.fetch(attempt)
    await provider.close()
    stored = await read(database, attempt)
    assert stored.state is EnhancementState.FAILED
    assert re.search("https is required|not public", str(stored.error))
    assert service.received == []


@pytest.mark.parametrize("behaviour", [reply(500), hang_up, never_answer])
async def test_a_result_that_cannot_be_had_now_is_fetched_later(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    queue: MemoryQueue,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Behaviour,
) -> None:
    monkeypatch.setattr(common, "DOWNLOAD_SECONDS", 0.5)
    service.on("GET /result.jpg", behaviour)
    attempt = await received(database, image, clock, service)
    await workshop.fetch(attempt)
    stored = await read(database, attempt)
    assert (stored.state, stored.tries) == (EnhancementState.RECEIVED, 1)
    assert [job.name for job in queue.jobs] == [FETCH]
    monkeypatch.undo()
    service.on("GET /result.jpg", picture(ENHANCED))
    clock.at = stored.next_try_at
    await workshop.fetch(attempt)
    assert (await read(database, attempt)).state is EnhancementState.COMPLETED


class FullStorage(LocalStorage):
    async def put(self, key: str, data: bytes, content_type: str) -> None:  # noqa: ARG002 - the port's
        raise StorageFullError("The picture storage is full")


async def test_with_a_full_storage_the_result_waits(
    workshop: Workshop, database: Database, image: PropertyImage, service: StandIn, clock: Clock
) -> None:
    full = FullStorage(workshop.settings.storage_folder, None)
    attempt = await received(database, image, clock, service)
    await Workshop(database, workshop.queue, full, workshop.provider, workshop.settings, clock).fetch(attempt)
    stored = await read(database, attempt)
    assert (stored.state, stored.error) == (EnhancementState.RECEIVED, "The picture storage is full")


async def test_an_original_that_is_gone_fails(
    workshop: Workshop, database: Database, image: PropertyImage, service: StandIn, clock: Clock
) -> None:
    await workshop.storage.delete(image.original_key)
    attempt = await received(database, image, clock, service)
    await workshop.fetch(attempt)
    assert (await read(database, attempt)).state is EnhancementState.FAILED


async def test_a_listing_keeps_one_enhanced_picture_whatever_arrives(
    workshop: Workshop, database: Database, image: PropertyImage, service: StandIn, clock: Clock, settings: Settings
) -> None:
    """Two attempts may be under way when the first was timed out and comes late."""
    second = await make_image(database, settings, photo(brighter=0.8), image.property_id)
    attempts = [await received(database, each, clock, service) for each in (image, second)]
    await asyncio.gather(*map(workshop.fetch, attempts))
    states = {(await read(database, attempt)).state for attempt in attempts}
    assert states == {EnhancementState.COMPLETED, EnhancementState.FAILED}


async def test_a_photo_that_is_no_front_view_any_more_is_not_enhanced(
    workshop: Workshop, database: Database, image: PropertyImage, service: StandIn, clock: Clock
) -> None:
    attempt = await received(database, image, clock, service)
    async with unit_of_work(database) as session:
        (await session.get_one(PropertyImage, image.id)).image_type = ImageType.INTERIOR
    await workshop.fetch(attempt)
    assert "this one is interior" in str((await read(database, attempt)).error)


async def test_a_photo_deleted_meanwhile_leaves_nothing(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    client: httpx.AsyncClient,
    admin: dict[str, str],
) -> None:
    attempt = await received(database, image, clock, service)
    loop = asyncio.get_running_loop()

    def delete_first(handler: object) -> None:
        deletion = client.delete(f"/api/v1/admin/images/{image.id}", headers=admin)
        assert asyncio.run_coroutine_threadsafe(deletion, loop).result(20).status_code == 204
        picture(ENHANCED)(handler)  # type: ignore[arg-type] # the handler that this was called with

    service.on("GET /result.jpg", delete_first)
    await workshop.fetch(attempt)
    for step in (workshop.fetch, workshop.dispatch, workshop.expire):
        await step(attempt)
    async with database.read() as session:
        loose = await session.execute(text("SELECT key FROM loose_objects"))
        assert len(loose.all()) == 2, "the original and the result are noted for removal"


async def test_deleting_a_photo_removes_the_results_of_its_attempts(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    client: httpx.AsyncClient,
    admin: dict[str, str],
) -> None:
    service.on("GET /result.jpg", picture(OTHER_BUILDING))
    await workshop.fetch(await received(database, image, clock, service))
    assert (await client.delete(f"/api/v1/admin/images/{image.id}", headers=admin)).status_code == 204
    assert await objects.remove_due(database, workshop.storage) == 2


async def test_the_sweep_asks_for_what_is_due(
    workshop: Workshop, database: Database, settings: Settings, service: StandIn, clock: Clock, queue: MemoryQueue
) -> None:
    images = [await make_image(database, settings) for _ in range(4)]
    lost_request = await requested(database, images[0], clock)
    lost_result = await received(database, images[1], clock, service)
    await make_attempt(database, images[2], EnhancementState.DISPATCHED, clock())
    await make_attempt(
        database, images[3], EnhancementState.REQUESTED, clock(), next_try_at=clock() + timedelta(minutes=5)
    )
    assert await workshop.sweep() == 2
    asked = {(job.name, job.ids["enhancement_id"]) for job in queue.jobs}
    assert asked == {(DISPATCH, lost_request), (FETCH, lost_result)}
    clock.advance(minutes=6)
    assert await workshop.sweep() == 3


async def test_after_48_hours_an_attempt_is_timed_out(
    workshop: Workshop, database: Database, image: PropertyImage, service: StandIn, clock: Clock, queue: MemoryQueue
) -> None:
    attempt = await requested(database, image, clock)
    await workshop.dispatch(attempt)
    clock.advance(hours=47.9)
    assert await workshop.find_overdue() == 0
    await workshop.expire(attempt)
    assert (await read(database, attempt)).state is EnhancementState.DISPATCHED
    clock.advance(hours=0.2)
    assert await workshop.find_overdue() == 1
    assert queue.jobs[-1] == Job("images.expire_enhancement", {"enhancement_id": attempt}, 0)
    await workshop.expire(attempt)
    stored = await read(database, attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.TIMEOUT, EnhancementStatus.TIMEOUT)
    assert len(service.asked(f"GET /v1/jobs/{attempt}")) == 1
    assert service.received[-1].headers["authorization"] == f"Bearer {API_KEY}"
    assert await workshop.find_overdue() == 0


async def test_the_service_is_asked_once_before_a_time_out(
    workshop: Workshop, database: Database, settings: Settings, service: StandIn, clock: Clock
) -> None:
    for state, said in (
        (EnhancementState.RECEIVED, {}),
        (EnhancementState.FAILED, {"status": "failed", "error_message": "dark"}),
    ):
        image = await make_image(database, settings)
        attempt = await make_attempt(database, image, EnhancementState.DISPATCHED, clock() - timedelta(hours=49))
        service.on(f"GET /v1/jobs/{attempt}", reply(200, report(attempt, service, **said)))
        await workshop.expire(attempt)
        assert (await read(database, attempt)).state is state
    other = await make_image(database, settings)
    for useless in (
        reply(200, b"garbage"),
        reply(200, report(other.id, service)),
        reply(200, {"job_id": "x", "status": "processing"}),
        reply(500),
        hang_up,
        reply(401),
    ):
        image = await make_image(database, settings)
        attempt = await make_attempt(database, image, EnhancementState.DISPATCHED, clock() - timedelta(hours=49))
        service.on(f"GET /v1/jobs/{attempt}", useless)
        await workshop.expire(attempt)
        assert (await read(database, attempt)).state is EnhancementState.TIMEOUT


async def test_late_success_completes(
    workshop: Workshop,
    database: Database,
    image: PropertyImage,
    service: StandIn,
    clock: Clock,
    client: httpx.AsyncClient,
) -> None:
    """And is not timed out again while its result is fetched."""
    clock.advance(hours=-60)
    attempt = await requested(database, image, clock)
    await workshop.dispatch(attempt)
    clock.advance(hours=60)
    await workshop.expire(attempt)
    assert (await read(database, attempt)).state is EnhancementState.TIMEOUT
    assert (await call_back(client, report(attempt, service))).json() == {"result": "accepted"}
    clock.advance(minutes=5)
    assert await workshop.find_overdue() == 0
    await workshop.fetch(attempt)
    stored = await read(database, attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.COMPLETED, EnhancementStatus.COMPLETED)


async def test_while_no_service_is_configured_attempts_wait(
    workshop: Workshop, database: Database, image: PropertyImage, clock: Clock
) -> None:
    idle = Workshop(database, workshop.queue, workshop.storage, None, workshop.settings, clock)
    attempt = await requested(database, image, clock)
    await idle.dispatch(attempt)
    assert (await read(database, attempt)).state is EnhancementState.REQUESTED
    clock.advance(hours=49)
    await idle.expire(attempt)
    assert (await read(database, attempt)).state is EnhancementState.TIMEOUT
