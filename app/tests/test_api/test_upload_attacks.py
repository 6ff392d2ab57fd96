"""Files and senders that mean harm: a clear 4xx, bounded time and memory, and nothing stored."""

import asyncio
import re
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import psutil
import pytest
import pyvips
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config.database import Database
from app.config.settings import Settings
from app.core.unit_of_work import unit_of_work
from app.models.image import LooseObject, PropertyImage
from app.tests.conftest import client_of
from app.tests.factories import make_property
from app.tests.photos import decoded, photo, picture, pixels
from app.tests.test_api.conftest import Address, connection
from app.tests.test_devstack.waiting import DEADLINE_SECONDS

Headers = dict[str, str]
MEMORY_BYTES = 400 << 20


@pytest.fixture
async def place(database: Database) -> str:
    """Where photos of a listing are sent to."""
    async with unit_of_work(database) as session:
        return f"/api/v1/admin/properties/{(await make_property(session)).id}/images"


async def send(
    client: httpx.AsyncClient, admin: Headers, place: str, data: bytes, name: str = "a.jpg"
) -> httpx.Response:
    files = {"file": (name, data, "image/jpeg")}
    return await client.post(place, files=files, data={"image_type": "other"}, headers=admin)


def stored(settings: Settings) -> list[Path]:
    return [path for path in settings.storage_folder.rglob("*") if path.is_file()]


async def check_nothing_was_kept(database: Database, settings: Settings) -> None:
    async with database.read() as session:
        for model in (PropertyImage, LooseObject):
            assert (await session.execute(select(func.count()).select_from(model))).scalar_one() == 0
    assert stored(settings) == []


def png(width: int, height: int, depth: int = 8, kind: int = 0, body: bytes = b"") -> bytes:
    """A PNG that says so much of itself, and holds `body`."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def bomb() -> bytes:
    """A hundred thousand pixels square in some kilobytes, rightly put together."""
    return png(100_000, 100_000, depth=1, body=bytes(12_501) * 20_000)


def large_bomb() -> bytes:
    """Within what a side may have, and 256 million pixels."""
    return png(16_000, 16_000, depth=1, body=bytes(2_001) * 16_000)


def sixty_megapixels() -> bytes:
    return bytes(pyvips.Image.black(10_000, 6_000).jpegsave_buffer())


def jpeg_of_many_scans() -> bytes:
    """Each scan of a progressive JPEG goes over all pixels again."""
    data = picture(64, 64, interlace=True)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * 2000 + b"\xff\xd9"


def animated(ending: str) -> bytes:
    frames = pyvips.Image.new_from_buffer(picture(40, 80), "").copy()
    frames = frames.copy_memory()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 40)
    return bytes(frames.write_to_buffer(ending))


def apng() -> bytes:
    still = picture(20, 20, ".png")
    control = struct.pack(">II", 2, 0)
    chunk = struct.pack(">I", 8) + b"acTL" + control + struct.pack(">I", zlib.crc32(b"acTL" + control))
    return still[:33] + chunk + still[33:]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/><script>alert(1)</script></svg>'
REFUSED: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "empty": (lambda: b"", 422, "is empty"),
    "SVG": (lambda: SVG, 415, "JPEG, PNG or WebP"),
    "HTML named .jpg": (lambda: b"<html><script>alert(1)</script></html>", 415, "JPEG, PNG or WebP"),
    "PDF": (lambda: b"%PDF-1.7\n1 0 obj<<>>endobj", 415, "JPEG, PNG or WebP"),
    "GIF": (lambda: animated(".gif"), 415, "JPEG, PNG or WebP"),
    "GIF that is also JavaScript": (lambda: b"GIF89a/*" + bytes(20) + b"*/=alert(1)", 415, "JPEG, PNG or WebP"),
    "TIFF": (lambda: picture(20, 20, ".tif"), 415, "JPEG, PNG or WebP"),
    "text": (lambda: b"hello", 415, "JPEG, PNG or WebP"),
    "only a JPEG's first bytes": (lambda: b"\xff\xd8\xff", 422, "cut short"),
    "only a PNG's first bytes": (lambda: b"\x89PNG\r\n\x1a\n", 422, "cut short"),
    "only a WebP's first bytes": (lambda: b"RIFF\x08\x00\x00\x00WEBP", 422, "cut short"),
    "a truncated JPEG": (lambda: photo()[:150_000], 422, "cut short"),
    "a truncated PNG": (lambda: picture(300, 200, ".png")[:9000], 422, "cut short"),
    "a truncated WebP": (lambda: picture(300, 200, ".webp")[:9000], 422, "cut short"),
    "a PNG with too few pixels": (lambda: png(300, 200, body=bytes(301) * 20), 422, "cut short"),
    "a bomb": (bomb, 422, "100,000 by 100,000 pixels"),
    "a bomb of short sides": (large_bomb, 422, "at most 50 million"),
    "60 megapixels": (sixty_megapixels, 422, "10,000 by 6,000 pixels"),
    "a very long picture": (lambda: picture(20_000, 10), 422, "a side may have at most 16,000"),
    "a JPEG of many scans": (jpeg_of_many_scans, 422, "scans"),
    "nothing but fill bytes": (lambda: b"\xff\xd8" + b"\xff" * (9 << 20), 422, "cut short"),
    "a scan of fill bytes": (lambda: picture(20, 20)[:-2] + b"\xff" * (9 << 20) + b"\x00", 422, "cut short"),
    "a JPEG of a million parts": (lambda: b"\xff\xd8" + b"\xff\xfe\x00\x02" * 1_000_000, 422, "20,000 parts"),
    "a PNG of many parts": (lambda: picture(9, 9, ".png")[:33] + bytes(12) * 500_000, 422, "20,000 parts"),
    "an animated WebP": (lambda: animated(".webp"), 422, "animated"),
    "an animated PNG": (apng, 422, "animated"),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_hostile_file_is_refused(
    client: httpx.AsyncClient, admin: Headers, place: str, database: Database, settings: Settings, kind: str
) -> None:
    make, status, words = REFUSED[kind]
    data = make()
    before = psutil.Process().memory_info().rss
    answer = await send(client, admin, place, data)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    assert psutil.Process().memory_info().rss - before < MEMORY_BYTES
    await check_nothing_was_kept(database, settings)


def with_archive(data: bytes) -> bytes:
    """A picture that is an archive too: archives are read from their end."""
    return data + b"PK\x03\x04 secret.zip PK\x05\x06" + bytes(18)


def with_comment(data: bytes) -> bytes:
    page = b"*/--><script>alert(document.domain)</script>"
    return data[:2] + b"\xff\xfe" + struct.pack(">H", len(page) + 2) + page + data[2:]


POLYGLOTS = {
    "JPEG and archive": with_archive(picture(60, 40)),
    "PNG and archive": with_archive(picture(60, 40, ".png")),
    "WebP and archive": with_archive(picture(60, 40, ".webp")),
    "JPEG and page": with_comment(picture(60, 40)),
    "JPEG and video": photo() + b"\x00\x00\x00\x18ftypmp42secret",
}


@pytest.mark.parametrize("kind", POLYGLOTS)
async def test_of_a_polyglot_only_the_picture_is_kept(
    client: httpx.AsyncClient, admin: Headers, place: str, settings: Settings, kind: str
) -> None:
    """Refusing would hit phones, which append videos and previews to their photos."""
    answer = await send(client, admin, place, POLYGLOTS[kind])
    assert answer.status_code == 201
    (path,) = stored(settings)
    kept = path.read_bytes()
    assert not any(word in kept for word in (b"PK\x03\x04", b"script", b"secret"))
    assert pixels(kept) == pixels(POLYGLOTS[kind])
    served = await client.get(answer.json()["original_url"])
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["content-type"].startswith("image/")


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x", "..\\..\\x.php", "/etc/passwd", "a\x00.jpg", "x" * 4000, "", ".htaccess"]
)
async def test_a_path_in_the_name_leads_nowhere(
    client: httpx.AsyncClient, admin: Headers, place: str, settings: Settings, name: str
) -> None:
    quoted = name.replace("\x00", "%00")
    body = (
        b'--b\r\nContent-Disposition: form-data; name="image_type"\r\n\r\nother\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b\r\n--b--\r\n'
        % (quoted.encode(), picture(30, 20))
    )
    headers = admin | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await client.post(place, content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    (path,) = stored(settings)
    assert re.fullmatch(r"properties/[0-9a-f-]{36}/[0-9a-f]{64}\.jpg", str(path.relative_to(settings.storage_folder)))


def upright(data: bytes, orientation: int) -> bytes:
    """The same pixels with a tag that says how to turn them."""
    image = decoded(data).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return bytes(image.write_to_buffer(".jpg", Q=95))


@pytest.mark.parametrize(
    ("name", "data", "content_type", "size"),
    [
        ("10,000 px wide", picture(10_000, 400), "image/jpeg", (10_000, 400)),
        ("turned", upright(picture(80, 50), 6), "image/jpeg", (50, 80)),
        ("mirrored", upright(picture(80, 50), 2), "image/jpeg", (80, 50)),
        ("grey", picture(80, 50, bands=1), "image/jpeg", (80, 50)),
        ("progressive", picture(80, 50, interlace=True), "image/jpeg", (80, 50)),
        ("transparent", picture(80, 50, ".png", bands=4), "image/png", (80, 50)),
        ("palette", picture(80, 50, ".png", palette=True), "image/png", (80, 50)),
        ("16 bits", picture(80, 50, ".png", bitdepth=16), "image/png", (80, 50)),
        ("lossless", picture(80, 50, ".webp", lossless=True), "image/webp", (80, 50)),
        ("one pixel", picture(1, 1), "image/jpeg", (1, 1)),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" not in value else "",
)
async def test_unusual_pictures_are_taken(
    client: httpx.AsyncClient, admin: Headers, place: str, settings: Settings, name: str, data: bytes,
    content_type: str, size: tuple[int, int],
) -> None:  # fmt: skip
    answer = await send(client, admin, place, data, "a.gif")
    assert answer.status_code == 201, answer.text
    assert (answer.json()["width"], answer.json()["height"]) == size
    served = await client.get(answer.json()["original_url"])
    assert served.headers["content-type"] == content_type
    if name not in {"turned", "mirrored"}:
        assert pixels(served.content) == pixels(data)


async def test_four_inks_become_three_colours(client: httpx.AsyncClient, admin: Headers, place: str) -> None:
    inks = pyvips.Image.new_from_buffer(picture(80, 50), "").icc_transform("cmyk", input_profile="srgb")
    answer = await send(client, admin, place, bytes(inks.write_to_buffer(".jpg")))
    assert answer.status_code == 201
    kept = decoded((await client.get(answer.json()["original_url"])).content)
    assert (kept.interpretation, kept.bands) == ("srgb", 3)


async def test_a_declared_size_beyond_the_limit_is_refused_unread(
    client: httpx.AsyncClient, admin: Headers, place: str
) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("It was read")
        yield b""

    headers = admin | {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(500 << 20)}
    answer = await client.post(place, content=never(), headers=headers)
    assert answer.status_code == 413
    assert "at most 10 MB" in answer.json()["detail"]


async def test_a_file_just_over_the_limit(
    client: httpx.AsyncClient, admin: Headers, place: str, database: Database, settings: Settings
) -> None:
    data = picture(30, 20)
    fits = data + bytes((10 << 20) - len(data))
    assert (await send(client, admin, place, fits)).status_code == 201
    answer = await send(client, admin, place, fits + b"x")
    assert (answer.status_code, answer.json()["detail"]) == (413, "The file may have at most 10 MB")
    assert len(stored(settings)) == 1


FORM_HEAD = (
    b'--b\r\nContent-Disposition: form-data; name="image_type"\r\n\r\nother\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
)


def request_head(place: str, admin: Headers, *fields: str) -> bytes:
    lines = (
        f"POST {place} HTTP/1.1",
        "Host: casabricks.test",
        f"Authorization: {admin['Authorization']}",
        "Content-Type: multipart/form-data; boundary=b",
        *fields,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def test_500_mb_in_chunks_are_cut_off(
    address: Address,
    admin: Headers,
    place: str,
    database: Database,
    settings: Settings,
) -> None:
    before = psutil.Process().memory_info().rss
    sent = 0
    async with asyncio.timeout(DEADLINE_SECONDS), connection(address) as (reader, writer):
        writer.write(request_head(place, admin, "Transfer-Encoding: chunked"))
        writer.write(b"%x\r\n%b\r\n" % (len(FORM_HEAD), FORM_HEAD))
        piece = b"%x\r\n%b\r\n" % (1 << 20, bytes(1 << 20))
        answer = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
        while not answer.done() and sent < 500:
            writer.write(piece)
            await writer.drain()
            sent += 1
        assert b" 413 " in (await answer).split(b"\r\n")[0]
    assert sent < 60  # what lies in buffers of the sockets
    assert psutil.Process().memory_info().rss - before < 100 << 20
    await check_nothing_was_kept(database, settings)


async def test_a_slow_drip_ends(
    address: Address, admin: Headers, place: str, database: Database, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("app.middleware.body_limit.PATIENCE_SECONDS", 0.3)
    async with asyncio.timeout(DEADLINE_SECONDS), connection(address) as (reader, writer), asyncio.TaskGroup() as group:
        writer.write(request_head(place, admin, "Content-Length: 1000000") + FORM_HEAD)

        async def drip() -> None:
            while True:
                writer.write(b"a")
                await asyncio.sleep(0.02)

        dripping = group.create_task(drip())
        head = await reader.readuntil(b"\r\n\r\n")
        dripping.cancel()
    assert b" 408 " in head.split(b"\r\n")[0]
    await check_nothing_was_kept(database, settings)


async def test_a_file_may_take_the_time_its_size_needs(
    address: Address,
    admin: Headers,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes longer than any other body may, in the app and in the server, at a pace that is allowed."""
    monkeypatch.setattr("app.middleware.body_limit.PATIENCE_SECONDS", 2.0)
    monkeypatch.setattr("app.server.ARRIVAL_SECONDS", 2.1)
    body = FORM_HEAD + photo("exterior_berlin_facade_01.jpg") + b"\r\n--b--\r\n"
    async with asyncio.timeout(DEADLINE_SECONDS), connection(address) as (reader, writer):
        writer.write(request_head(place, admin, f"Content-Length: {len(body)}"))
        for at in range(0, len(body), 100_000):
            writer.write(body[at : at + 100_000])
            await writer.drain()
            await asyncio.sleep(0.15)
        assert b" 201 " in (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]


@pytest.mark.parametrize(("error", "statuses"), [(-100, {400, 422}), (100, {408})])
async def test_a_wrong_length_stores_nothing(
    address: Address, admin: Headers, place: str, database: Database, settings: Settings,
    monkeypatch: pytest.MonkeyPatch, error: int, statuses: set[int],
) -> None:  # fmt: skip
    monkeypatch.setattr("app.middleware.body_limit.PATIENCE_SECONDS", 0.3)
    body = FORM_HEAD + picture(60, 40) + b"\r\n--b--\r\n"
    async with asyncio.timeout(DEADLINE_SECONDS), connection(address) as (reader, writer):
        writer.write(request_head(place, admin, f"Content-Length: {len(body) + error}") + body)
        head = await reader.readuntil(b"\r\n\r\n")
    assert int(head.split(b" ", 2)[1]) in statuses
    await check_nothing_was_kept(database, settings)


class Noting:
    """Tells when a request has ended, and how it was answered."""

    def __init__(self, app: ASGIApp, statuses: list[int], ended: asyncio.Event) -> None:
        self.app, self.statuses, self.ended = app, statuses, ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.statuses.append(message["status"])
            await send(message)

        await self.app(scope, receive, noting)
        self.ended.set()


async def test_a_sender_who_hangs_up_leaves_nothing(
    app: FastAPI, address: Address, admin: Headers, place: str, database: Database, settings: Settings
) -> None:
    statuses: list[int] = []
    ended = asyncio.Event()
    app.add_middleware(Noting, statuses, ended)
    async with connection(address) as (_, writer):
        writer.write(request_head(place, admin, "Content-Length: 1000000") + FORM_HEAD + bytes(300_000))
        await writer.drain()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await ended.wait()
    assert statuses == [422]
    await check_nothing_was_kept(database, settings)


async def test_nobody_uploads_unasked(
    client: httpx.AsyncClient, place: str, database: Database, settings: Settings
) -> None:
    """The file is not even read."""

    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("It was read")
        yield b""

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": "1000"}
    assert (await client.post(place, content=never(), headers=headers)).status_code == 401
    await check_nothing_was_kept(database, settings)


async def test_twenty_large_uploads_at_once_stay_in_bounds(
    settings: Settings, app: FastAPI, admin: Headers, place: str
) -> None:
    """Of 24 megapixels each; decoded all at once they would take 1.4 GB."""
    photos = [picture(6000, 4000, seed=seed, bands=1, Q=10) for seed in range(2)]
    before = psutil.Process().memory_info().rss
    async with client_of(app) as client:
        answers = await asyncio.gather(
            *(send(client, admin, place, photos[number % 2] + bytes([number])) for number in range(20))
        )
    assert {answer.status_code for answer in answers} == {200, 201}
    assert psutil.Process().memory_info().rss - before < MEMORY_BYTES


async def test_a_field_that_stands_twice_is_refused(
    client: httpx.AsyncClient, admin: Headers, place: str, database: Database, settings: Settings
) -> None:
    fields = {"image_type": ["interior", "other"]}
    answer = await client.post(place, files={"file": ("a.jpg", photo())}, data=fields, headers=admin)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["msg"] == "must not hold a field twice"
    await check_nothing_was_kept(database, settings)
