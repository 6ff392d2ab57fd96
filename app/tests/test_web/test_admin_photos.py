"""The photos of a listing: taken in with and without scripts, ordered, enhanced, decided on."""

import asyncio
import re
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import update

from app.config.database import Database
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EnhancementState, EnhancementStatus
from app.models.enhancement import Enhancement
from app.models.image import PropertyImage
from app.tests.conftest import settings_for
from app.tests.factories import make_property
from app.tests.photos import picture
from app.tests.test_devstack.waiting import DEADLINE_SECONDS
from app.tests.test_web.conftest import StaffBrowser

SCORES = {"matches": 210.0, "structure": 0.61, "coverage": 0.94}


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """With an AI service, which is never asked here."""
    service = {
        "ai_service_api_url": "http://127.0.0.1:9/jobs",
        "ai_service_api_key": SecretStr("a-key-of-the-service-for-tests"),
        "ai_service_webhook_secret": [SecretStr("what simple services sign with")],
        "ai_service_private_addresses": True,
        "public_url": "http://casabricks.test",
    }
    url = database.engine.url.render_as_string(hide_password=False)
    return settings_for(url, storage_folder=tmp_path / "media", **service)


@pytest.fixture
async def path(database: Database) -> str:
    async with unit_of_work(database) as session:
        return f"/admin/listings/{(await make_property(session)).id}/photos"


def ids_in(page: str) -> list[str]:
    return re.findall(r'<article class="ph[^"]*" id="photo-([^"]+)"', page)


async def add(browser: StaffBrowser, path: str, seed: int, kind: str = "front_exterior") -> str:
    files = {"file": ("photo.jpg", picture(64, 48, seed=seed))}
    return await browser.send(path, {"image_type": kind}, files=files)


async def test_taking_in_ordering_and_deleting(admin_browser: StaffBrowser, path: str) -> None:
    for seed in (1, 2, 3):
        assert "Kept." in await add(admin_browser, path, seed)
    assert "has this photo already" in await add(admin_browser, path, 3)
    page = await admin_browser.send(path, {"image_type": "other"}, files={"file": ("x.jpg", b"no picture")})
    assert "must be a JPEG, PNG or WebP picture" in page

    # As the script sends them: no page in answer, the problem as JSON.
    script = {"Accept": "application/json"}
    file = {"file": ("4.jpg", picture(64, 48, seed=4))}
    answer = await admin_browser.client.post(path, data={"image_type": "interior"}, files=file, headers=script)
    assert answer.status_code == 204
    answer = await admin_browser.client.post(path, data={"image_type": "no"}, files=file, headers=script)
    assert answer.json()["errors"][0]["loc"] == ["body", "image_type"]

    first, second, third, fourth = ids_in(await admin_browser.open(path))
    page = await admin_browser.send(f"{path}/order", {"move": third, "by": "earlier"})
    assert ids_in(page) == [first, third, second, fourth]
    page = await admin_browser.send(f"{path}/order", {"id": [first, fourth, second, third]})
    assert ids_in(page) == [first, fourth, second, third]
    assert "have changed meanwhile" in await admin_browser.send(f"{path}/order", {"id": [first]})
    assert ids_in(await admin_browser.send(f"{path}/{third}", {"is_primary": "true"}))[0] == third
    assert "type is changed" in await admin_browser.send(f"{path}/{second}", {"image_type": "floor_plan"})
    assert "Not done: image type" in await admin_browser.send(f"{path}/{second}", {"image_type": "palace"})
    assert second not in ids_in(await admin_browser.send(f"{path}/{second}/delete"))


async def set_state(
    database: Database, image_id: str, state: EnhancementState, status: EnhancementStatus, **fields: object
) -> UUID:
    """What the workers would write."""
    async with unit_of_work(database) as session:
        statement = update(Enhancement).where(Enhancement.image_id == UUID(image_id)).values(state=state, **fields)
        attempt: UUID = (await session.execute(statement.returning(Enhancement.id))).scalar_one()
        image = update(PropertyImage).where(PropertyImage.id == UUID(image_id))
        await session.execute(image.values(enhancement_status=status))
    return attempt


async def test_an_enhancement_is_watched_held_back_and_published(
    admin_browser: StaffBrowser, path: str, database: Database
) -> None:
    (image_id,) = ids_in(await add(admin_browser, path, 5))
    page = await admin_browser.send(f"{path}/{image_id}/enhance")
    assert "Waits to be sent, step 1 of 4" in page
    assert "is under way" in await admin_browser.send(f"{path}/{image_id}/enhance")

    watching = asyncio.create_task(admin_browser.client.get(f"{path}/live"))
    result = {"result_key": "properties/x/result.jpg", "finished_at": utc_now(), "fidelity": SCORES}
    held = {"error": "The building's structure changed: a part of the picture changed near the centre", **result}
    attempt = await set_state(database, image_id, EnhancementState.REJECTED, EnhancementStatus.FAILED, **held)
    async with asyncio.timeout(DEADLINE_SECONDS):
        stream = await watching
    assert stream.headers["content-type"].startswith("text/event-stream")
    *_, told, ended, _ = stream.text.split("\n\n")
    assert ended == "event: done\ndata:"
    news = orjson.loads(told.partition("data: ")[2])
    assert news["id"] == image_id
    for said in ("Held back", "a part of the picture changed near the centre", "61%", "at most 36%"):
        assert said in news["html"]
    assert "Held back" in await admin_browser.open("/admin/photos")
    assert 'aria-label="1 held back"' in await admin_browser.open("/admin/account")

    attempts = f"{path.removesuffix('photos')}attempts/{attempt}"
    assert "AI-enhanced photo" in await admin_browser.send(f"{attempts}/publish")
    assert "Only a result that failed" in await admin_browser.send(f"{attempts}/publish")
    page = await admin_browser.send(f"{attempts}/discard")
    assert "Visitors see the original" in page
    assert "Enhance</button>" in page
