"""What every storage does, asked of each backend; docs/storage.md tells how to ask a real Supabase project."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from app.config.settings import Settings
from app.core.exceptions import NotFoundError, StorageFullError, UnavailableError
from app.core.ids import new_id
from app.infrastructure.storage import Storage, create_storage
from app.infrastructure.storage.local import PARTS, LocalStorage
from app.infrastructure.storage.s3 import S3Storage
from app.infrastructure.storage.supabase import SupabaseStorage
from app.main import create_app
from app.tests.conftest import settings_for
from app.tests.stand_ins.s3 import ACCESS_KEY, S3StandIn
from app.tests.stand_ins.server import Reply, StandIn
from app.tests.stand_ins.supabase import ANON_KEY, LOCKED, NEW_KEY, READ_ONLY, SERVICE_KEY, SupabaseStandIn

NOWHERE = "postgresql+asyncpg://127.0.0.1:1/none"
# A project of one's own: its address, a service key and a public bucket.
REAL = {name: os.environ.get(f"CASABRICKS_TEST_SUPABASE_{name}") for name in ("URL", "KEY", "BUCKET")}
BACKENDS = ["local", "supabase", "s3", *(["real supabase"] if all(REAL.values()) else [])]
PATIENCE_SECONDS = 1.0
DATA = b"\xff\xd8\xff" + bytes(range(256)) * 4000


class World(NamedTuple):
    storage: Storage
    stand_in: StandIn | None
    public: httpx.AsyncClient


def supabase(stand_in: SupabaseStandIn, *, key: str = SERVICE_KEY, bucket: str = SupabaseStandIn.bucket) -> Storage:
    media_url = f"{stand_in.url}/storage/v1/object/public/{bucket}/"
    return SupabaseStorage(
        stand_in.url, key, bucket, media_url, largest_bytes=10 << 20, timeout_seconds=PATIENCE_SECONDS
    )


def s3(stand_in: S3StandIn, *, access_key_id: str = ACCESS_KEY, bucket: str = S3StandIn.bucket) -> Storage:
    return S3Storage(
        bucket=bucket,
        region="us-east-1",
        endpoint=stand_in.url,
        access_key_id=access_key_id,
        secret_access_key="secret",
        media_url=f"{stand_in.url}/public/",
        timeout_seconds=PATIENCE_SECONDS,
    )


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        storage: Storage
        stand_in: StandIn | None = None
        transport = None
        match request.param:
            case "local":
                app = create_app(settings_for(NOWHERE, storage_folder=tmp_path))
                storage, transport = app.state.storage, httpx.ASGITransport(app)
            case "supabase":
                stand_in = await stack.enter_async_context(SupabaseStandIn.running())
                storage = supabase(stand_in)
            case "s3":
                stand_in = await stack.enter_async_context(S3StandIn.running())
                storage = s3(stand_in)
            case _:
                url, key, bucket = (str(REAL[name]) for name in ("URL", "KEY", "BUCKET"))
                media_url = f"{url}/storage/v1/object/public/{bucket}/"
                storage = SupabaseStorage(url, key, bucket, media_url, largest_bytes=1 << 20)
        public = httpx.AsyncClient(transport=transport, base_url="http://casabricks.test")
        yield World(storage, stand_in, await stack.enter_async_context(public))
        await storage.close()


every_backend = pytest.mark.parametrize("world", BACKENDS, indirect=True)
over_the_network = pytest.mark.parametrize("world", ["supabase", "s3"], indirect=True)


def new_key(ending: str = "jpg") -> str:
    return f"properties/{new_id()}/{new_id().hex}.{ending}"


@every_backend
async def test_what_is_put_can_be_got_and_seen_by_anybody_until_deleted(world: World) -> None:
    key = new_key()
    await world.storage.put(key, DATA, "image/jpeg")
    assert await world.storage.get(key) == DATA
    seen = await world.public.get(world.storage.public_url(key))
    assert (seen.status_code, seen.content) == (200, DATA)
    assert seen.headers["content-type"] == "image/jpeg"
    assert seen.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert seen.headers["etag"]
    await world.storage.delete(key)
    with pytest.raises(NotFoundError):
        await world.storage.get(key)
    assert (await world.public.get(world.storage.public_url(key))).status_code in {400, 404}


@every_backend
async def test_the_same_key_again_is_success(world: World) -> None:
    key = new_key("webp")
    await world.storage.put(key, DATA, "image/webp")
    await world.storage.put(key, DATA, "image/webp")
    assert await world.storage.get(key) == DATA
    await world.storage.delete(key)


@every_backend
async def test_a_missing_object(world: World) -> None:
    await world.storage.delete(new_key())
    with pytest.raises(NotFoundError):
        await world.storage.get(new_key())


@every_backend
@pytest.mark.parametrize(
    "key",
    ["", "/a.jpg", "a//b.jpg", "../a.jpg", "a/../b.jpg", "a/.b.jpg", "A.jpg", "a b.jpg", "ä.jpg", "a\n", "a" * 201],
)
async def test_no_key_leads_elsewhere(world: World, key: str) -> None:
    for wrong in (world.storage.put(key, DATA, "image/jpeg"), world.storage.get(key), world.storage.delete(key)):
        with pytest.raises(ValueError, match="no storage key"):
            await wrong
    with pytest.raises(ValueError, match="no storage key"):
        world.storage.public_url(key)


@every_backend
async def test_a_sound_storage_passes_its_check(world: World) -> None:
    await world.storage.check()


ONCE = ["502 with HTML", "503 with HTML", "reset", "lost", "cut"]


@over_the_network
@pytest.mark.parametrize("fault", ONCE)
async def test_what_fails_in_passing_is_tried_again(world: World, fault: str) -> None:
    assert world.stand_in
    key = new_key()
    world.stand_in.faults = [fault, fault]
    await world.storage.put(key, DATA, "image/jpeg")
    world.stand_in.faults = [fault]
    assert await world.storage.get(key) == DATA
    world.stand_in.faults = [fault, fault]
    await world.storage.delete(key)
    world.stand_in.faults = []
    with pytest.raises(NotFoundError):
        await world.storage.get(key)


@over_the_network
async def test_a_hanging_server_is_not_waited_for(world: World) -> None:
    assert world.stand_in
    key = new_key()
    await world.storage.put(key, DATA, "image/jpeg")
    world.stand_in.faults = ["hang"]
    assert await world.storage.get(key) == DATA


@over_the_network
@pytest.mark.parametrize("fault", ["502 with HTML", "reset", "429"])
async def test_what_goes_on_failing_ends_as_unavailable(world: World, fault: str) -> None:
    assert world.stand_in
    world.stand_in.faults = [fault] * 100
    key = f"properties/{new_id()}/507.jpg"  # which is no answer of a full server
    calls = (world.storage.put(key, DATA, "image/jpeg"), world.storage.get(new_key()), world.storage.check())
    await asyncio.gather(*(check_unavailable(call, world.stand_in) for call in calls))
    assert world.stand_in.asked.total() <= 12


@over_the_network
async def test_a_server_that_never_answers(world: World) -> None:
    assert world.stand_in
    world.stand_in.faults = ["hang"] * 100
    await check_unavailable(world.storage.put(new_key(), DATA, "image/jpeg"), world.stand_in)


async def check_unavailable(call: Awaitable[object], stand_in: StandIn) -> None:
    with pytest.raises(UnavailableError) as refused:
        await call
    assert type(refused.value) is UnavailableError
    assert stand_in.url.removeprefix("http://") not in refused.value.detail


@over_the_network
async def test_a_full_server(world: World) -> None:
    assert world.stand_in
    world.stand_in.faults = ["507"] * 100
    with pytest.raises(StorageFullError):
        await world.storage.put(new_key(), DATA, "image/jpeg")


@pytest.fixture
async def stand_in() -> AsyncIterator[SupabaseStandIn]:
    async with SupabaseStandIn.running() as running:
        yield running


async def test_supabase_is_asked_with_either_kind_of_key(stand_in: SupabaseStandIn) -> None:
    for key in (SERVICE_KEY, NEW_KEY):
        storage = supabase(stand_in, key=key)
        await storage.check()
        await storage.put(new_key(), DATA, "image/jpeg")
        await storage.close()


@pytest.mark.parametrize("refusal", [LOCKED, READ_ONLY])
async def test_supabase_says_passing_failures_in_the_body(stand_in: SupabaseStandIn, refusal: object) -> None:
    storage = supabase(stand_in)
    stand_in.refusals = [refusal, refusal]  # type: ignore[list-item] # a parameter of the test
    key = new_key()
    await storage.put(key, DATA, "image/jpeg")
    assert stand_in.objects[key][0] == DATA
    await storage.close()


async def test_a_429_is_waited_for_as_long_as_it_says(stand_in: SupabaseStandIn) -> None:
    storage = supabase(stand_in)
    stand_in.faults = ["429", "429"]
    await storage.put(new_key(), DATA, "image/jpeg")
    assert stand_in.asked["POST"] == 3
    await storage.close()


@pytest.mark.parametrize(
    ("key", "bucket", "words"),
    [
        (ANON_KEY, SupabaseStandIn.bucket, "NoSuchBucket (404)"),
        ("garbage", SupabaseStandIn.bucket, "AccessDenied (403)"),
        (SERVICE_KEY, "another", "NoSuchBucket (404)"),
    ],
)
async def test_supabase_refuses(stand_in: SupabaseStandIn, key: str, bucket: str, words: str) -> None:
    storage = supabase(stand_in, key=key, bucket=bucket)
    with pytest.raises(UnavailableError) as refused:
        await storage.check()
    assert words in refused.value.detail
    for call in (storage.put(new_key(), DATA, "image/jpeg"), storage.delete(new_key())):
        with pytest.raises(UnavailableError):
            await call
    if bucket != SupabaseStandIn.bucket:
        with pytest.raises(UnavailableError):  # a missing bucket is not a missing picture
            await storage.get(new_key())
    assert stand_in.objects == {}
    await storage.close()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"public": False}, "not public"),
        ({"file_size_limit": 5 << 20}, "5,242,880 bytes"),
        ({"allowed_mime_types": ["image/png"]}, "image/webp"),
    ],
)
async def test_a_supabase_bucket_that_will_not_do(
    stand_in: SupabaseStandIn, settings: dict[str, object], words: str
) -> None:
    stand_in.settings |= settings
    storage = supabase(stand_in)
    with pytest.raises(UnavailableError) as refused:
        await storage.check()
    assert words in refused.value.detail
    await storage.close()


async def test_a_proxy_page_with_200_is_no_success(stand_in: SupabaseStandIn) -> None:
    storage = supabase(stand_in)
    stand_in.refusals = [Reply(200, b"<html>Sign in</html>", {"content-type": "text/html"})] * 2
    with pytest.raises(UnavailableError):
        await storage.put(new_key(), DATA, "image/jpeg")
    with pytest.raises(UnavailableError):
        await storage.check()
    await storage.close()


@pytest.mark.parametrize("changes", [{"access_key_id": "AKIAOTHER"}, {"bucket": "another"}])
async def test_s3_refuses(changes: dict[str, str]) -> None:
    async with S3StandIn.running() as stand_in:
        storage = s3(stand_in, **changes)
        for call in (storage.check(), storage.put(new_key(), DATA, "image/jpeg"), storage.get(new_key())):
            with pytest.raises(UnavailableError):
                await call


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    storage = LocalStorage(tmp_path / "file" / "media", "/media/")
    for call in (storage.check(), storage.put(new_key(), DATA, "image/jpeg")):
        with pytest.raises(UnavailableError, match="does not work"):
            await call


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real one: /dev/full says of every byte that there is no room."""
    storage = LocalStorage(tmp_path, "/media/")
    monkeypatch.setattr(Path, "open", lambda *_, **__: open("/dev/full", "wb"))  # noqa: PTH123, SIM115 - Path's is replaced
    with pytest.raises(StorageFullError):
        await storage.put(new_key(), DATA, "image/jpeg")
    assert files_in(tmp_path) == []


async def test_what_a_killed_process_left_is_removed_by_the_next_that_writes(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path, "/media/")
    await storage.check()
    left, under_way = tmp_path / PARTS / "left", tmp_path / PARTS / "under_way"
    for path in (left, under_way):
        path.write_bytes(b"half a pict")
    os.utime(left, (0, 0))
    await storage.put(new_key(), DATA, "image/jpeg")
    assert [path.name for path in files_in(tmp_path / PARTS)] == ["under_way"]


def chosen(**changes: object) -> Settings:
    return settings_for(NOWHERE, **changes)


async def test_the_choice_is_configuration() -> None:
    for settings, kind, url in (
        (chosen(), LocalStorage, "/media/a.jpg"),
        (chosen(public_url="https://homes.example/"), LocalStorage, "/media/a.jpg"),
        (
            chosen(storage_backend="supabase", supabase_url="https://p.supabase.co", supabase_service_key="k"),
            SupabaseStorage,
            "https://p.supabase.co/storage/v1/object/public/property-images/a.jpg",
        ),
        (
            chosen(
                storage_backend="s3",
                s3_bucket="photos",
                s3_access_key_id="a",
                s3_secret_access_key="b",
                s3_public_url="https://cdn.example",
            ),
            S3Storage,
            "https://cdn.example/a.jpg",
        ),
    ):
        storage = create_storage(settings)
        assert isinstance(storage, kind)
        assert storage.public_url("a.jpg") == url
        await storage.close()
