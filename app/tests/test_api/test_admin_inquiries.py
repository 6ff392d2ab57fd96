"""Inquiries in the hands of staff: the list, the page of one, its steps, notes, assignment and timeline."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.config.database import Database
from app.config.settings import Settings
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import InquiryStatus, InquiryType, UserRole
from app.models.inquiry import Inquiry
from app.models.user import User
from app.tests.conftest import Statements
from app.tests.factories import auth_headers, make_inquiry, make_property, make_user

ROOT = "/api/v1/admin/inquiries"
Headers = dict[str, str]
STEPS = {
    ("new", "contacted"),
    ("contacted", "qualified"),
    ("qualified", "converted"),
    ("qualified", "lost"),
    *((closed, opened) for closed in ("converted", "lost") for opened in ("new", "contacted", "qualified")),
}


async def make(database: Database, **fields: Any) -> Inquiry:
    async with unit_of_work(database) as session:
        return await make_inquiry(session, **fields)


@pytest.fixture
async def agent(database: Database) -> User:
    async with unit_of_work(database) as session:
        return await make_user(session, UserRole.AGENT, full_name="Ravi Agent")


@pytest.fixture
def as_agent(settings: Settings, agent: User) -> Headers:
    return auth_headers(settings, agent)


async def move(client: httpx.AsyncClient, who: Headers, inquiry: Inquiry, status: str) -> httpx.Response:
    return await client.patch(f"{ROOT}/{inquiry.id}/status", json={"status": status}, headers=who)


async def test_the_page_of_one_tells_everything(client: httpx.AsyncClient, database: Database, admin: Headers) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session, is_active=False)
        first = await make_inquiry(session, property_id=home.id, message="<b>Hello</b>")
        second = await make_inquiry(session, email=None, inquiry_type=InquiryType.SITE_VISIT)
        await make_inquiry(session, phone="+919876543299", email=None)
    answer = await client.get(f"{ROOT}/{first.id}", headers=admin)
    assert answer.status_code == 200
    assert answer.headers["etag"] == f'"{first.id}.v1"'
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["property"] == {"id": str(home.id), "title": home.title, "is_listed": False}
    assert (body["phone"], body["email"], body["message"]) == ("+919876543210", first.email, "<b>Hello</b>")
    assert (body["status"], body["assignee"], body["first_response_seconds"]) == ("new", None, None)
    assert [entry["id"] for entry in body["history"]] == [str(second.id)]
    (entry,) = body["timeline"]
    assert (entry["event_type"], entry["actor"], entry["details"]) == ("received", None, {})


async def test_the_list_masks_phones_and_costs_two_statements(
    client: httpx.AsyncClient, database: Database, admin: Headers, statements: Statements
) -> None:
    costs = []
    for _ in range(2):
        async with unit_of_work(database) as session:
            home = await make_property(session)
            await make_inquiry(session, property_id=home.id)
        statements.clear()
        answer = await client.get(ROOT, headers=admin)
        costs.append(len(statements))
        assert "9876543210" not in answer.text
        assert {item["phone"] for item in answer.json()["items"]} == {"+91•••••••210"}
    assert costs == [3, 3]  # one of them is the account's
    assert answer.json()["total_count"] == 2


@pytest.mark.parametrize("before", InquiryStatus)
async def test_every_step_there_is_and_no_other(
    client: httpx.AsyncClient, database: Database, admin: Headers, before: InquiryStatus
) -> None:
    for after in InquiryStatus:
        inquiry = await make(database, status=before)
        answer = await move(client, admin, inquiry, after)
        assert answer.status_code == (200 if (before, after) in STEPS else 409), (before, after)
        if answer.is_success:
            assert answer.json()["timeline"][-1]["details"] == {"from": before, "to": after}
        else:
            assert answer.json()["detail"].startswith(f"From {before.value} an inquiry can become ")


async def test_the_first_response_is_measured_once(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    inquiry = await make(database, created_at=datetime.now(UTC) - timedelta(hours=2))
    body = (await move(client, admin, inquiry, "contacted")).json()
    assert 7200 <= body["first_response_seconds"] < 7300
    for status in ("qualified", "lost", "new", "contacted"):
        last = (await move(client, admin, inquiry, status)).json()
    assert last["first_response_at"] == body["first_response_at"]
    assert [entry["event_type"] for entry in last["timeline"]] == ["received", *["status_changed"] * 5]
    assert last["version"] == 6


async def test_notes_are_added_by_name_and_never_overwritten(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    inquiry = await make(database)
    notes = [f"Note {number}\nwith <i>lines</i>" for number in range(8)]
    answers = await asyncio.gather(
        *(client.post(f"{ROOT}/{inquiry.id}/notes", json={"note": note}, headers=admin) for note in notes)
    )
    assert {answer.status_code for answer in answers} == {201}
    body = (await client.get(f"{ROOT}/{inquiry.id}", headers=admin)).json()
    assert sorted(entry["details"]["note"] for entry in body["timeline"][1:]) == notes
    assert {entry["actor"]["full_name"] for entry in body["timeline"][1:]} == {"Asha Rao"}
    assert body["version"] == 1, "a note makes nobody's page stale"
    for note in ("", "  ", "x" * 4001, "a\u0000b"):
        refused = await client.post(f"{ROOT}/{inquiry.id}/notes", json={"note": note}, headers=admin)
        assert refused.status_code == 422


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inquiry_events SET details = '{}'",
        "UPDATE inquiry_events SET occurred_at = now()",
        "DELETE FROM inquiry_events",
        "TRUNCATE inquiry_events CASCADE",
        "SELECT set_config('casabricks.erasing', 'on', true); DELETE FROM inquiry_events",
        "SELECT set_config('casabricks.erasing', 'on', true); UPDATE inquiry_events SET occurred_at = now()",
    ],
)
async def test_the_database_keeps_the_timeline(database: Database, statement: str) -> None:
    await make(database)
    *before, last = statement.split("; ")
    async with database.write() as session:
        for part in before:
            await session.execute(text(part))
        with pytest.raises(IntegrityError, match="only added to"):
            await session.execute(text(last))


async def test_assignment(client: httpx.AsyncClient, database: Database, admin: Headers, agent: User) -> None:
    inquiry = await make(database)
    here = f"{ROOT}/{inquiry.id}/assignment"

    async def assign(user_id: object) -> httpx.Response:
        return await client.patch(here, json={"user_id": user_id and str(user_id)}, headers=admin)

    body = (await assign(agent.id)).json()
    assert body["assignee"] == {"id": str(agent.id), "full_name": "Ravi Agent"}
    assert body["timeline"][-1]["details"] == {"from": None, "to": "Ravi Agent"}
    assert (await assign(agent.id)).json() == body, "once is enough"
    async with unit_of_work(database) as session:
        inactive = await make_user(session, is_active=False)
    for nobody in (inactive.id, new_id()):
        refused = await assign(nobody)
        assert refused.json()["errors"][0]["msg"] == "is not the id of an active account"
    body = (await assign(None)).json()
    assert (body["assignee"], body["timeline"][-1]["details"]) == (None, {"from": "Ravi Agent", "to": None})
    assert (await client.patch(here, json={}, headers=admin)).status_code == 422


async def test_a_stale_writer_gets_the_present_state(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    inquiry = await make(database)
    here, seen = f"{ROOT}/{inquiry.id}/status", admin | {"If-Match": f'"{inquiry.id}.v1"'}
    answers = await asyncio.gather(*(client.patch(here, json={"status": "contacted"}, headers=seen) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    won = next(answer.json() for answer in answers if answer.is_success)
    stale = next(answer for answer in answers if not answer.is_success)
    assert stale.json()["current"] == won
    assert stale.headers["etag"] == f'"{inquiry.id}.v2"'


async def test_of_many_steps_at_once_each_is_told(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    inquiry = await make(database)
    answers = await asyncio.gather(*(move(client, admin, inquiry, "contacted") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    timeline = (await client.get(f"{ROOT}/{inquiry.id}", headers=admin)).json()["timeline"]
    assert [entry["event_type"] for entry in timeline] == ["received", "status_changed"]


async def test_an_agent_has_only_his_own(
    client: httpx.AsyncClient, database: Database, admin: Headers, agent: User, as_agent: Headers
) -> None:
    mine = await make(database, assigned_to=agent.id)
    async with unit_of_work(database) as session:
        other = await make_user(session, UserRole.AGENT)
    others = [await make(database), await make(database, assigned_to=other.id)]
    listed = await client.get(ROOT, headers=as_agent)
    assert [item["id"] for item in listed.json()["items"]] == [str(mine.id)]
    for filters in ({"assignee": str(other.id)}, {"assignee": "none"}, {"q": str(others[0].id)}):
        assert (await client.get(ROOT, params=filters, headers=as_agent)).json()["total_count"] == 0
    for foreign in (*others, Inquiry(id=new_id())):
        asked = [
            await client.get(f"{ROOT}/{foreign.id}", headers=as_agent),
            await move(client, as_agent, foreign, "contacted"),
            await client.post(f"{ROOT}/{foreign.id}/notes", json={"note": "x"}, headers=as_agent),
        ]
        for answer in asked:
            assert (answer.status_code, answer.json()["detail"]) == (404, f"There is no inquiry {foreign.id}")
    own = await client.get(f"{ROOT}/{mine.id}", headers=as_agent)
    assert own.json()["history"] == [], "the same person's others are not his"
    assert (await move(client, as_agent, mine, "contacted")).status_code == 200
    noted = await client.post(f"{ROOT}/{mine.id}/notes", json={"note": "Called"}, headers=as_agent)
    assert noted.json()["timeline"][-1]["actor"]["id"] == str(agent.id)
    given_away = await client.patch(f"{ROOT}/{mine.id}/assignment", json={"user_id": None}, headers=as_agent)
    assert given_away.status_code == 403
    await client.patch(f"{ROOT}/{mine.id}/assignment", json={"user_id": str(other.id)}, headers=admin)
    assert (await client.get(f"{ROOT}/{mine.id}", headers=as_agent)).status_code == 404


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status": "contacted"}, "b"),
        ({"inquiry_type": "callback"}, "ab"),
        ({"assignee": "none"}, "bc"),
        ({"date_from": "2026-03-02"}, "bc"),
        ({"date_to": "2026-03-01"}, "a"),
        ({"date_from": "2026-03-02", "date_to": "2026-03-02"}, "b"),
        ({"q": "SHARMA"}, "b"),
        ({"q": "%"}, "c"),
        ({"q": "b@rao"}, "b"),
        ({"q": "98765 00003"}, "c"),
        ({"q": "00003"}, ""),
        ({"status": "new", "inquiry_type": "callback"}, "a"),
        ({"sort": "full_name"}, "abc"),
        ({"sort": "-created_at", "per_page": 2}, "cb"),
        ({"sort": "created_at", "per_page": 2, "page": 2}, "c"),
    ],
)
async def test_filters_and_sorting(
    client: httpx.AsyncClient,
    database: Database,
    admin: Headers,
    agent: User,
    filters: dict[str, Any],
    found: str,
) -> None:
    # The last moment of 1 March in Noida is 18:29:59 UTC.
    first = datetime(2026, 3, 1, 18, 29, 59, tzinfo=UTC)
    async with unit_of_work(database) as session:
        home = await make_property(session)
        rows = [
            await make_inquiry(session, full_name="Asha", created_at=first, assigned_to=agent.id, **person(1)),
            await make_inquiry(
                session,
                full_name="Bina Sharma",
                status=InquiryStatus.CONTACTED,
                created_at=first + timedelta(seconds=1),
                **person(2) | {"email": "b@rao.com"},
            ),
            await make_inquiry(
                session,
                full_name="Chitra 100% sure",
                created_at=first + timedelta(days=1, seconds=1),
                inquiry_type=InquiryType.GENERAL,
                property_id=home.id,
                **person(3),
            ),
        ]
    names = dict(zip((str(row.id) for row in rows), "abc", strict=True))
    items = (await client.get(ROOT, params=filters, headers=admin)).json()["items"]
    listed = "".join(names[item["id"]] for item in items)
    assert (listed if "sort" in filters else "".join(sorted(listed))) == found
    by_property = await client.get(ROOT, params={"property_id": str(home.id)}, headers=admin)
    assert [names[item["id"]] for item in by_property.json()["items"]] == ["c"]


def person(number: int) -> dict[str, Any]:
    return {"phone": f"+91987650000{number}", "email": None}


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"status": "open"}, "status"),
        ({"assignee": "me"}, "assignee"),
        ({"date_from": "yesterday"}, "date_from"),
        ({"date_from": "0001-01-01"}, "date_from"),
        ({"date_to": "9999-12-31"}, "date_to"),
        ({"date_from": "2026-03-02", "date_to": "2026-03-01"}, "date_to"),
        ({"sort": "phone"}, "sort"),
        ({"page": 2}, "page"),
        ({"page": 101, "per_page": 100}, "page"),
        ({"q": "a\u0000"}, "q"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_filters_that_cannot_be_are_refused_by_name(
    client: httpx.AsyncClient, admin: Headers, filters: dict[str, Any], field: str
) -> None:
    answer = await client.get(ROOT, params=filters, headers=admin)
    assert answer.status_code == 422
    assert field in answer.json()["errors"][0]["loc"]
