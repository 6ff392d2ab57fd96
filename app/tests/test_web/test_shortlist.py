"""The shortlist without an account: a cookie of ids, links to share, and the way back."""

import httpx

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.tests.conftest import Statements
from app.tests.factories import make_property
from app.tests.test_web.test_foundation import HTML
from app.web.saved import MOST

OURS = HTML | {"Sec-Fetch-Site": "same-origin"}


async def test_kept_removed_and_taken_back(
    client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    async with unit_of_work(database) as session:
        homes = [await make_property(session, title=f"Home number {n}") for n in range(3)]
        hidden = await make_property(session, is_active=False)
    for home in (*homes, hidden):
        form = {"home": str(home.id), "change": "add", "back": f"/homes/{home.id}"}
        answer = await client.post("/shortlist", data=form, headers=OURS)
        assert answer.headers["location"] == f"/homes/{home.id}"
    statements.clear()
    page = (await client.get("/shortlist", headers=HTML)).text
    assert len(statements) == 1
    assert page.index("Home number 2") < page.index("Home number 0")
    assert "1 home is no longer offered." in page
    gone = await client.post("/shortlist", data={"home": str(homes[1].id), "change": "remove"}, headers=OURS)
    page = (await client.get(gone.headers["location"], headers=HTML)).text
    assert "Home number 1" not in page
    assert "Taken off the shortlist." in page
    await client.post("/shortlist", data={"home": str(homes[1].id), "change": "add"}, headers=OURS)
    assert "Home number 1" in (await client.get("/shortlist", headers=HTML)).text


async def test_a_shared_list_shows_without_a_cookie(client: httpx.AsyncClient, database: Database) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session, title="The shared home")
    page = (await client.get("/shortlist", params={"id": str(home.id)}, headers=HTML)).text
    assert "The shared home" in page
    assert "A shared shortlist" in page
    assert "Kept in a cookie" not in page
    assert "Nothing kept yet" in (await client.get("/shortlist", headers=HTML)).text


async def test_the_cookie_holds_so_many_and_what_is_no_id_is_passed_over(client: httpx.AsyncClient) -> None:
    for _ in range(MOST + 3):
        form = {"home": str(new_id()), "change": "add"}
        answer = await client.post("/shortlist", data=form, headers=OURS | {"HX-Request": "true"})
    assert f'id="saved-count" hx-swap-oob="true">{MOST}<' in answer.text
    assert len(client.cookies["shortlist"]) == MOST * 33 - 1
    client.cookies.set("shortlist", "not.an.id", domain="casabricks.test")
    assert (await client.get("/shortlist", headers=HTML)).status_code == 200
