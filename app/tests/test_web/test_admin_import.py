"""A file is tried, and one press imports exactly what was looked at, or says why it does not."""

import json
import re
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.models.imports import ImportTrial
from app.models.property import Property
from app.services.imports.leftovers import forget_abandoned
from app.tests.test_web.conftest import Enter, StaffBrowser

PATH = "/admin/import"
CSV = "listing_type,property_type,price,locality,external_id,title,floor_number\n"
HOME = "sale,flat,8500000,Sector 137,a1,3 BHK flat near the metro,4\n"


async def tried(browser: StaffBrowser, rows: str, status: int = 200, name: str = "homes.csv") -> tuple[str, str]:
    """The page that says what would happen, and its path."""
    sent = {"file": (name, (CSV + rows).encode())}
    answer = await browser.client.post(PATH, data={"profile": "auto"}, files=sent)
    assert answer.status_code == status, answer.text
    return answer.text, urlsplit(str(answer.url)).path


async def listings(database: Database) -> Sequence[tuple[str, int]]:
    async with database.read() as session:
        rows = await session.execute(select(Property.title, Property.price).order_by(Property.title))
        return [(row.title, row.price) for row in rows]


async def test_one_press_imports_what_was_tried(admin_browser: StaffBrowser, database: Database) -> None:
    bad = "sale,flat,,Sector 137,a2,=cmd|' /C calc'!A0,-1\n"
    page, path = await tried(admin_browser, HOME + bad, name="C:\\files\\<b>homes.csv")
    for said in ("What would happen", "&lt;b&gt;homes.csv", "Import this row", "No price 1", "2 rows, read as"):
        assert said in page
    assert await listings(database) == []
    refused = await admin_browser.client.get(f"{path}/refused")
    assert refused.headers["content-disposition"].endswith('.csv"')
    # No spreadsheet takes it for a formula; a floor stays a figure.
    assert "'=cmd|' /C calc'!A0,-1,3," in refused.text
    page = await admin_browser.send(path)
    assert "What was written" in page
    assert "1 listing imported" in page
    assert "3 BHK flat near the metro" in page
    assert await listings(database) == [("3 BHK flat near the metro", 8_500_000)]
    assert "is imported already" in await admin_browser.send(path)
    page, path = await tried(admin_browser, HOME)
    assert "Nothing to import" in page


async def test_what_changed_meanwhile_is_not_overwritten_unseen(
    admin_browser: StaffBrowser, database: Database
) -> None:
    _, path = await tried(admin_browser, HOME)
    await admin_browser.send(path)
    page, path = await tried(admin_browser, HOME.replace("8500000", "9000000"))
    assert "<del>₹85,00,000</del>" in page
    async with unit_of_work(database) as session:
        await session.execute(text("UPDATE properties SET price = 7000000, version = version + 1"))
    answer = await admin_browser.client.post(path)
    again = urlsplit(str(answer.url)).path
    assert again != path
    assert "nothing was imported" in answer.text
    assert "<del>₹70,00,000</del>" in answer.text
    assert await listings(database) == [("3 BHK flat near the metro", 7_000_000)]
    assert "not kept any more" in await admin_browser.send(path)
    assert "1 listing imported" in await admin_browser.send(again)
    assert await listings(database) == [("3 BHK flat near the metro", 9_000_000)]


async def test_a_tried_file_is_for_who_tried_it_for_an_hour(
    admin_browser: StaffBrowser, enter: Enter, database: Database
) -> None:
    _, path = await tried(admin_browser, HOME)
    other = await enter(UserRole.SUPER_ADMIN)
    for page in (await other.open(path), await other.send(path)):
        assert "not kept any more" in page
    await other.open(f"{path}/refused", 404)
    async with unit_of_work(database) as session:
        await session.execute(text("UPDATE import_trials SET created_at = now() - interval '61 minutes'"))
    assert "not kept any more" in await admin_browser.send(path)
    assert await listings(database) == []
    await forget_abandoned(database)
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(ImportTrial)) == 0


async def test_each_person_keeps_one_file(admin_browser: StaffBrowser, database: Database) -> None:
    _, first = await tried(admin_browser, HOME)
    _, second = await tried(admin_browser, HOME)
    assert "not kept any more" in await admin_browser.open(first)
    async with database.read() as session:
        assert (await session.execute(select(ImportTrial.id))).scalars().all() == [UUID(second.rsplit("/", 1)[1])]


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"a,b\n1,2\n", 422, "Columns are missing in row 1"),
        (b"x" * (10 << 20) + b"x", 413, "at most 10 MB"),
        ((CSV.strip() + ",ListPrice\n").encode() + b"sale,flat,1,x,a,t,1,2\n", 422, "mean the same; keep one of them"),
    ],
)
async def test_what_is_no_listing_file_is_said_on_the_form(
    admin_browser: StaffBrowser, content: bytes, status: int, said: str
) -> None:
    page = await admin_browser.send(PATH, {"profile": "auto"}, status, files={"file": ("x.csv", content)})
    assert said in page
    assert re.search(r'<input[^>]*name="file"', page)


async def test_what_no_text_of_the_database_can_hold_is_shown_as_refused(admin_browser: StaffBrowser) -> None:
    home = {
        "listing_type": "sale",
        "property_type": "flat",
        "price": "\0",
        "locality": "Sector 137",
        "external_id": "a1",
    }
    lines = "\n".join(json.dumps(home | more) for more in ({}, {"\0": "x" * 70_000}, {"bhk": "\0"}))
    page = await admin_browser.send(PATH, {"profile": "auto"}, files={"file": ("x.jsonl", lines.encode())})
    assert "Every row is refused" in page
    assert "�" in page


async def test_the_headings_to_begin_with_are_read(admin_browser: StaffBrowser) -> None:
    head = await admin_browser.open(f"{PATH}/template.csv")
    row = head.strip().split(",")
    values = dict(zip(CSV.strip().split(","), HOME.strip().split(","), strict=True))
    content = head + ",".join(values.get(name, "") for name in row) + "\n"
    page = await admin_browser.send(PATH, {"profile": "auto"}, files={"file": ("x.csv", content.encode())})
    assert "Import this row" in page
