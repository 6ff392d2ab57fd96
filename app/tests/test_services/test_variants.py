"""Sizes of a photo: which are made, by whom they are asked for again, and that nothing is lost when a job is."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from app.config.database import Database
from app.config.settings import Ranking, Settings
from app.core.clock import utc_now
from app.core.exceptions import NotFoundError, UnavailableError
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.infrastructure import pictures
from app.infrastructure.queue.memory import MemoryQueue
from app.infrastructure.storage.local import LocalStorage
from app.models.image import LooseObject, PropertyImage
from app.services import variants
from app.tests.factories import make_property
from app.tests.photos import decoded, photo, picture


@pytest.fixture
def storage(settings: Settings) -> LocalStorage:
    return LocalStorage(settings.storage_folder, settings.media_url)


async def make_image(database: Database, storage: LocalStorage, data: bytes) -> UUID:
    """An image as an upload leaves it."""
    kept = pictures.read(data)
    async with unit_of_work(database) as session:
        listing = await make_property(session)
        key = f"properties/{listing.id}/{kept.sha256}.{kept.extension}"
        await storage.put(key, kept.data, kept.content_type)
        image = PropertyImage(
            property_id=listing.id,
            sha256=kept.sha256,
            original_key=key,
            content_type=kept.content_type,
            width=kept.width,
            height=kept.height,
            image_type="front_exterior",
            is_primary=True,
        )
        session.add(image)
        await session.flush()
        return image.id


async def row(database: Database, image_id: UUID) -> PropertyImage:
    async with database.read() as session:
        return await session.get_one(PropertyImage, image_id)


def test_sizes_and_formats() -> None:
    made = pictures.make_variants(photo("exterior_berlin_facade_01.jpg"))
    assert [(each.name, each.width, each.height) for each in made.variants] == [
        ("320.webp", 320, 240),
        ("640.webp", 640, 480),
        ("800.webp", 800, 600),
        ("1280.webp", 1280, 960),
        ("1920.webp", 1920, 1440),
        ("1280.jpg", 1280, 960),
    ]
    for each in made.variants:
        image = decoded(each.data)
        assert (image.width, image.height) == (each.width, each.height)
        assert image.get("vips-loader") == {"webp": "webpload_buffer", "jpeg": "jpegload_buffer"}[each.format]
    assert made.placeholder.startswith("data:image/webp;base64,")
    assert len(made.placeholder) <= 600


@pytest.mark.parametrize(
    ("width", "height", "widths"),
    [
        (200, 150, [200, 200]),
        (500, 4000, [320, 500, 500]),
        (640, 10, [320, 640, 640]),
        (3000, 1, [320, 640, 800, 1280, 1920, 1280]),
    ],
)
def test_nothing_is_made_larger(width: int, height: int, widths: list[int]) -> None:
    made = pictures.make_variants(picture(width, height))
    assert [each.width for each in made.variants] == widths
    assert len({each.name for each in made.variants}) == len(widths)


@pytest.mark.parametrize(
    "options", [{"bands": 4}, {"bands": 1}, {"bands": 2}], ids=["alpha", "grey", "grey with alpha"]
)
def test_any_kind_of_pixels(options: dict[str, int]) -> None:
    made = pictures.make_variants(picture(400, 300, ".png", **options))
    assert decoded(made.variants[-1].data).bands in {1, 3}
    assert len(made.placeholder) <= 600


async def test_made_once_whatever_happens(database: Database, storage: LocalStorage) -> None:
    image_id = await make_image(database, storage, photo())
    await variants.make(database, storage, Ranking(), image_id)
    first = await row(database, image_id)
    assert [each["width"] for each in first.variants] == [320, 640, 800, 1024, 1024]
    assert first.thumbnail_key == first.variants[0]["key"]
    assert first.placeholder
    assert first.variants_due_at is None
    assert first.version == 1
    for each in first.variants:
        assert decoded(await storage.get(each["key"])).width == each["width"]
    await variants.make(database, storage, Ranking(), image_id)
    assert (await row(database, image_id)).variants == first.variants
    async with database.read() as session:
        assert (await session.execute(select(func.count()).select_from(LooseObject))).scalar_one() == 0


async def test_a_size_added_since_is_made_up_for_and_what_is_stored_stays(
    database: Database, storage: LocalStorage
) -> None:
    image_id = await make_image(database, storage, photo())
    await variants.make(database, storage, Ranking(), image_id)
    all_there = (await row(database, image_id)).variants
    earlier = [each for each in all_there if each["width"] != 800]
    [added] = [each for each in all_there if each["width"] == 800]
    for each in all_there:
        await storage.delete(each["key"])
    async with unit_of_work(database) as session:
        await session.execute(update(PropertyImage).values(variants=earlier, variants_due_at=text("now()")))
    await variants.make(database, storage, Ranking(), image_id)
    renewed = await row(database, image_id)
    assert (renewed.variants, renewed.variants_due_at) == (all_there, None)
    assert decoded(await storage.get(added["key"])).width == 800
    for each in earlier:
        with pytest.raises(NotFoundError):
            await storage.get(each["key"])
    async with database.read() as session:
        assert (await session.execute(select(func.count()).select_from(LooseObject))).scalar_one() == 0


async def test_a_broken_off_job_is_made_up_for(database: Database, storage: LocalStorage) -> None:
    """It wrote some objects and no row."""

    class DiesAtTheThird(LocalStorage):
        puts = 0

        async def put(self, key: str, data: bytes, content_type: str) -> None:
            self.puts += 1
            if self.puts > 2:
                raise UnavailableError("It went away")
            await super().put(key, data, content_type)

    image_id = await make_image(database, storage, photo())
    with pytest.raises(UnavailableError):
        await variants.make(database, DiesAtTheThird(storage.folder, "/media/"), Ranking(), image_id)
    broken = await row(database, image_id)
    assert (broken.variants, broken.variants_due_at is None) == ([], False)
    await variants.make(database, storage, Ranking(), image_id)
    assert (await row(database, image_id)).variants_due_at is None


async def test_an_image_deleted_meanwhile_leaves_no_object_for_long(database: Database, storage: LocalStorage) -> None:
    class DeletesTheRow(LocalStorage):
        async def get(self, key: str) -> bytes:
            data = await super().get(key)
            async with unit_of_work(database) as session:
                await session.delete(await session.get_one(PropertyImage, image_id))
            return data

    image_id = await make_image(database, storage, photo())
    await variants.make(database, DeletesTheRow(storage.folder, "/media/"), Ranking(), image_id)
    async with database.read() as session:
        keys = set((await session.execute(select(LooseObject.key))).scalars())
    assert len(keys) == 5
    await variants.make(database, storage, Ranking(), new_id())


async def test_lost_jobs_are_asked_for_again_ever_more_rarely(database: Database, storage: LocalStorage) -> None:
    image_id = await make_image(database, storage, photo())
    queue = MemoryQueue()
    waits = []
    for _ in range(8):
        assert await variants.ask_again(database, queue) == 1
        assert await variants.ask_again(database, queue) == 0
        due = (await row(database, image_id)).variants_due_at
        assert due
        waits.append(round((due - utc_now()) / timedelta(minutes=1)))
        async with unit_of_work(database) as session:
            await session.execute(update(PropertyImage).values(variants_due_at=text("now()")))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [(job.name, job.ids["image_id"]) for job in queue.jobs] == [("images.make_variants", image_id)] * 8
    await variants.make(database, storage, Ranking(), image_id)
    assert await variants.ask_again(database, queue) == 0
    assert (await row(database, image_id)).variants_tries == 0


async def test_a_missing_original_is_an_error(database: Database, storage: LocalStorage) -> None:
    image_id = await make_image(database, storage, photo())
    await storage.delete((await row(database, image_id)).original_key)
    with pytest.raises(NotFoundError):
        await variants.make(database, storage, Ranking(), image_id)
