"""The adapter for Autoenhance.ai, against a server that answers as its documentation says."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import orjson
import pytest
import pytest_asyncio
from pydantic import SecretStr

from app.config.database import Database
from app.config.settings import Settings
from app.core.ids import new_id
from app.core.vocabulary import EnhancementState
from app.infrastructure.ai.choice import create_provider
from app.infrastructure.queue.memory import MemoryQueue
from app.infrastructure.storage import create_storage
from app.main import create_app
from app.models.image import PropertyImage
from app.services.enhancement.work import Workshop
from app.tests.conftest import client_of
from app.tests.test_enhancement.conftest import ENHANCED, WEBHOOK, Clock, make_attempt, photo, read
from app.tests.test_enhancement.stand_in import Behaviour, StandIn, hang_up, picture, redirect, reply

TOKEN = "the authentication value set in its web application"
REF = "3fd6a0c2-9d1c-4b8e-a3a5-0d4c0f4f8d11"
DOWNLOAD = f"GET /v3/images/{REF}/enhanced?preview=false"


@pytest.fixture
def auto(settings: Settings, service: StandIn) -> Settings:
    """Settings for Autoenhance.ai, which stands on this machine and lets photos be uploaded to /upload."""
    service.on(
        "POST /v3/images/", reply(200, {"image_id": REF, "order_id": "…", "upload_url": f"{service.url}/upload"})
    )
    service.on("PUT /upload", reply(200))
    service.on(DOWNLOAD, redirect("/assets/1"))
    service.on("GET /assets/1", picture(ENHANCED))
    change = {
        "ai_service_provider": "autoenhance",
        "ai_service_api_url": f"{service.url}/v3",
        "ai_service_webhook_secret": [SecretStr(TOKEN)],
    }
    return settings.model_copy(update=change)


@pytest_asyncio.fixture
async def workshop(database: Database, queue: MemoryQueue, auto: Settings, clock: Clock) -> AsyncIterator[Workshop]:
    provider = create_provider(auto)
    assert provider is not None
    yield Workshop(database, queue, create_storage(auto), provider, auto, clock)
    await provider.close()


@pytest_asyncio.fixture
async def client(auto: Settings, database: Database, queue: MemoryQueue) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(auto, database, queue)) as http:
        yield http


@pytest_asyncio.fixture
async def attempt(database: Database, image: PropertyImage, clock: Clock) -> UUID:
    return await make_attempt(database, image, EnhancementState.REQUESTED, clock(), provider="autoenhance")


def processed(order_id: UUID | str, **fields: object) -> dict[str, object]:
    event = {"event": "image_processed", "image_id": REF, "error": False, "order_is_processing": False}
    return event | {"order_id": str(order_id)} | fields


async def call_back(client: httpx.AsyncClient, event: dict[str, object], token: str = TOKEN) -> httpx.Response:
    return await client.post(WEBHOOK, content=orjson.dumps(event), headers={"Authorization": token})


async def test_from_photo_to_enhanced_picture(
    workshop: Workshop, client: httpx.AsyncClient, database: Database, attempt: UUID, service: StandIn, clock: Clock
) -> None:
    await workshop.dispatch(attempt)
    registered, uploaded = service.received
    assert registered.headers["x-api-key"].startswith("hunter2")
    asked = registered.json()
    assert asked["order_id"] == str(attempt)
    assert (asked["sky_replacement"], asked["vertical_correction"], asked["window_pull"]) == (False, True, False)
    assert asked["contentType"] == uploaded.headers["content-type"] == "image/jpeg"
    assert uploaded.body == photo()
    assert "x-api-key" not in uploaded.headers
    stored = await read(database, attempt)
    assert (stored.state, stored.provider_ref) == (EnhancementState.DISPATCHED, REF)

    assert (await call_back(client, processed(attempt))).json() == {"result": "accepted"}
    assert (await call_back(client, processed(attempt))).json() == {"result": "already_handled"}
    clock.advance(minutes=5)
    await workshop.fetch(attempt)
    assert len(service.asked(DOWNLOAD)) == 1
    assert (await read(database, attempt)).state is EnhancementState.COMPLETED


async def test_an_older_api_names_the_address_otherwise(
    workshop: Workshop, database: Database, attempt: UUID, service: StandIn
) -> None:
    service.on("POST /v3/images/", reply(200, {"image_id": REF, "s3PutObjectUrl": f"{service.url}/upload"}))
    await workshop.dispatch(attempt)
    assert (await read(database, attempt)).state is EnhancementState.DISPATCHED


@pytest.mark.parametrize(
    ("request_line", "behaviour", "state", "reason"),
    [
        ("POST /v3/images/", reply(429), EnhancementState.REQUESTED, "answered 429"),
        ("POST /v3/images/", reply(200, b"<html>"), EnhancementState.REQUESTED, "something else than documented"),
        ("POST /v3/images/", reply(200, {"image_id": "a" * 201}), EnhancementState.REQUESTED, "else than documented"),
        ("POST /v3/images/", reply(401), EnhancementState.FAILED, "answered 401"),
        ("POST /v3/images/", reply(404), EnhancementState.FAILED, "answered 404"),
        ("POST /v3/images/", reply(200, {"image_id": REF}), EnhancementState.FAILED, "no address to upload to"),
        (
            "POST /v3/images/",
            reply(200, {"image_id": REF, "upload_url": "http://evil.example/"}),
            EnhancementState.FAILED,
            "not among the allowed ones",
        ),
        ("PUT /upload", reply(503), EnhancementState.REQUESTED, "answered 503"),
        ("PUT /upload", hang_up, EnhancementState.REQUESTED, "could not be uploaded"),
        ("PUT /upload", reply(403), EnhancementState.FAILED, "answered 403"),
    ],
)
async def test_what_goes_wrong_is_repeated_or_fails(
    workshop: Workshop,
    database: Database,
    attempt: UUID,
    service: StandIn,
    request_line: str,
    behaviour: Behaviour,
    state: EnhancementState,
    reason: str,
) -> None:
    service.on(request_line, behaviour)
    await workshop.dispatch(attempt)
    stored = await read(database, attempt)
    assert stored.state is state
    assert reason in str(stored.error)


async def test_a_callback_before_the_answer_brings_the_reference(
    workshop: Workshop, client: httpx.AsyncClient, database: Database, attempt: UUID, clock: Clock
) -> None:
    assert (await call_back(client, processed(attempt), f"Bearer {TOKEN}")).json() == {"result": "accepted"}
    clock.advance(minutes=5)
    await workshop.fetch(attempt)
    assert (await read(database, attempt)).state is EnhancementState.COMPLETED


async def test_callbacks_that_are_no_news(client: httpx.AsyncClient, database: Database, attempt: UUID) -> None:
    assert (await call_back(client, {"event": "webhook_updated"})).json() == {"result": "ignored"}
    for token in ("", "Bearer", "Bearer other", TOKEN[:-1]):
        assert (await call_back(client, processed(attempt), token)).status_code == 401
    assert (await call_back(client, processed(new_id()))).status_code == 404
    assert (await call_back(client, processed("x"))).status_code == 422
    for no_name in (None, "", "a" * 201, "nul\x00", "../users/1?a="):
        assert (await call_back(client, processed(attempt, image_id=no_name))).status_code == 422
    assert (await read(database, attempt)).state is EnhancementState.REQUESTED
    assert (await call_back(client, processed(attempt, error=True))).json() == {"result": "accepted"}
    assert (await read(database, attempt)).error == "Autoenhance.ai could not enhance it"


@pytest.mark.parametrize(
    ("images", "state"),
    [
        ([{"image_id": REF, "status": "processed"}], EnhancementState.RECEIVED),
        ([{"image_id": "1", "status": "waiting"}, {"image_id": REF, "status": "processed"}], EnhancementState.RECEIVED),
        ([{"image_id": REF, "status": "error", "status_reason": "too\x00 small"}], EnhancementState.FAILED),
        ([{"image_id": REF, "status": "processing"}], EnhancementState.TIMEOUT),
        ([], EnhancementState.TIMEOUT),
    ],
)
async def test_it_is_asked_once_before_a_time_out(
    workshop: Workshop,
    database: Database,
    attempt: UUID,
    service: StandIn,
    clock: Clock,
    images: list[dict[str, str]],
    state: EnhancementState,
) -> None:
    await workshop.dispatch(attempt)
    service.on(f"GET /v3/orders/{attempt}", reply(200, {"order_id": str(attempt), "images": images}))
    clock.advance(hours=49)
    await workshop.expire(attempt)
    stored = await read(database, attempt)
    assert stored.state is state
    assert stored.provider_ref == REF
