"""The table and the editor of listings, without scripts."""

import html
import re
from decimal import Decimal

from sqlalchemy import inspect, update

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.models.property import Property
from app.services.audit import UNTOLD
from app.services.imports.listing import fingerprint
from app.tests.conftest import Statements
from app.tests.factories import make_property
from app.tests.test_web.conftest import Enter, StaffBrowser, fields_of

PATH = "/admin/listings"


async def stored(database: Database, listing: Property) -> Property:
    async with database.read() as session:
        found = await session.get(Property, listing.id)
    assert found is not None
    return found


def undo_of(page: str) -> tuple[str, dict[str, list[str]]]:
    """Where the toast's form leads, and what it sends."""
    form = re.search(r'class="toast.*?<form method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[2]):
        fields.setdefault(name, []).append(html.unescape(value))
    return form[1], fields


async def test_several_are_hidden_at_once_and_shown_again(
    admin_browser: StaffBrowser, database: Database, statements: Statements
) -> None:
    async with unit_of_work(database) as session:
        homes = [await make_property(session, title=f"Home number {number} of the table") for number in range(3)]
    statements.clear()
    page = await admin_browser.open(f"{PATH}?q=table&sort=title")
    assert page.index("Home number 0") < page.index("Home number 1") < page.index("Home number 2")
    assert len(statements) == 4  # the account, what waits, the count, the page
    back = f"{PATH}?q=table"
    form = {"id": [str(home.id) for home in homes[:2]], "is_active": "false", "back": back}
    page = await admin_browser.send(f"{PATH}/status", form)
    assert "2 listings are hidden now" in page
    assert [(await stored(database, home)).is_active for home in homes] == [False, False, True]
    page = await admin_browser.send(*undo_of(page))
    assert "2 listings are shown now" in page
    assert (await stored(database, homes[0])).is_active
    assert "Nothing was changed" in await admin_browser.send(f"{PATH}/status", {"is_active": "true", "back": back})
    assert "is not a sector of Noida" in await admin_browser.open(f"{PATH}?sector=Atlantis", 422)


async def test_what_was_typed_is_kept_with_the_rule_beside_each_field(
    admin_browser: StaffBrowser, database: Database
) -> None:
    form = fields_of(await admin_browser.open(f"{PATH}/new")) | {
        "title": "3 BHK flat in Kachnar Court",
        "price": "85 lakh or so",
        "bhk": "3",
        "area_sqft": "1,295.5",
        "locality": "Sector 137",
        "amenities": "Lift\r\nlift\r\nPower backup",
    }
    page = await admin_browser.send(f"{PATH}/new", form, 422)
    assert 'name="price" type="text" value="85 lakh or so"' in page
    assert re.search(r'id="e-price">.*must be whole rupees, such as 85,00,000, 85 lakh or 1.2 crore', page)
    assert 'id="e-price"' in await admin_browser.send(f"{PATH}/new", form | {"price": "9" * 400}, 422)
    page = await admin_browser.send(f"{PATH}/new", form | {"price": "85 lakh"}, 422)
    assert 'name="price" type="text" value="85,00,000"' in page
    assert 'id="h-price">₹85,00,000 · 85 lakh<' in page
    assert re.search(r'id="e-area_basis">.*belongs together with “Area, sq ft”', page)
    assert re.search(r'name="is_active" value="on">', page)
    page = await admin_browser.send(f"{PATH}/new", form | {"is_active": "on"}, 422)
    assert re.search(r'name="is_active" value="on" checked>', page)
    page = await admin_browser.send(f"{PATH}/new", form | {"price": "₹85,00,000", "area_basis": "carpet"})
    assert "hidden until you show it" in page
    async with database.read() as session:
        (made,) = (await session.scalars(Property.__table__.select())).all()
    page = await admin_browser.open(f"{PATH}/{made}")
    again = fields_of(page)
    assert (again["price"], again["area_sqft"]) == ("85,00,000", "1295.5")
    assert again["amenities"] == "Lift\nPower backup"
    page = await admin_browser.send(f"{PATH}/{made}", again)
    assert "Nothing was changed." in page
    assert "Undo" not in page
    assert fields_of(await admin_browser.open(f"{PATH}/{made}")) == again
    page = await admin_browser.send(f"{PATH}/{made}", again | {"listing_type": "rent", "price": "45k"})
    assert 'id="h-price">₹45,000 a month<' in page


async def test_a_save_is_taken_back_unless_something_was_changed_since(
    admin_browser: StaffBrowser, database: Database
) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session, area_sqft=Decimal("1295.50"), review_flags=["floor_of_floors"])
    path = f"{PATH}/{home.id}"
    before = await stored(database, home)
    typed = {
        "price": "1.2 crore",
        "area_sqft": "1300",
        "area_basis": "carpet",
        "furnishing": "furnished",
        "locality": "Sector 62",
        "latitude": "",
        "longitude": "",
        "location_precision": "",
        "society_name": "",
        "verified": "on",
        "available_from": "2027-01-01",
        "listed_at": "2026-01-02",
        "amenities": "Lift",
    }
    saved = await admin_browser.send(path, fields_of(await admin_browser.open(path)) | typed)
    assert (await stored(database, home)).price == 12_000_000
    undone = await admin_browser.send(*undo_of(saved))
    assert "again as it was before" in undone
    after = await stored(database, home)
    kept = set(inspect(Property).column_attrs.keys()) - UNTOLD
    assert {name: getattr(after, name) for name in kept} == {name: getattr(before, name) for name in kept}
    assert after.fingerprint == fingerprint(vars(after))

    assert "Somebody changed it meanwhile" in await admin_browser.send(*undo_of(saved))
    await admin_browser.send(*undo_of(undone))
    assert (await stored(database, home)).price == 12_000_000
    async with unit_of_work(database) as session:
        other = await make_property(session)
    version = fields_of(await admin_browser.open(f"{PATH}/{other.id}"))["version"]
    assert "never updated" in await admin_browser.send(f"{PATH}/{other.id}/undo", {"version": version})


async def test_a_save_that_changed_nothing_offers_nothing_to_take_back(
    admin_browser: StaffBrowser, database: Database
) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session)
    path = f"{PATH}/{home.id}"
    await admin_browser.send(path, fields_of(await admin_browser.open(path)) | {"price": "90 lakh"})
    async with unit_of_work(database) as session:  # as a release before this one had it
        await session.execute(update(Property).values(fingerprint=1))
    page = await admin_browser.send(path, fields_of(await admin_browser.open(path)))
    assert "Nothing was changed." in page
    assert "Undo" not in page


async def test_a_conflict_shows_both_states_and_is_settled_field_by_field(
    admin_browser: StaffBrowser, enter: Enter, database: Database
) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session)
    path = f"{PATH}/{home.id}"
    mine = fields_of(await admin_browser.open(path))
    other = await enter(UserRole.SUPER_ADMIN)
    await other.send(path, fields_of(await other.open(path)) | {"price": "9000000", "bathrooms": "2"})

    page = await admin_browser.send(path, mine | {"price": "8700000", "balconies": "1"}, 412)
    assert "Somebody saved this listing while you wrote" in page
    chosen = fields_of(page)
    assert (chosen["price"], chosen["bathrooms"], chosen["balconies"]) == ("87,00,000", "2", "1")
    assert 'name="price" value="90,00,000"' in page
    assert "Saved." in await admin_browser.send(path, chosen | {"price": "9000000"})
    found = await stored(database, home)
    assert (found.price, found.bathrooms, found.balconies) == (9_000_000, 2, 1)


async def test_a_deleted_listing_comes_back(admin_browser: StaffBrowser, enter: Enter, database: Database) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session)
    path = f"{PATH}/{home.id}"
    version = fields_of(await admin_browser.open(path))["version"]
    page = await admin_browser.send(f"{path}/delete", {"version": version})
    assert "is deleted" in page
    assert "Restore" in page
    assert (await stored(database, home)).deleted_at is not None
    assert "nothing was done" in await admin_browser.send(f"{path}/delete", {"version": version})
    assert "is back, shown as it was" in await admin_browser.send(*undo_of(page))
    agent = await enter(UserRole.AGENT)
    page = await agent.open(path)
    assert "<fieldset disabled>" in page
    assert "Delete" not in page
