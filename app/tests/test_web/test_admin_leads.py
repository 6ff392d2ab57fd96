"""Leads on the board, in the table and on their page, as admins and agents see them."""

import re

from app.config.database import Database
from app.config.settings import Settings
from app.core.security import read_token
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.models.inquiry import Inquiry
from app.tests.factories import make_inquiry, make_property
from app.tests.test_web.conftest import Enter, StaffBrowser, fields_of

PATH = "/admin/leads"
Headers = dict[UserRole, dict[str, str]]


async def stored(database: Database, lead: Inquiry) -> Inquiry:
    async with database.read() as session:
        found = await session.get(Inquiry, lead.id)
    assert found is not None
    return found


async def test_a_lead_is_worked_to_converted(admin_browser: StaffBrowser, database: Database) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session)
        lead = await make_inquiry(session, property_id=home.id, message="Is it free on <Sunday>?")
        await make_inquiry(session)
    board = await admin_browser.open(PATH)
    assert '<span class="num">2</span>' in board
    assert str(lead.phone) not in board + await admin_browser.open(f"{PATH}/table")
    path = f"{PATH}/{lead.id}"
    page = await admin_browser.open(path)
    for said in (f"tel:{lead.phone}", "https://wa.me/919876543210", "Is it free on &lt;Sunday&gt;?", "Asked before"):
        assert said in page
    stale = fields_of(page)["version"]
    # From the board, back to the board.
    page = await admin_browser.send(f"{path}/status", {"status": "contacted", "version": stale, "back": PATH})
    assert "Asha Rao: contacted now" in page
    assert "nothing was done" in await admin_browser.send(f"{path}/status", {"status": "qualified", "version": stale})
    assert "an inquiry can become qualified, not converted" in await admin_browser.send(
        f"{path}/status", {"status": "converted"}
    )
    page = await admin_browser.send(f"{path}/notes", {"note": " "}, 422)
    assert "must have at least 1 character" in page
    assert "needs a lift" in await admin_browser.send(f"{path}/notes", {"note": "She needs a lift"})
    for status in ("qualified", "converted"):
        page = await admin_browser.send(f"{path}/status", {"status": status})
    assert '<span class="step on" aria-current="step">Converted</span>' in page
    assert "First answer after" in page
    found = await stored(database, lead)
    assert (found.status, found.first_response_at is not None) == ("converted", True)


async def test_an_agent_has_only_what_was_given_to_him(
    admin_browser: StaffBrowser, enter: Enter, database: Database, headers: Headers, settings: Settings
) -> None:
    async with unit_of_work(database) as session:
        lead, other = await make_inquiry(session, full_name="Ananya Tiwari"), await make_inquiry(session)
    token = headers[UserRole.AGENT]["Authorization"].removeprefix("Bearer ")
    agent_id = read_token(settings, token).user_id
    page = await admin_browser.send(f"{PATH}/{lead.id}/assignment", {"user_id": str(agent_id)})
    assert "&#39;s now." in page
    assert "is not the id of an active account" in await admin_browser.send(
        f"{PATH}/{lead.id}/assignment", {"user_id": str(lead.id)}
    )
    agent = await enter(UserRole.AGENT)
    for view in (PATH, f"{PATH}/table", "/admin"):
        page = await agent.open(view)
        assert "Ananya Tiwari" in page
        assert f"{PATH}/{other.id}" not in page
    assert 'aria-label="1 new"' in page
    assert "Export" not in await agent.open(PATH)
    await agent.open(f"{PATH}/{other.id}", 404)
    await agent.send(f"{PATH}/{other.id}/notes", {"note": "hello"}, 404)
    assert "contacted now" in await agent.send(f"{PATH}/{lead.id}/status", {"status": "contacted"})


async def test_filters_and_the_export(admin_browser: StaffBrowser, database: Database) -> None:
    async with unit_of_work(database) as session:
        await make_inquiry(session, full_name="Ananya Tiwari")
        await make_inquiry(session, full_name="Ravi Kumar", phone="+919876543299", email=None)
    page = await admin_browser.open(f"{PATH}/table?q=ravi&assignee=none&sort=full_name")
    assert "Ravi Kumar" in page
    assert "Ananya Tiwari" not in page
    link = re.search(r'href="(/admin/leads/export[^"]*)"', page)
    assert link is not None
    answer = await admin_browser.client.get(link[1].replace("&amp;", "&"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.count("\n") == 2
    assert "+919876543299" in answer.text
    assert "must not lie before" in await admin_browser.open(f"{PATH}?date_from=2026-11-02&date_to=2026-11-01", 422)
