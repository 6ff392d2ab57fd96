import json
from base64 import urlsafe_b64encode

import httpx

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.tests.factories import PASSWORD, make_user
from app.tests.test_web.conftest import FROM_OUR_PAGE, StaffBrowser

NEW_PASSWORD = "another horse, another battery"


async def test_logging_in_out_and_with_a_new_password(client: httpx.AsyncClient, database: Database) -> None:
    async with unit_of_work(database) as session:
        user = await make_user(session, UserRole.ADMIN)
    browser = StaffBrowser(client)
    login = await browser.open("/admin/account")  # sent to the login page, and back afterwards
    assert 'name="next" value="/admin/account"' in login

    form = {"email": user.email, "password": PASSWORD, "next": "/admin/account"}
    unknown = await browser.send("/admin/login", form | {"email": "nobody@example.com"}, 401)
    wrong = await browser.send("/admin/login", form | {"password": "not it"}, 401)
    assert "E-mail or password is wrong" in wrong
    assert unknown.replace("nobody@example.com", user.email) == wrong
    assert f'value="{user.email}"' in wrong

    assert user.full_name in await browser.send("/admin/login", form)
    stolen = client.cookies["session"]
    passwords = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, "again": NEW_PASSWORD}
    refused = await browser.send("/admin/account", passwords | {"again": "x"}, 422)
    assert "is not the same as the new password" in refused
    refused = await browser.send("/admin/account", passwords | {"current_password": "guess"}, 422)
    assert 'id="e-current_password"' in refused
    assert "The password is changed" in await browser.send("/admin/account", passwords)
    assert "Log in" in await browser.open("/admin/account")

    await browser.send("/admin/login", form | {"password": NEW_PASSWORD})
    kept = client.cookies["session"]
    assert "You are logged out." in await browser.send("/admin/logout")
    assert "You are logged out." not in await browser.open("/admin/login")
    for token in (stolen, kept):  # revoked, not only forgotten
        client.cookies.set("session", token)
        assert "Log in" in await browser.open("/admin/account")


async def test_guessing_ends_after_ten_attempts_and_next_leads_nowhere_else(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with unit_of_work(database) as session:
        user = await make_user(session, UserRole.AGENT)
    form = {"email": user.email, "password": PASSWORD, "next": "//elsewhere.example"}
    answer = await client.post("/admin/login", data=form, headers=FROM_OUR_PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    for _ in range(10):
        await client.post("/admin/login", data=form | {"password": "x"}, headers=FROM_OUR_PAGE)
    answer = await client.post("/admin/login", data=form, headers=FROM_OUR_PAGE)
    assert answer.status_code == 429
    assert "Too many failed attempts" in answer.text
    assert int(answer.headers["retry-after"]) > 0


async def test_what_is_no_message_of_ours_is_passed_over(admin_browser: StaffBrowser) -> None:
    for fields in ({"version": 1}, {"version": None}, ["version"]):
        told = {"text": "All is done", "undo": "/admin", "fields": fields}
        admin_browser.client.cookies.set("told", urlsafe_b64encode(json.dumps(told).encode()).decode())
        assert "All is done" not in await admin_browser.open("/admin/account")
