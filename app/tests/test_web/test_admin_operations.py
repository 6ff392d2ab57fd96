"""Deliveries, users, audit, import and the first page."""

import re

from fastapi import FastAPI

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.models.user import User
from app.tests.factories import make_inquiry, make_property, make_user
from app.tests.test_web.conftest import Enter, StaffBrowser, fields_of
from app.tests.test_web.test_admin_listings import undo_of

CSV = "title,listing_type,property_type,price,bhk,locality\n"


async def test_what_waits_stands_first(admin_browser: StaffBrowser, database: Database) -> None:
    empty = await admin_browser.open("/admin")
    assert "Nobody waits" in empty
    assert "No visitor was counted" in empty
    async with unit_of_work(database) as session:
        await make_property(session)
        await make_inquiry(session)
    page = await admin_browser.open("/admin?days=30&for=rent")
    assert "Asha Rao" in page
    assert 'href="/admin?days=30&amp;for=rent" class="on"' in page
    assert "days=7" in await admin_browser.open("/admin?days=1000")


async def test_accounts_are_made_changed_and_locked_out(enter: Enter, database: Database) -> None:
    browser: StaffBrowser = await enter(UserRole.SUPER_ADMIN)
    form = {"email": "ravi@example.com", "full_name": "Ravi Kumar", "role": "agent", "password": "short"}
    page = await browser.send("/admin/users", form, 422)
    assert 'id="e-password"' in page
    assert 'value="ravi@example.com"' in page
    assert "short" not in page
    assert "Ravi Kumar may come in now" in await browser.send("/admin/users", form | {"password": "long enough now"})
    assert "already an account" in await browser.send("/admin/users", form | {"password": "long enough now"}, 422)
    async with unit_of_work(database) as session:
        user = await make_user(session, UserRole.AGENT)
    page = await browser.send(f"/admin/users/{user.id}", {"is_active": "false"})
    assert "cannot come in" in page
    assert "may come in again" in await browser.send(*undo_of(page))
    assert "is changed" in await browser.send(f"/admin/users/{user.id}", {"full_name": "Meera Anand", "role": "admin"})
    async with database.read() as session:
        found = await session.get(User, user.id)
    assert found is not None
    assert (found.full_name, found.role, found.is_active) == ("Meera Anand", UserRole.ADMIN, True)
    assert "Meera Anand" in await browser.open("/admin/audit?entity=user")


async def test_a_file_is_tried_before_it_is_imported(admin_browser: StaffBrowser) -> None:
    rows = "3 BHK flat in Sector 137,sale,flat,8500000,3,Sector 137\nA flat,sale,flat,,2,Sector 137\n"
    sent = {"file": ("homes.csv", (CSV + rows).encode())}
    page = await admin_browser.send("/admin/import", {"dry_run": "true", "profile": "auto"}, files=sent)
    assert "What would happen" in page
    assert "Refused rows" in page
    assert "What was written" in await admin_browser.send("/admin/import", {"dry_run": "false"}, files=sent)
    assert "What was written" in await admin_browser.send("/admin/import", {"dry_run": "false"}, files=sent)
    page = await admin_browser.send("/admin/import", {"dry_run": "true"}, 422, files={"file": ("x.csv", b"a,b\n1,2\n")})
    assert "Columns are missing in row 1" in page
    assert "3 BHK flat in Sector 137" in await admin_browser.open("/admin/listings")


async def test_messages_are_listed_and_sent_again(
    app: FastAPI, admin_browser: StaffBrowser, database: Database
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"crm_webhook_url": "http://127.0.0.1:9/hook"})
    assert "Nothing was sent" in await admin_browser.open("/admin/deliveries?status=failed")
    async with unit_of_work(database) as session:
        lead = await make_inquiry(session)
    await admin_browser.send(f"/admin/leads/{lead.id}/status", {"status": "contacted"})
    page = await admin_browser.open("/admin/deliveries?channel=webhook")
    again = re.search(r'action="(/admin/deliveries/[^"]+/replay)"', page)
    assert again is not None
    assert "sent again" in await admin_browser.send(again[1], {"back": "/admin/deliveries?channel=webhook"})
    await admin_browser.open("/admin/deliveries?status=nowhere", 422)


async def test_the_questions_are_looked_at_before_they_are_asked_otherwise(enter: Enter) -> None:
    browser: StaffBrowser = await enter(UserRole.SUPER_ADMIN)
    form = fields_of(await browser.open("/admin/questions"))
    changed = form | {"budget.text.en": "How much, at most?", "hide.property_type.plot": "on"}
    page = await browser.send("/admin/questions", changed | {"preview": "yes"})
    assert "Nothing is kept yet" in page
    assert "How much, at most?" in page
    assert fields_of(await browser.open("/admin/questions"))["budget.text.en"] == form["budget.text.en"]
    refused = await browser.send("/admin/questions", changed | {"budget.text.hi": ""}, 422)
    assert "needs words in hi" in refused
    assert "asked so from now on" in await browser.send("/admin/questions", changed)
    assert "nothing was done" in await browser.send("/admin/questions", changed)
    kept = fields_of(await browser.open("/admin/questions"))
    assert (kept["budget.text.en"], kept["hide.property_type.plot"]) == ("How much, at most?", "on")
    asked = (await browser.client.get("/api/v1/search/questions")).json()
    assert asked["budget"]["text"] == "How much, at most?"
    assert "plot" not in {option["value"] for option in asked["property_type"]["options"]}
