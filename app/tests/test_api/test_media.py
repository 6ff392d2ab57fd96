"""GET /media/{key}: pictures of the local storage."""

import httpx
import pytest
from fastapi import FastAPI

from app.infrastructure.storage.local import PARTS, LocalStorage
from app.tests.photos import picture

DATA = picture(300, 200)
KEY = "properties/one/two.jpg"


@pytest.fixture
async def storage(app: FastAPI) -> LocalStorage:
    kept: LocalStorage = app.state.storage
    await kept.put(KEY, DATA, "image/jpeg")
    return kept


@pytest.mark.usefixtures("storage")
async def test_it_may_be_kept_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/media/{KEY}")
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for known in (answer.headers["etag"], f'"x", W/{answer.headers["etag"]}', "*"):
        again = await client.get(f"/media/{KEY}", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["cache-control"] == answer.headers["cache-control"]
    head = await client.head(f"/media/{KEY}")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(DATA)))


async def test_one_that_is_gone_is_not_unchanged(client: httpx.AsyncClient, storage: LocalStorage) -> None:
    etag = (await client.get(f"/media/{KEY}")).headers["etag"]
    await storage.delete(KEY)
    for known in (etag, "*"):
        assert (await client.get(f"/media/{KEY}", headers={"If-None-Match": known})).status_code == 404


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=10-99999999", slice(10, None)),
    ],
)
@pytest.mark.usefixtures("storage")
async def test_a_part_of_it(client: httpx.AsyncClient, asked: str, part: slice) -> None:
    answer = await client.get(f"/media/{KEY}", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, DATA[part])
    assert answer.headers["content-range"].endswith(f"/{len(DATA)}")


@pytest.mark.parametrize(
    "asked",
    ["bytes=99999999-", "bytes=5-2", "bytes=-0", "bytes=a-b", "lines=1-2", "bytes=0-1,5-9", "bytes=" + "9" * 99],
)
@pytest.mark.usefixtures("storage")
async def test_a_range_it_cannot_give_is_ignored(client: httpx.AsyncClient, asked: str) -> None:
    answer = await client.get(f"/media/{KEY}", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, DATA)


@pytest.mark.parametrize(
    "path",
    [
        "properties/one/three.jpg",
        "properties/one",
        "properties/one/two.jpg/",
        "properties/one/two.jpg/three.jpg",
        "properties//one/two.jpg",
        "../secret.jpg",
        "%2e%2e/secret.jpg",
        "..%2fsecret.jpg",
        "properties/%2e%2e/%2e%2e/secret.jpg",
        "..\\secret.jpg",
        "/etc/passwd",
        "properties/one/.hidden.jpg",
        f"{PARTS}/left.jpg",
        "page.html",
        "picture.svg",
        "%00.jpg",
        "a" * 3000 + ".jpg",
        "",
    ],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, storage: LocalStorage, path: str) -> None:
    for name in ("page.html", "picture.svg", "properties/one/.hidden.jpg", f"{PARTS}/left.jpg", "../secret.jpg"):
        (storage.folder / name).write_bytes(DATA)
    answer = await client.get(f"/media/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_folder_that_cannot_be_read_is_no_fault_of_ours(
    client: httpx.AsyncClient, storage: LocalStorage
) -> None:
    """As when the disk that is mounted there is gone; here by a link that leads to itself."""
    (storage.folder / "away").symlink_to("away")
    answer = await client.get("/media/away/two.jpg")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert str(storage.folder) not in answer.text
