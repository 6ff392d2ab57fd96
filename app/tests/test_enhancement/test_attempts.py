"""Admins start attempts, read them, and decide on what the fidelity gate stopped."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from structlog.testing import capture_logs

from app.config.database import Database
from app.config.settings import AppEnv, Settings
from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.jobs import Job
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EnhancementState, EnhancementStatus, ImageType
from app.infrastructure.queue.memory import MemoryQueue
from app.infrastructure.storage import create_storage
from app.main import create_app
from app.models.enhancement import UNDER_WAY
from app.models.image import PropertyImage
from app.models.property import Property
from app.tests.conftest import client_of, settings_for
from app.tests.test_enhancement.conftest import ENHANCED, SECRET, make_attempt, make_image, photo, read

Admin = dict[str, str]


async def enhance(client: httpx.AsyncClient, admin: Admin, image_id: UUID) -> httpx.Response:
    return await client.post(f"/api/v1/admin/images/{image_id}/enhance", headers=admin)


async def test_starting_one_writes_the_row_and_sends_the_job(
    client: httpx.AsyncClient, admin: Admin, image: PropertyImage, database: Database, queue: MemoryQueue
) -> None:
    answer = await enhance(client, admin, image.id)
    assert answer.status_code == 202
    body = answer.json()
    assert (body["state"], body["attempt"], body["error"]) == ("requested", 1, None)
    stored = await read(database, UUID(body["id"]))
    assert stored.state is EnhancementState.REQUESTED
    assert stored.image.enhancement_status is EnhancementStatus.PROCESSING
    assert Job("enhancements.dispatch", {"enhancement_id": stored.id}) in queue.jobs
    listed = await client.get(answer.headers["Location"], headers=admin)
    assert [each["id"] for each in listed.json()] == [body["id"]]


async def test_a_second_one_while_one_runs_gets_the_running_one(
    client: httpx.AsyncClient, admin: Admin, image: PropertyImage
) -> None:
    answers = await asyncio.gather(*(enhance(client, admin, image.id) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    running = next(answer.json()["id"] for answer in answers if answer.status_code == 202)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["rule"] == "one_at_a_time"
            assert answer.json()["enhancement"]["id"] == running


async def test_an_unknown_image_is_not_found(client: httpx.AsyncClient, admin: Admin) -> None:
    assert (await enhance(client, admin, new_id())).status_code == 404
    assert (await client.get(f"/api/v1/admin/images/{new_id()}/enhancements", headers=admin)).status_code == 404


@pytest.mark.parametrize("image_type", [each for each in ImageType if each is not ImageType.FRONT_EXTERIOR])
async def test_only_front_views_are_enhanced(
    client: httpx.AsyncClient, admin: Admin, database: Database, settings: Settings, image_type: ImageType
) -> None:
    image = await make_image(database, settings, image_type=image_type)
    answer = await enhance(client, admin, image.id)
    assert answer.status_code == 409
    assert answer.json()["rule"] == "front_exterior_only"
    assert image_type in answer.json()["detail"]


async def test_a_listing_has_one_enhanced_picture(
    client: httpx.AsyncClient, admin: Admin, database: Database, settings: Settings, image: PropertyImage
) -> None:
    second = await make_image(database, settings, photo(brighter=0.8), image.property_id)
    assert (await enhance(client, admin, image.id)).status_code == 202
    refused = await enhance(client, admin, second.id)
    assert (refused.status_code, refused.json()["rule"]) == (409, "one_per_listing")
    assert refused.json()["image_id"] == str(image.id)


async def test_what_is_enhanced_is_not_enhanced_again(
    client: httpx.AsyncClient, admin: Admin, database: Database, image: PropertyImage
) -> None:
    async with unit_of_work(database) as session:
        stored = await session.get_one(PropertyImage, image.id)
        stored.enhancement_status, stored.enhanced_key = EnhancementStatus.COMPLETED, "properties/x.jpg"
    answer = await enhance(client, admin, image.id)
    assert (answer.status_code, answer.json()["rule"]) == (409, "already_enhanced")


async def test_a_deleted_listing_is_left_alone(
    client: httpx.AsyncClient, admin: Admin, database: Database, image: PropertyImage
) -> None:
    async with unit_of_work(database) as session:
        (await session.get_one(Property, image.property_id)).deleted_at = utc_now()
    answer = await enhance(client, admin, image.id)
    assert (answer.status_code, answer.json()["rule"]) == (409, "listing_deleted")


@pytest.mark.parametrize("ended", [EnhancementState.FAILED, EnhancementState.TIMEOUT, EnhancementState.REJECTED])
async def test_after_failure_or_time_out_it_may_be_tried_again(
    client: httpx.AsyncClient, admin: Admin, database: Database, image: PropertyImage, ended: EnhancementState
) -> None:
    await make_attempt(database, image, ended, utc_now())
    answer = await enhance(client, admin, image.id)
    assert (answer.status_code, answer.json()["attempt"]) == (202, 2)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ai_service_api_url": None}, "AI_SERVICE_API_URL must"),
        ({"ai_service_api_key": None, "public_url": None}, "AI_SERVICE_API_KEY, PUBLIC_URL must"),
        ({"ai_service_webhook_secret": []}, "AI_SERVICE_WEBHOOK_SECRET must"),
    ],
)
async def test_without_a_service_it_says_what_to_configure(
    settings: Settings, database: Database, admin: Admin, image: PropertyImage, change: dict[str, Any], named: str
) -> None:
    lacking = settings.model_copy(update=change)
    async with client_of(create_app(lacking, database, MemoryQueue())) as client:
        answer = await enhance(client, admin, image.id)
        assert answer.status_code == 503
        assert named in answer.json()["detail"]
        assert (await client.get("/health")).json()["dependencies"]["ai_service"]["status"] == "not_configured"
        assert (await client.get(f"/api/v1/admin/images/{image.id}/enhancements", headers=admin)).json() == []


async def test_health_tells_whether_the_service_can_be_reached(
    client: httpx.AsyncClient, settings: Settings, database: Database
) -> None:
    assert (await client.get("/health")).json()["dependencies"]["ai_service"]["status"] == "ok"
    away = settings.model_copy(update={"ai_service_api_url": "http://127.0.0.1:1/jobs"})
    async with client_of(create_app(away, database, MemoryQueue())) as other:
        health = (await other.get("/health")).json()
    assert (health["status"], health["dependencies"]["ai_service"]["status"]) == ("degraded", "down")


async def rejected(database: Database, settings: Settings, image: PropertyImage) -> UUID:
    """An attempt whose result the gate stopped."""
    key = f"properties/{image.property_id}/result.jpg"
    await create_storage(settings).put(key, ENHANCED, "image/jpeg")
    now = utc_now()
    return await make_attempt(
        database, image, EnhancementState.REJECTED, now, result_key=key, finished_at=now, error="a storey was added"
    )


async def decide(client: httpx.AsyncClient, admin: Admin, enhancement_id: UUID, decision: str) -> httpx.Response:
    return await client.post(f"/api/v1/admin/enhancements/{enhancement_id}/{decision}", headers=admin)


async def test_an_admin_may_publish_what_the_gate_stopped(
    client: httpx.AsyncClient,
    admin: Admin,
    database: Database,
    settings: Settings,
    image: PropertyImage,
    queue: MemoryQueue,
) -> None:
    attempt = await rejected(database, settings, image)
    with capture_logs() as logs:
        answer = await decide(client, admin, attempt, "publish")
    assert (answer.status_code, answer.json()["state"]) == (200, "completed")
    (entry,) = [each for each in logs if each["event"] == "enhancement_published"]
    assert (entry["enhancement_id"], bool(entry["actor_id"])) == (str(attempt), True)
    assert Job("images.make_variants", {"image_id": image.id}) in queue.jobs
    shown = (await client.get(f"/api/v1/properties/{image.property_id}")).json()["images"][0]
    assert shown["enhancement_status"] == "completed"
    assert shown["enhanced_url"] == answer.json()["result_url"]
    assert shown["ai_label"]
    assert shown["ai_disclaimer"]


@pytest.mark.parametrize("published", [False, True])
async def test_an_admin_may_discard_a_result_published_or_not(
    client: httpx.AsyncClient,
    admin: Admin,
    database: Database,
    settings: Settings,
    image: PropertyImage,
    published: bool,  # noqa: FBT001 - a test's parameter
) -> None:
    attempt = await rejected(database, settings, image)
    if published:
        assert (await decide(client, admin, attempt, "publish")).status_code == 200
    answer = await decide(client, admin, attempt, "discard")
    assert (answer.status_code, answer.json()["state"], answer.json()["result_url"]) == (200, "discarded", None)
    shown = (await client.get(f"/api/v1/properties/{image.property_id}")).json()["images"][0]
    assert (shown["enhanced_url"], shown["ai_label"]) == (None, None)
    assert (await enhance(client, admin, image.id)).status_code == 202


async def test_only_results_can_be_decided_on(
    client: httpx.AsyncClient, admin: Admin, database: Database, image: PropertyImage
) -> None:
    for decision in ("publish", "discard"):
        assert (await decide(client, admin, new_id(), decision)).status_code == 404
    for number, state in enumerate(EnhancementState, 1):
        if state in {EnhancementState.REJECTED, EnhancementState.COMPLETED}:
            continue
        attempt = await make_attempt(database, image, state, utc_now(), attempt=number)
        for decision in ("publish", "discard"):
            answer = await decide(client, admin, attempt, decision)
            assert (answer.status_code, state in answer.json()["detail"]) == (409, True)
        if state in UNDER_WAY:
            async with unit_of_work(database) as session:
                await session.delete(await read(database, attempt))


async def test_a_newer_attempt_stands_before_an_old_result(
    client: httpx.AsyncClient, admin: Admin, database: Database, settings: Settings, image: PropertyImage
) -> None:
    attempt = await rejected(database, settings, image)
    assert (await enhance(client, admin, image.id)).status_code == 202
    assert (await decide(client, admin, attempt, "publish")).status_code == 409
    assert (await decide(client, admin, attempt, "discard")).status_code == 200


def test_addresses_and_secrets_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    here = "postgresql+asyncpg://127.0.0.1:1/none"
    for name, value in {
        "ai_service_api_url": "ai.example/jobs",
        "ai_service_webhook_secret": "whsec_short",
        "ai_service_allowed_hosts": "https://cdn.example",
    }.items():
        with pytest.raises(ValueError, match=name):
            settings_for(here, **{name: value})
    lists = {"ai_service_allowed_hosts": "CDN.example, .storage.example", "ai_service_webhook_secret": "a,b"}
    settings = settings_for(here, **lists)
    assert settings.ai_service_allowed_hosts == ["cdn.example", ".storage.example"]
    assert [secret.get_secret_value() for secret in settings.ai_service_webhook_secret] == ["a", "b"]


def test_production_talks_to_the_service_in_secret_or_not_at_all() -> None:
    strong = "kJ8vQ2mZr5Xw9TbN4cYd7Lf1HsGa3PeUiOx6"
    production = {"app_env": AppEnv.PRODUCTION, "secret_key": strong, "jwt_secret_key": strong}
    here = "postgresql+asyncpg://127.0.0.1:1/none"
    for change in (
        {"ai_service_api_url": "http://ai.example/jobs"},
        {"ai_service_webhook_secret": "short"},
        {"ai_service_private_addresses": True},
    ):
        settings_for(here, **change)
        with pytest.raises(ValueError, match=next(iter(change))):
            settings_for(here, **production, **change)
    settings_for(here, **production, ai_service_api_url="https://ai.example/jobs", ai_service_webhook_secret=SECRET)
