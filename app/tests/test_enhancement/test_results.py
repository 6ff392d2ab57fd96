"""Results: fetched, compared, published or kept from being so."""

import asyncio
import re

import httpx
import pytest
import pyvips
from sqlalchemy import text

from app.core.exceptions import StorageFullError
from app.core.jobs import Job
from app.core.metrics import ENHANCEMENTS
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EnhancementState, EnhancementStatus, ImageType
from app.infrastructure.ai import common
from app.infrastructure.ai.choice import create_provider
from app.infrastructure.storage.local import LocalStorage
from app.models.image import PropertyImage
from app.services import objects
from app.services.enhancement.work import Workshop
from app.tests.counting import own
from app.tests.test_enhancement.conftest import (
    ENHANCED,
    FETCH,
    OTHER_BUILDING,
    Bench,
    make_image,
    photo,
)
from app.tests.test_enhancement.stand_in import (
    Behaviour,
    answer_without_end,
    hang_up,
    never_answer,
    picture,
    redirect,
    reply,
    serve,
)


async def test_a_good_result_is_published_with_what_was_done_to_it(bench: Bench, client: httpx.AsyncClient) -> None:
    attempt = await bench.received()
    await bench.workshop.fetch(attempt)
    stored = await bench.read(attempt)
    assert (stored.state, stored.error, stored.finished_at) == (EnhancementState.COMPLETED, None, bench.clock())
    assert stored.fidelity is not None
    assert stored.fidelity["coverage"] > 0.9
    assert stored.image.enhanced_key == stored.result_key
    assert Job("images.make_variants", {"image_id": bench.image.id}) in bench.queue.jobs
    published = await bench.workshop.storage.get(str(stored.result_key))
    assert published != ENHANCED, "written anew"
    packet = pyvips.Image.jpegload_buffer(published).get("xmp-data").decode()
    for said in (
        "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced",
        bench.image.sha256,
        "CasaBricks",
    ):
        assert said in packet
    shown = (await client.get(f"/api/v1/properties/{bench.image.property_id}")).json()["images"][0]
    assert shown["enhanced_url"].endswith(str(stored.result_key))
    assert shown["original_url"].endswith(bench.image.original_key)
    assert shown["ai_label"]
    await bench.workshop.fetch(attempt)
    assert len(bench.service.received) == 1


async def test_what_two_workers_do_at_once_counts_once(bench: Bench) -> None:
    attempt, counted = await bench.received(), own(ENHANCEMENTS, "completed")
    await asyncio.gather(*(bench.workshop.fetch(attempt) for _ in range(3)))
    assert own(ENHANCEMENTS, "completed") - counted == 1
    assert (await bench.read(attempt)).state is EnhancementState.COMPLETED
    assert bench.queue.jobs == [Job("images.make_variants", {"image_id": bench.image.id})]
    folder = bench.settings.storage_folder / f"properties/{bench.image.property_id}"
    assert len(list(folder.iterdir())) == 2


async def test_another_building_is_kept_for_an_admin(
    bench: Bench, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    bench.service.on("GET /result.jpg", picture(OTHER_BUILDING))
    attempt, counted = await bench.received(), own(ENHANCEMENTS, "rejected")
    await bench.workshop.fetch(attempt)
    assert own(ENHANCEMENTS, "rejected") - counted == 1
    stored = await bench.read(attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.REJECTED, EnhancementStatus.FAILED)
    assert str(stored.error).startswith("The building's structure changed: ")
    assert stored.fidelity is not None
    assert await bench.workshop.storage.get(str(stored.result_key))
    shown = (await client.get(f"/api/v1/properties/{bench.image.property_id}")).json()["images"][0]
    assert (shown["enhanced_url"], shown["ai_label"]) == (None, None)
    # Whoever lets go of it, it stays while it waits for a decision.
    async with unit_of_work(bench.database, bench.workshop.queue) as session:
        await objects.let_go(session, bench.image.property_id, [str(stored.result_key)])
    assert await objects.remove_due(bench.database, bench.workshop.storage) == 0
    await client.post(f"/api/v1/admin/enhancements/{attempt}/discard", headers=admin)
    assert await objects.remove_due(bench.database, bench.workshop.storage) == 1


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
async def test_a_result_that_is_none_fails_with_the_reason(bench: Bench, behaviour: Behaviour, reason: str) -> None:
    bench.service.on("GET /result.jpg", behaviour)
    attempt = await bench.received()
    await bench.workshop.fetch(attempt)
    stored = await bench.read(attempt)
    assert (stored.state, stored.image.enhancement_status) == (EnhancementState.FAILED, EnhancementStatus.FAILED)
    assert reason in str(stored.error)
    assert stored.result_key is None


async def test_results_of_other_hosts_and_ports_are_not_fetched(bench: Bench) -> None:
    with serve() as neighbour:
        for origin in ("http://evil.example", neighbour.url):
            image = await make_image(bench.database, bench.settings)
            attempt = await bench.received(image, url=f"{origin}/result.jpg")
            await bench.workshop.fetch(attempt)
            assert f"{origin} is not among the allowed ones" in str((await bench.read(attempt)).error)
        assert neighbour.received == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/result.jpg", "https://127.0.0.1:{port}/result.jpg"])
async def test_results_on_private_addresses_are_not_fetched(bench: Bench, address: str) -> None:
    """As it is unless development allows it: not without encryption, and not from this machine."""
    url = address.format(port=bench.service.url.rpartition(":")[2])
    changes = {"ai_service_private_addresses": False, "ai_service_api_url": url}
    provider = create_provider(bench.settings.model_copy(update=changes))
    assert provider is not None
    strict = Workshop(
        bench.database, bench.workshop.queue, bench.workshop.storage, provider, bench.settings, bench.clock
    )
    attempt = await bench.received(url=url)
    await strict.fetch(attempt)
    await provider.close()
    stored = await bench.read(attempt)
    assert stored.state is EnhancementState.FAILED
    assert re.search("https is required|not public", str(stored.error))
    assert bench.service.received == []


@pytest.mark.parametrize("behaviour", [reply(500), hang_up, never_answer])
async def test_a_result_that_cannot_be_had_now_is_fetched_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour
) -> None:
    monkeypatch.setattr(common, "DOWNLOAD_SECONDS", 0.5)
    bench.service.on("GET /result.jpg", behaviour)
    attempt = await bench.received()
    await bench.workshop.fetch(attempt)
    stored = await bench.read(attempt)
    assert (stored.state, stored.tries) == (EnhancementState.RECEIVED, 1)
    assert [job.name for job in bench.queue.jobs] == [FETCH]
    monkeypatch.undo()
    bench.service.on("GET /result.jpg", picture(ENHANCED))
    bench.clock.at = stored.next_try_at
    await bench.workshop.fetch(attempt)
    assert (await bench.read(attempt)).state is EnhancementState.COMPLETED


class FullStorage(LocalStorage):
    async def put(self, key: str, data: bytes, content_type: str) -> None:  # noqa: ARG002 - the port's
        raise StorageFullError("The picture storage is full")


async def test_with_a_full_storage_the_result_waits(bench: Bench) -> None:
    full = FullStorage(bench.settings.storage_folder, "")
    attempt = await bench.received()
    await Workshop(
        bench.database, bench.workshop.queue, full, bench.workshop.provider, bench.settings, bench.clock
    ).fetch(attempt)
    stored = await bench.read(attempt)
    assert (stored.state, stored.error) == (EnhancementState.RECEIVED, "The picture storage is full")


async def test_a_result_of_another_service_is_not_asked_of_this_one(bench: Bench) -> None:
    attempt = await bench.received(provider="autoenhance")
    await bench.workshop.fetch(attempt)
    assert "was changed to http" in str((await bench.read(attempt)).error)
    assert bench.service.received == []


async def test_an_original_that_is_gone_fails(bench: Bench) -> None:
    await bench.workshop.storage.delete(bench.image.original_key)
    attempt = await bench.received()
    await bench.workshop.fetch(attempt)
    assert (await bench.read(attempt)).state is EnhancementState.FAILED


async def test_a_listing_keeps_one_enhanced_picture_whatever_arrives(bench: Bench) -> None:
    """Two attempts may be under way when the first was timed out and comes late."""
    second = await make_image(bench.database, bench.settings, photo(brighter=0.8), bench.image.property_id)
    attempts = [await bench.received(each) for each in (bench.image, second)]
    await asyncio.gather(*map(bench.workshop.fetch, attempts))
    states = {(await bench.read(attempt)).state for attempt in attempts}
    assert states == {EnhancementState.COMPLETED, EnhancementState.FAILED}


async def test_a_photo_that_is_no_front_view_any_more_is_not_enhanced(bench: Bench) -> None:
    attempt = await bench.received()
    async with unit_of_work(bench.database) as session:
        (await session.get_one(PropertyImage, bench.image.id)).image_type = ImageType.INTERIOR
    await bench.workshop.fetch(attempt)
    assert "this one is interior" in str((await bench.read(attempt)).error)


async def test_a_photo_deleted_meanwhile_leaves_nothing(
    bench: Bench, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    attempt = await bench.received()
    loop = asyncio.get_running_loop()

    def delete_first(handler: object) -> None:
        deletion = client.delete(f"/api/v1/admin/images/{bench.image.id}", headers=admin)
        assert asyncio.run_coroutine_threadsafe(deletion, loop).result(20).status_code == 204
        picture(ENHANCED)(handler)  # type: ignore[arg-type] # the handler that this was called with

    bench.service.on("GET /result.jpg", delete_first)
    await bench.workshop.fetch(attempt)
    for step in (bench.workshop.fetch, bench.workshop.dispatch, bench.workshop.expire):
        await step(attempt)
    async with bench.database.read() as session:
        loose = await session.execute(text("SELECT key FROM loose_objects"))
        assert len(loose.all()) == 2, "the original and the result are noted for removal"


async def test_deleting_a_photo_removes_the_results_of_its_attempts(
    bench: Bench, client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    bench.service.on("GET /result.jpg", picture(OTHER_BUILDING))
    await bench.workshop.fetch(await bench.received())
    assert (await client.delete(f"/api/v1/admin/images/{bench.image.id}", headers=admin)).status_code == 204
    assert await objects.remove_due(bench.database, bench.workshop.storage) == 2
