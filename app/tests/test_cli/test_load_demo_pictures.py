"""Pictures for demo listings."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.config.database import Database
from app.services.demo import pictures
from app.tests.test_cli.conftest import Casabricks

SERVICE = {
    "AI_SERVICE_API_URL": "http://127.0.0.1:9/enhance",
    "AI_SERVICE_API_KEY": "a-key-for-tests-only-0123456789",
    "AI_SERVICE_WEBHOOK_SECRET": "whsec_dGhpcyBpcyBhIHNlY3JldCBmb3IgdGVzdHMgb25seQ==",
    "PUBLIC_URL": "http://127.0.0.1:9",
}


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two photos, one of them dark, one inside, a drawing a type."""
    dark, bright = pictures.DARK[-1], pictures.FRONTS[-1]
    monkeypatch.setattr(pictures, "FRONTS", [dark, bright])
    monkeypatch.setattr(pictures, "INSIDES", pictures.INSIDES[:1])
    monkeypatch.setattr(pictures, "DRAWINGS_PER_TYPE", 1)


async def stored(database: Database) -> list[Any]:
    statement = text("""
SELECT i.image_type, i.is_illustration, i.enhancement_status, i.is_primary, p.property_type, p.card::jsonb
  -> 'primary_image' ->> 'alt' AS alt
FROM property_images i JOIN properties p ON p.id = i.property_id ORDER BY i.id
""")
    async with database.read() as session:
        return list((await session.execute(statement)).all())


async def test_the_best_homes_get_photos_and_drawings_once(
    casabricks: Casabricks, database: Database, tmp_path: Path
) -> None:
    variables = SERVICE | {"STORAGE_FOLDER": str(tmp_path / "media")}
    await casabricks("load-demo", "--listings", "80", **variables)
    done = await casabricks("load-demo-pictures", **variables)
    assert done.exit_code == 0, done.output
    assert done.stdout == "2 listings with photos and 4 with drawings added\n"
    dark, inside, bright, *drawn = await stored(database)
    assert (dark.image_type, dark.enhancement_status, dark.is_primary) == ("front_exterior", "processing", True)
    assert (inside.image_type, inside.is_primary) == ("interior", False)
    assert (bright.image_type, bright.enhancement_status) == ("front_exterior", None)
    assert {each.property_type for each in drawn} == {"flat", "villa", "plot", "commercial"}
    assert all(each.is_illustration and each.alt.startswith("Illustration, not a photo: ") for each in drawn)
    again = await casabricks("load-demo-pictures", **variables)
    assert again.stdout == "0 listings with photos and 0 with drawings added\n"
    assert len(await stored(database)) == 7


async def test_without_an_ai_service_the_dark_photos_stay_as_they_are(
    casabricks: Casabricks, database: Database, tmp_path: Path
) -> None:
    variables = {"STORAGE_FOLDER": str(tmp_path / "media")}
    await casabricks("load-demo", "--listings", "40", **variables)
    done = await casabricks("load-demo-pictures", **variables)
    assert done.exit_code == 0, done.output
    assert "AI_SERVICE_API_URL" in done.stdout
    assert {each.enhancement_status for each in await stored(database)} == {None}
