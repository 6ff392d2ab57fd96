"""Variants by real workers, which may be killed."""

from uuid import UUID

import pytest
from redis import Redis
from sqlalchemy import func, select, text, update

from app.config.database import Database
from app.config.settings import Settings
from app.core.unit_of_work import unit_of_work
from app.infrastructure.queue.sender import CeleryQueue
from app.main import create_app
from app.models.image import LooseObject, PropertyImage
from app.services import variants
from app.tests.conftest import client_of
from app.tests.factories import make_property
from app.tests.photos import photo
from app.tests.test_tasks.conftest import StartWorker


@pytest.fixture
async def image_ids(
    settings: Settings, database: Database, celery_queue: CeleryQueue, admin: dict[str, str]
) -> list[UUID]:
    """Three photos that were just uploaded."""
    async with unit_of_work(database) as session:
        listing = await make_property(session)
    ids = []
    async with client_of(create_app(settings, database, celery_queue)) as client:
        for number in (1, 4, 7):
            answer = await client.post(
                f"/api/v1/admin/properties/{listing.id}/images",
                files={"file": ("a.jpg", photo(f"exterior_lund_0{number}.jpg"))},
                data={"image_type": "front_exterior"},
                headers=admin,
            )
            assert answer.status_code == 201
            ids.append(UUID(answer.json()["id"]))
    return ids


async def test_a_killed_worker_and_an_emptied_broker_lose_no_variants(
    image_ids: list[UUID], start_worker: StartWorker, database: Database, celery_queue: CeleryQueue, broker_url: str
) -> None:
    worker = start_worker("--concurrency=1")
    worker.wait_for("job_done", "images.make_variants")
    worker.kill()
    with Redis.from_url(broker_url) as redis:
        redis.flushdb()
    async with unit_of_work(database) as session:
        await session.execute(
            update(PropertyImage)
            .where(PropertyImage.variants_due_at.is_not(None))
            .values(variants_due_at=text("now()"))
        )
    again = start_worker("--concurrency=1")
    left = await variants.ask_again(database, celery_queue)
    assert left < len(image_ids)
    if left:
        again.wait_for("job_done", "images.make_variants", times=left)
    async with database.read() as session:
        rows = (await session.execute(select(PropertyImage))).scalars().all()
        noted = (await session.execute(select(func.count()).select_from(LooseObject))).scalar_one()
    assert [(len(row.variants), row.variants_due_at) for row in rows] == [(5, None)] * 3
    assert noted == 0
    assert not worker.lines("VIPS")
    assert not worker.lines("raised unexpected")
    assert not again.lines("raised unexpected")


async def test_deleted_pictures_are_removed_by_a_worker(
    image_ids: list[UUID],
    start_worker: StartWorker,
    settings: Settings,
    database: Database,
    celery_queue: CeleryQueue,
    admin: dict[str, str],
) -> None:
    worker = start_worker("--concurrency=1")
    worker.wait_for("variants_made", times=3)
    async with client_of(create_app(settings, database, celery_queue)) as client:
        assert (await client.delete(f"/api/v1/admin/images/{image_ids[0]}", headers=admin)).status_code == 204
    worker.wait_for("loose_objects_removed", "objects=6")
    assert len([path for path in settings.storage_folder.rglob("*") if path.is_file()]) == 2 * 6
