"""Deliveries, users, audit, import and the first page."""

import html
import re

from fastapi import FastAPI
from sqlalchemy import func, select, update

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction, UserRole
from app.models.audit import AuditEntry
from app.models.delivery import Delivery
from app.models.user import User
from app.tests.factories import make_inquiry, make_property, make_user
from app.tests.test_web.conftest import Enter, StaffBrowser
from app.tests.test_web.test_admin_listings import undo_of


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
    page = await browser.send(f"/admin/users/{user.id}", {"full_name": "Meera", "role": "super_admin"})
    assert "is changed" in page
    assert undo_of(page)[1]["role"] == ["agent"]
    assert "is changed" in await browser.send(f"/admin/users/{user.id}", {"full_name": "Meera Anand", "role": "admin"})
    password = f"/admin/users/{user.id}/password"
    assert "must have at least 10 characters" in await browser.send(password, {"password": "short"})
    assert "Meera Anand has another password" in await browser.send(password, {"password": "quite another one"})
    login = {"email": user.email, "password": "quite another one"}
    assert (await browser.client.post("/api/v1/auth/login", json=login)).status_code == 200
    async with database.read() as session:
        found = await session.get(User, user.id)
    assert found is not None
    assert (found.full_name, found.role, found.is_active) == ("Meera Anand", UserRole.ADMIN, True)
    page = await browser.open(f"/admin/audit?entity=user&entity_id={user.id}&actor=&action=updated")
    assert "<del>Agent</del>" in page
    assert "<ins>Super admin</ins>" in page
    assert "Nothing was done like that" in await browser.open(f"/admin/audit?actor={user.id}")


async def test_messages_are_listed_and_sent_again(
    app: FastAPI, admin_browser: StaffBrowser, database: Database
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"crm_webhook_url": "http://127.0.0.1:9/hook"})
    assert "Nothing was sent" in await admin_browser.open("/admin/deliveries")
    assert "No message is like that" in await admin_browser.open("/admin/deliveries?status=failed")
    async with unit_of_work(database) as session:
        lead = await make_inquiry(session)
    await admin_browser.send(f"/admin/leads/{lead.id}/status", {"status": "contacted"})
    listed, tick = "/admin/deliveries?channel=webhook", r'type="checkbox" name="id" value="([^"]+)"'
    page = await admin_browser.open(listed)
    assert "on its way" in page
    assert not re.findall(tick, page)
    async with unit_of_work(database) as session:
        await session.execute(update(Delivery).values(status="delivered", attempts=1, delivered_at=func.now()))
    page = await admin_browser.open(listed)
    [message] = re.findall(tick, page)
    [seen] = re.findall(f'name="seen-{message}" value="([^"]+)"', page)
    path, back = "/admin/deliveries/replay", {"back": listed}
    pressed = back | {"id": message, f"seen-{message}": html.unescape(seen)}
    assert "1 message is sent again" in await admin_browser.send(path, pressed)
    assert "on its way already" in await admin_browser.send(path, pressed)
    async with unit_of_work(database) as session:
        await session.execute(update(Delivery).values(status="delivered", attempts=1, delivered_at=func.now()))
    page = await admin_browser.send(path, pressed)
    assert "sent since you looked" in page
    assert "sent again" not in page
    async with database.read() as session:
        replays = select(func.count()).where(AuditEntry.action == AuditAction.REPLAYED)
        assert await session.scalar(replays) == 1
    assert "tick messages first" in await admin_browser.send(path, back)
    assert "is not the id of a message" in await admin_browser.send(path, back | {"id": "x"})
    await admin_browser.send(path, back | {"id": str(lead.id)}, 404)
    await admin_browser.open("/admin/deliveries?status=nowhere", 422)
