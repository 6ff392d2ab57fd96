"""Photos of a listing: taken in, ordered, deleted, and what the public is shown of them."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update

from app.config.database import Database
from app.config.settings import Ranking
from app.core.exceptions import StorageFullError, UnavailableError
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EnhancementStatus
from app.infrastructure.queue.memory import MemoryQueue
from app.infrastructure.storage import Storage
from app.infrastructure.storage.local import LocalStorage
from app.models.image import LooseObject, PropertyImage
from app.services import objects, uploads, variants
from app.tests.conftest import Statements
from app.tests.factories import make_property
from app.tests.photos import WITH_GPS, decoded, photo, picture, pixels

ADMIN = "/api/v1/admin"
Headers = dict[str, str]


@pytest.fixture
async def listing_id(database: Database) -> UUID:
    async with unit_of_work(database) as session:
        return (await make_property(session)).id


@pytest.fixture
def storage(app: FastAPI) -> LocalStorage:
    kept: LocalStorage = app.state.storage
    return kept


async def send(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, data: bytes, name: str = "front.jpg", **fields: Any
) -> httpx.Response:
    return await client.post(
        f"{ADMIN}/properties/{listing_id}/images",
        files={"file": (name, data)},
        data={"image_type": "front_exterior"} | fields,
        headers=admin,
    )


async def add(client: httpx.AsyncClient, admin: Headers, listing_id: UUID, **fields: Any) -> dict[str, Any]:
    """A small photo of its own."""
    add.seed += 1  # type: ignore[attr-defined] # counts the calls
    data = picture(64, 48, seed=add.seed)  # type: ignore[attr-defined] # counts the calls
    answer = await send(client, admin, listing_id, data, **fields)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


add.seed = 0  # type: ignore[attr-defined] # counts the calls


async def images_of(client: httpx.AsyncClient, admin: Headers, listing_id: UUID) -> list[dict[str, Any]]:
    body = (await client.get(f"{ADMIN}/properties/{listing_id}", headers=admin)).json()
    images: list[dict[str, Any]] = body["images"]
    return images


async def card_image(client: httpx.AsyncClient) -> dict[str, Any] | None:
    search = {"budget_min": 1_000_000, "budget_max": 90_000_000, "property_type": "flat"}
    (card,) = (await client.post("/api/v1/search/guided", json=search)).json()["results"]
    image: dict[str, Any] | None = card["primary_image"]
    return image


def stored(storage: LocalStorage) -> set[str]:
    return {str(path.relative_to(storage.folder)) for path in storage.folder.rglob("*") if path.is_file()}


async def loose(database: Database) -> set[str]:
    async with database.read() as session:
        return set((await session.execute(select(LooseObject.key))).scalars())


async def make_due(database: Database) -> None:
    async with unit_of_work(database) as session:
        await session.execute(update(LooseObject).values(due_at=text("now()")))


async def test_a_photo_is_kept_without_its_position(
    client: httpx.AsyncClient, admin: Headers, database: Database, queue: MemoryQueue, listing_id: UUID,
    storage: LocalStorage,
) -> None:  # fmt: skip
    data = photo()
    answer = await send(client, admin, listing_id, data)
    assert answer.status_code == 201, answer.text
    image = answer.json()
    assert answer.headers["location"] == f"{ADMIN}/images/{image['id']}"
    assert answer.headers["etag"] == f'"{image["id"]}.v1"'
    assert (image["width"], image["height"], image["is_primary"]) == (1024, 768, True)
    assert (image["enhanced_url"], image["ai_label"], image["ai_disclaimer"]) == (None, None, None)
    served = await client.get(image["original_url"])
    assert (served.status_code, served.headers["content-type"]) == (200, "image/jpeg")
    assert pixels(served.content) == pixels(data)
    assert b"Exif" not in served.content
    (key,) = stored(storage)
    async with database.read() as session:
        row = (await session.execute(select(PropertyImage))).scalar_one()
    assert row.original_key == key == f"properties/{listing_id}/{row.sha256}.jpg"
    assert [(job.name, dict(job.ids)) for job in queue.jobs] == [("images.make_variants", {"image_id": row.id})]
    assert await loose(database) == set()


async def test_the_same_photo_again_is_the_same_image(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, queue: MemoryQueue, database: Database
) -> None:
    first = await send(client, admin, listing_id, photo())
    again = await send(client, admin, listing_id, photo(), "other.png", image_type="interior")
    assert (again.status_code, again.json()) == (200, first.json())
    async with unit_of_work(database) as session:
        other = await make_property(session)
    elsewhere = await send(client, admin, other.id, photo())
    assert elsewhere.status_code == 201
    assert elsewhere.json()["id"] != first.json()["id"]
    assert len(queue.jobs) == 2


async def test_of_many_at_once_one_is_new(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, database: Database, storage: LocalStorage
) -> None:
    same = await asyncio.gather(*(send(client, admin, listing_id, photo()) for _ in range(5)))
    assert sorted(answer.status_code for answer in same) == [200, 200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in same}) == 1
    different = [picture(50, 50, seed=seed) for seed in range(4)]
    answers = await asyncio.gather(*(send(client, admin, listing_id, data, is_primary="true") for data in different))
    assert {answer.status_code for answer in answers} == {201}
    images = await images_of(client, admin, listing_id)
    assert [image["is_primary"] for image in images] == [True, False, False, False, False]
    assert len(stored(storage)) == 5
    assert await loose(database) == set()


async def test_refusals_before_the_file_is_read(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await send(client, admin, new_id(), photo())).status_code == 404
    monkeypatch.setattr(uploads, "MOST_IMAGES", 2)
    await add(client, admin, listing_id)
    await add(client, admin, listing_id)
    full = await send(client, admin, listing_id, photo())
    assert (full.status_code, "at most 2" in full.json()["detail"]) == (409, True)
    await client.delete(f"{ADMIN}/properties/{listing_id}", headers=admin)
    deleted = await send(client, admin, listing_id, photo())
    assert (deleted.status_code, "restore it" in deleted.json()["detail"]) == (409, True)
    async with database.read() as session:
        assert len((await session.execute(select(PropertyImage))).scalars().all()) == 2


ONE_FIELD = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\na\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"data": {"image_type": "front_exterior"}, "files": {"other": ("a.jpg", b"x")}}, "file"),
        ({"data": {"image_type": "front_exterior", "file": "text"}, "files": {"x": ("a.jpg", b"x")}}, "file"),
        ({"data": {}, "files": {"file": ("a.jpg", b"x")}}, "image_type"),
        ({"data": {"image_type": "kitchen"}, "files": {"file": ("a.jpg", b"x")}}, "image_type"),
        ({"data": {"image_type": "other", "is_primary": "maybe"}, "files": {"file": ("a.jpg", b"x")}}, "is_primary"),
        ({"data": {"image_type": "other", "version": "1"}, "files": {"file": ("a.jpg", b"x")}}, "version"),
        ({"data": {"image_type": "o" * 2000}, "files": {"file": ("a.jpg", b"x")}}, "body"),
        ({"files": [("file", ("a.jpg", b"x")), ("file", ("b.jpg", b"y"))]}, "body"),
        ({"content": b"nothing", "headers": {"Content-Type": "multipart/form-data"}}, "body"),
        ({"content": b"nothing", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, "body"),
        (
            {"content": ONE_FIELD, "headers": {"Content-Type": "multipart/form-data; boundary=b; charset=undefined"}},
            "body",
        ),
    ],
)
async def test_a_wrong_form_is_refused_by_name(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, form: dict[str, Any], field: str
) -> None:
    headers = admin | form.pop("headers", {})
    answer = await client.post(f"{ADMIN}/properties/{listing_id}/images", headers=headers, **form)
    assert answer.status_code == 422, answer.text
    assert [problem["loc"] for problem in answer.json()["errors"]] == [["body", field]]


async def test_another_kind_of_body(client: httpx.AsyncClient, admin: Headers, listing_id: UUID) -> None:
    answer = await client.post(f"{ADMIN}/properties/{listing_id}/images", json={"file": "x"}, headers=admin)
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.json()["detail"]


async def test_the_card_shows_the_primary_image(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, database: Database, storage: LocalStorage
) -> None:
    assert await card_image(client) is None
    first = await add(client, admin, listing_id, image_type="interior")
    shown = await card_image(client)
    assert shown is not None
    assert (shown["id"], shown["original_url"], shown["variants"]) == (first["id"], first["original_url"], [])
    assert shown["alt"] == "Inside: 3 BHK flat for sale in Sector 137, Noida"
    wide = (await send(client, admin, listing_id, picture(2200, 400), is_primary="true")).json()
    await variants.make(database, storage, Ranking(), UUID(wide["id"]))
    shown = await card_image(client)
    assert shown is not None
    assert shown["id"] == wide["id"]
    assert [(each["width"], each["format"]) for each in shown["variants"]] == [(320, "webp"), (640, "webp")]
    page = (await client.get(f"/api/v1/properties/{listing_id}")).json()["images"]
    assert [image["id"] for image in page] == [wide["id"], first["id"]]
    assert page[0]["variants"][:2] == shown["variants"]
    await client.delete(f"{ADMIN}/images/{wide['id']}", headers=admin)
    shown = await card_image(client)
    assert shown is not None
    assert (shown["id"], shown["is_primary"]) == (first["id"], True)


async def test_an_enhanced_picture_travels_with_its_label(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, database: Database, storage: LocalStorage
) -> None:
    image = await add(client, admin, listing_id)
    image_id = UUID(image["id"])
    key = f"properties/{listing_id}/better.jpg"
    await storage.put(key, picture(700, 500), "image/jpeg")
    await variants.make(database, storage, Ranking(), image_id)
    async with unit_of_work(database) as session:
        row = await session.get_one(PropertyImage, image_id)
        row.enhanced_key, row.enhancement_status, row.enhanced_variants = key, EnhancementStatus.COMPLETED, []
    await variants.make(database, storage, Ranking(), image_id)
    shown = await card_image(client)
    assert shown is not None
    assert shown["enhanced_url"] == f"/media/{key}"
    assert shown["original_url"] == image["original_url"]
    assert {each["shows"] for each in shown["variants"]} == {"enhanced"}
    assert shown["thumbnail_url"] == f"/media/properties/{listing_id}/better/320.webp"
    (detail,) = (await client.get(f"/api/v1/properties/{listing_id}")).json()["images"]
    (staff,) = await images_of(client, admin, listing_id)
    for each in (shown, detail, staff):
        assert each["ai_label"]
        assert each["ai_disclaimer"]
    away = await client.patch(f"{ADMIN}/images/{image_id}", json={"image_type": "interior"}, headers=admin)
    assert away.status_code == 409
    same = await client.patch(f"{ADMIN}/images/{image_id}", json={"image_type": "front_exterior"}, headers=admin)
    assert same.status_code == 200


async def test_order_type_and_the_primary_image_can_be_changed(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID
) -> None:
    first, second, third = [await add(client, admin, listing_id, image_type="other") for _ in range(3)]
    assert [image["display_order"] for image in (first, second, third)] == [0, 1, 2]
    here = f"{ADMIN}/images/{third['id']}"
    changed = await client.patch(here, json={"is_primary": True, "image_type": "floor_plan"}, headers=admin)
    assert changed.status_code == 200
    assert (changed.json()["image_type"], changed.json()["is_primary"]) == ("floor_plan", True)
    await client.patch(f"{ADMIN}/images/{second['id']}", json={"display_order": 0}, headers=admin)
    await client.patch(f"{ADMIN}/images/{first['id']}", json={"display_order": 9}, headers=admin)
    images = await images_of(client, admin, listing_id)
    assert [image["id"] for image in images] == [third["id"], second["id"], first["id"]]
    assert [image["is_primary"] for image in images] == [True, False, False]
    unset = await client.patch(here, json={"is_primary": False}, headers=admin)
    assert unset.status_code == 422
    assert unset.json()["errors"][0]["loc"] == ["body", "is_primary"]
    for body, field in (
        ({"display_order": -1}, "display_order"),
        ({"alt": "x"}, "alt"),
        ({"image_type": 1}, "image_type"),
    ):
        refused = await client.patch(here, json=body, headers=admin)
        assert [problem["loc"] for problem in refused.json()["errors"]] == [["body", field]]
    assert (await client.patch(f"{ADMIN}/images/{new_id()}", json={}, headers=admin)).status_code == 404


async def test_a_stale_write_gets_the_present_state(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID
) -> None:
    image = await add(client, admin, listing_id)
    here, read = f"{ADMIN}/images/{image['id']}", {"If-Match": f'"{image["id"]}.v1"'}
    changed = await client.patch(here, json={"display_order": 4}, headers=admin | read)
    assert changed.headers["etag"] == f'"{image["id"]}.v2"'
    for answer in (
        await client.patch(here, json={"display_order": 5}, headers=admin | read),
        await client.delete(here, headers=admin | read),
    ):
        assert answer.status_code == 412
        assert answer.json()["current"] == changed.json()
        assert answer.headers["etag"] == changed.headers["etag"]
    assert (await client.delete(here, headers=admin | {"If-Match": changed.headers["etag"]})).status_code == 204


async def test_of_many_primaries_at_once_one_is(client: httpx.AsyncClient, admin: Headers, listing_id: UUID) -> None:
    added = [await add(client, admin, listing_id) for _ in range(5)]
    answers = await asyncio.gather(
        *(client.patch(f"{ADMIN}/images/{each['id']}", json={"is_primary": True}, headers=admin) for each in added),
        client.delete(f"{ADMIN}/images/{added[0]['id']}", headers=admin),
    )
    assert {answer.status_code for answer in answers} <= {200, 204, 404}
    assert [image["is_primary"] for image in await images_of(client, admin, listing_id)].count(True) == 1


async def test_a_deleted_image_is_gone_at_once_and_its_objects_by_a_job(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, database: Database, storage: LocalStorage,
    queue: MemoryQueue,
) -> None:  # fmt: skip
    image = (await send(client, admin, listing_id, picture(400, 300))).json()
    await variants.make(database, storage, Ranking(), UUID(image["id"]))
    kept = stored(storage)
    assert len(kept) == 4  # 320 and 400 in WebP, 400 in JPEG
    assert (await client.delete(f"{ADMIN}/images/{image['id']}", headers=admin)).status_code == 204
    assert await images_of(client, admin, listing_id) == []
    assert stored(storage) == kept == await loose(database)
    assert queue.jobs[-1].name == "images.remove_loose_objects"
    assert await objects.remove_due(database, storage) == 4
    assert stored(storage) == set() == await loose(database)


async def test_the_same_photo_after_its_deletion_is_kept(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, database: Database, storage: LocalStorage
) -> None:
    """Its key is that of the deleted one, whose objects are about to be removed."""
    first = (await send(client, admin, listing_id, photo())).json()
    await client.delete(f"{ADMIN}/images/{first['id']}", headers=admin)
    again = await send(client, admin, listing_id, photo())
    assert again.status_code == 201
    assert await objects.remove_due(database, storage) == 0
    assert (await client.get(again.json()["original_url"])).status_code == 200
    await client.delete(f"{ADMIN}/images/{again.json()['id']}", headers=admin)

    class Slow(LocalStorage):
        async def delete(self, key: str) -> None:
            midway = await send(client, admin, listing_id, photo())
            assert (midway.status_code, midway.headers["retry-after"]) == (503, "10")
            await super().delete(key)

    assert await objects.remove_due(database, Slow(storage.folder, "/media/")) == 1
    assert (await send(client, admin, listing_id, photo())).status_code == 201
    assert len(stored(storage)) == 1


class Broken(LocalStorage):
    """Fails before or after it wrote."""

    def __init__(self, storage: LocalStorage, error: Exception, *, writes: bool) -> None:
        super().__init__(storage.folder, "/media/")
        self._error, self._writes = error, writes

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        if self._writes:
            await super().put(key, data, content_type)
        raise self._error


@pytest.mark.parametrize(
    ("error", "status"), [(UnavailableError("It does not answer"), 503), (StorageFullError("It is full"), 507)]
)
@pytest.mark.parametrize("writes", [True, False])
async def test_a_failing_storage_leaves_no_row_and_nothing_for_long(
    app: FastAPI, client: httpx.AsyncClient, admin: Headers, listing_id: UUID, database: Database,
    storage: LocalStorage, error: Exception, status: int, writes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:  # fmt: skip
    app.state.storage = Broken(storage, error, writes=writes)
    answer = await send(client, admin, listing_id, photo())
    assert answer.status_code == status
    assert await images_of(client, admin, listing_id) == []
    assert len(stored(storage)) == writes
    assert await objects.remove_due(database, storage) == 0  # an upload may still be under way
    await make_due(database)
    assert await objects.remove_due(database, storage) == 1
    assert stored(storage) == set() == await loose(database)


async def test_an_object_that_a_row_needs_is_never_removed(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, database: Database, storage: LocalStorage
) -> None:
    """As when a job that makes variants again dies between holding and settling them."""
    image = (await send(client, admin, listing_id, picture(400, 300))).json()
    await variants.make(database, storage, Ranking(), UUID(image["id"]))
    kept = stored(storage)
    async with unit_of_work(database) as session:
        await objects.hold(session, listing_id, sorted(kept))
    await make_due(database)
    assert await objects.remove_due(database, storage) == 0
    assert stored(storage) == kept
    assert await loose(database) == set()


async def test_statements_do_not_grow_with_the_images(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, statements: Statements
) -> None:
    counts = []
    for _ in range(3):
        await add(client, admin, listing_id)
        statements.clear()
        await images_of(client, admin, listing_id)
        await client.get(f"/api/v1/properties/{listing_id}")
        counts.append(len(statements))
    assert len(set(counts)) == 1


@pytest.mark.parametrize("path", WITH_GPS, ids=lambda path: path.name)
async def test_no_stored_byte_tells_where_or_by_what_it_was_taken(
    client: httpx.AsyncClient, admin: Headers, listing_id: UUID, database: Database, storage: LocalStorage, path: Any
) -> None:
    data = path.read_bytes()
    assert b"Exif" in data
    assert any(name.startswith("exif-ifd3-GPS") for name in decoded(data).get_fields())
    image = (await send(client, admin, listing_id, data)).json()
    await variants.make(database, storage, Ranking(), UUID(image["id"]))
    for key in stored(storage):
        kept = await storage.get(key)
        assert not any(word in kept for word in (b"Exif", b"GPS", b"http://ns.adobe.com/xap", b"8BIM"))
        assert not any(name.startswith(("exif", "xmp", "iptc")) for name in decoded(kept).get_fields())


def test_local_storage_is_a_storage(storage: LocalStorage) -> None:
    port: Storage = storage
    assert port.public_url("a/b.jpg") == "/media/a/b.jpg"
