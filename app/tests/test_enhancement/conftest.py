"""A photo of a front, a service on this machine, and the workshop that stands between them."""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
import pytest_asyncio
import pyvips
from pydantic import SecretStr

from app.config.database import Database
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EnhancementState, EnhancementStatus, ImageType
from app.infrastructure.ai.choice import create_provider
from app.infrastructure.queue.memory import MemoryQueue
from app.infrastructure.signing import sign
from app.infrastructure.storage import create_storage
from app.models.enhancement import Enhancement
from app.models.image import PropertyImage
from app.repositories import enhancements
from app.services.enhancement.work import Workshop
from app.tests.conftest import settings_for
from app.tests.factories import make_property
from app.tests.photos import PHOTOS
from app.tests.test_enhancement.stand_in import StandIn, picture, reply, serve

SECRET = f"whsec_{base64.b64encode(b'what callbacks are signed with').decode()}"
SIMPLE_SECRET = "what simple services sign with"
API_KEY = "hunter2-the-key-of-the-service"
DISPATCH, FETCH = "enhancements.dispatch", "enhancements.fetch"
WEBHOOK = "/api/v1/webhooks/ai-enhancement"


@cache
def photo(name: str = "exterior_lund_01", brighter: float = 1.0) -> bytes:
    """A small JPEG of a building, its light changed as an honest enhancement changes it."""
    image = pyvips.Image.thumbnail(str(PHOTOS / f"{name}.jpg"), 480)
    data: bytes = (image * brighter).cast("uchar").jpegsave_buffer(Q=88, keep="none")
    return data


ENHANCED = photo(brighter=1.15)
OTHER_BUILDING = photo("exterior_berlin_facade_01")


@dataclass
class Clock:
    """The time that work goes by."""

    at: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def service() -> Iterator[StandIn]:
    """Takes every job; its result is at /result.jpg."""
    with serve() as stand_in:
        stand_in.on("POST /v1/jobs", reply(202, {"status": "queued"}))
        stand_in.on("GET /result.jpg", picture(ENHANCED))
        yield stand_in


def service_settings(database_url: str, service: StandIn, media: Path, **changes: object) -> Settings:
    values = {
        "ai_service_api_url": f"{service.url}/v1/jobs",
        "ai_service_api_key": SecretStr(API_KEY),
        "ai_service_webhook_secret": [SecretStr(SECRET), SecretStr(SIMPLE_SECRET)],
        "ai_service_private_addresses": True,
        "public_url": "http://casabricks.test",
        "storage_folder": media,
    }
    return settings_for(database_url, **(values | changes))


@pytest.fixture
def settings(database: Database, service: StandIn, tmp_path: Path) -> Settings:
    return service_settings(database.engine.url.render_as_string(hide_password=False), service, tmp_path / "media")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def workshop(database: Database, queue: MemoryQueue, settings: Settings, clock: Clock) -> AsyncIterator[Workshop]:
    provider = create_provider(settings)
    assert provider is not None
    yield Workshop(database, queue, create_storage(settings), provider, settings, clock)
    await provider.close()


async def make_image(
    database: Database, settings: Settings, data: bytes | None = None, property_id: UUID | None = None, **fields: Any
) -> PropertyImage:
    """A stored photo, of the front of a listing of its own unless told otherwise."""
    data = data or photo()
    sha256 = hashlib.sha256(data).hexdigest()
    async with unit_of_work(database) as session:
        owner = property_id or (await make_property(session)).id
        key = f"properties/{owner}/{sha256}.jpg"
        values = {
            "property_id": owner,
            "sha256": sha256,
            "original_key": key,
            "content_type": "image/jpeg",
            "width": 480,
            "height": 360,
            "image_type": ImageType.FRONT_EXTERIOR,
        }
        image = PropertyImage(**(values | fields))
        session.add(image)
    await create_storage(settings).put(key, data, "image/jpeg")
    return image


@pytest_asyncio.fixture
async def image(database: Database, settings: Settings) -> PropertyImage:
    return await make_image(database, settings, is_primary=True)


async def make_attempt(
    database: Database, image: PropertyImage, state: EnhancementState, now: datetime, **fields: Any
) -> UUID:
    """An attempt as it is in that state, with the status that its image then has."""
    statuses = {
        EnhancementState.COMPLETED: EnhancementStatus.COMPLETED,
        EnhancementState.FAILED: EnhancementStatus.FAILED,
        EnhancementState.REJECTED: EnhancementStatus.FAILED,
        EnhancementState.TIMEOUT: EnhancementStatus.TIMEOUT,
    }
    async with unit_of_work(database) as session:
        values = {
            "id": new_id(),
            "image_id": image.id,
            "attempt": 1,
            "provider": "http",
            "state": state,
            "requested_at": now,
            "next_try_at": now,
            "ask_at": now + timedelta(minutes=1),
        }
        attempt = Enhancement(**(values | fields))
        session.add(attempt)
        stored = await session.get_one(PropertyImage, image.id)
        stored.enhancement_status = statuses.get(state, EnhancementStatus.PROCESSING)
    return attempt.id


async def read(database: Database, enhancement_id: UUID) -> Enhancement:
    """The attempt with its image."""
    async with database.read() as session:
        found = await enhancements.find(session, enhancement_id)
    assert found is not None
    return found


@dataclass
class Bench:
    """All that work on one attempt needs, and the attempt in the state it starts from."""

    workshop: Workshop
    image: PropertyImage
    service: StandIn
    queue: MemoryQueue
    clock: Clock

    @property
    def database(self) -> Database:
        return self.workshop.database

    @property
    def settings(self) -> Settings:
        return self.workshop.settings

    async def requested(self) -> UUID:
        return await make_attempt(self.database, self.image, EnhancementState.REQUESTED, self.clock())

    async def received(self, image: PropertyImage | None = None, url: str | None = None, **fields: Any) -> UUID:
        """With its result still at the service."""
        return await make_attempt(
            self.database,
            image or self.image,
            EnhancementState.RECEIVED,
            self.clock(),
            received_at=self.clock(),
            result_url=url or f"{self.service.url}/result.jpg",
            **fields,
        )

    async def read(self, enhancement_id: UUID) -> Enhancement:
        return await read(self.database, enhancement_id)


@pytest.fixture
def bench(workshop: Workshop, image: PropertyImage, service: StandIn, queue: MemoryQueue, clock: Clock) -> Bench:
    return Bench(workshop, image, service, queue, clock)


def report(job_id: UUID, service: StandIn | None = None, **fields: Any) -> bytes:
    """What the service calls back with: success with its result, or what is given."""
    said = {"job_id": str(job_id), "status": "success"}
    result = {"enhanced_image_url": f"{service.url}/result.jpg"} if service else {}
    return orjson.dumps(said | result | fields)


async def call_back(
    client: httpx.AsyncClient, body: bytes, message_id: str | None = None, **headers: str
) -> httpx.Response:
    """Signed by Standard Webhooks unless other headers are given."""
    signed = headers or sign(SECRET, message_id or f"msg_{new_id().hex}", utc_now(), body)
    return await client.post(WEBHOOK, content=body, headers={"Content-Type": "application/json", **signed})
