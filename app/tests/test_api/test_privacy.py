"""Exports and what a person may ask for: to be told, and to be erased."""

import asyncio
import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from structlog.testing import capture_logs

from app.config.database import Database
from app.config.settings import Settings
from app.core.csv_lines import csv_lines, neutral, plain
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import InquiryStatus, UserRole
from app.models.delivery import Delivery
from app.models.inquiry import ContactKey, Inquiry, InquiryEvent
from app.services import exports, leads, privacy
from app.tests.conftest import Statements
from app.tests.factories import make_inquiry, make_property

EXPORT = "/api/v1/admin/inquiries/export"
TOLD, ERASED = "/api/v1/admin/privacy/export", "/api/v1/admin/privacy/erasure"
Headers = dict[str, str]
ASHA = "+919876543210"


@pytest.fixture
def boss(headers: dict[UserRole, Headers]) -> Headers:
    return headers[UserRole.SUPER_ADMIN]


async def make(database: Database, **fields: Any) -> Inquiry:
    async with unit_of_work(database) as session:
        return await make_inquiry(session, **fields)


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_the_export_has_every_field_and_no_formula(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    message = '=HYPERLINK("http://x.example","ji")\nand, "more"'
    async with unit_of_work(database) as session:
        home = await make_property(session, title="-2+3")
        await make_inquiry(session, full_name="@SUM(A1)", message=message, property_id=home.id)
    with capture_logs() as logs:
        answer = await client.get(EXPORT, headers=admin)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="inquiries.csv"'
    (row,) = rows_of(answer)
    assert tuple(row) == leads.COLUMNS
    assert (row["full_name"], row["phone"], row["property_title"]) == ("'@SUM(A1)", f"'{ASHA}", "'-2+3")
    assert row["message"] == f"'{message}"
    (entry,) = [entry for entry in logs if entry["event"] == "inquiry_exported"]
    assert entry["actor_id"]


async def test_the_export_is_filtered_and_streamed_in_batches(
    client: httpx.AsyncClient,
    database: Database,
    admin: Headers,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    async with unit_of_work(database) as session:
        # One transaction, so one time: the id decides.
        made = [await make_inquiry(session, full_name=f"Asha {number}") for number in range(7)]
        await make_inquiry(session, full_name="Bina", email=None)
    statements.clear()
    rows = rows_of(await client.get(EXPORT, params={"q": "asha"}, headers=admin))
    assert [row["id"] for row in rows] == [str(inquiry.id) for inquiry in reversed(made)]
    assert len(statements) == 5  # the account's, the audit's and three batches
    assert rows_of(await client.get(EXPORT, params={"status": "lost"}, headers=admin)) == []
    refused = await client.get(EXPORT, params={"page": 1}, headers=admin)
    assert refused.status_code == 422


@given(st.text())
def test_no_cell_begins_like_a_formula(typed: str) -> None:
    assert neutral(typed)[:1] not in {*"=+-@\t\r\n＝＋－＠"}  # noqa: RUF001 - the wide forms
    assert plain(neutral(typed)) == typed


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8")), min_size=2, max_size=2)))
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_lines(rows).decode(), newline="")))
    assert read == [[neutral(cell) for cell in row] for row in rows]


async def ask(client: httpx.AsyncClient, path: str, who: Headers, **person: str) -> httpx.Response:
    return await client.post(path, json=person, headers=who)


@pytest.fixture
async def stored(client: httpx.AsyncClient, database: Database, admin: Headers) -> list[Inquiry]:
    """Two of Asha's number, closed; one of her address alone; one of somebody else's."""
    lost = {"status": InquiryStatus.LOST, "message": "secret words"}
    rows = [
        await make(database, **lost),
        await make(database, email=None, status=InquiryStatus.CONVERTED),
        await make(database, phone="+919876543211", status=InquiryStatus.LOST),
        await make(database, phone="+919876543299", email="bina@rao.com"),
    ]
    await client.post(f"/api/v1/admin/inquiries/{rows[0].id}/notes", json={"note": "Asha called"}, headers=admin)
    return rows


async def test_a_person_is_told_what_was_sent_with_her_number_and_no_other(
    client: httpx.AsyncClient, boss: Headers, stored: list[Inquiry], statements: Statements
) -> None:
    statements.clear()
    with capture_logs() as logs:
        answer = await ask(client, TOLD, boss, phone="98765 43210")
    assert len(statements) == 5  # the account's, the inquiries', all timelines', the audit's, the count of related ones
    body = answer.json()
    assert [inquiry["id"] for inquiry in body["inquiries"]] == [str(row.id) for row in stored[:2]]
    assert [entry["event_type"] for entry in body["inquiries"][0]["timeline"]] == ["received", "note_added"]
    assert body["related"] == 1
    by_address = (await ask(client, TOLD, boss, email="ASHA.rao@example.com")).json()
    assert [inquiry["id"] for inquiry in by_address["inquiries"]] == [str(stored[0].id), str(stored[2].id)]
    assert (await ask(client, TOLD, boss, phone="98765 00000")).json()["inquiries"] == []
    assert "person_exported" in str(logs)
    assert "9876543210" not in str(logs)


async def test_erasure_takes_the_person_and_leaves_the_count(
    client: httpx.AsyncClient, database: Database, admin: Headers, boss: Headers, stored: list[Inquiry]
) -> None:
    answer = await ask(client, ERASED, boss, phone=ASHA)
    assert answer.json() == {"erased": 2, "related": 1}
    async with database.read() as session:
        rows = list(await session.scalars(select(Inquiry).order_by(Inquiry.id)))
        keys = set(await session.scalars(select(ContactKey.value)))
        left = str(
            (
                await session.execute(
                    text(
                        "SELECT jsonb_agg(to_jsonb(i)), (SELECT jsonb_agg(to_jsonb(e))"
                        " FROM inquiry_events e) FROM inquiries i WHERE erased_at IS NOT NULL"
                    )
                )
            ).one()
        )
    assert [row.erased_at is not None for row in rows] == [True, True, False, False]
    assert not [word for word in ("Asha", "9876543210", "secret", "asha.rao") if word in left]
    # Her address leads to the inquiry that was sent with another number.
    assert keys == {"asha.rao@example.com", "+919876543211", "+919876543299", "bina@rao.com"}
    page = (await client.get(f"/api/v1/admin/inquiries/{stored[0].id}", headers=admin)).json()
    assert (page["full_name"], page["phone"], page["version"]) == ("Erased", None, 2)
    assert [entry["event_type"] for entry in page["timeline"]] == ["received", "note_added", "erased"]
    assert [entry["details"] for entry in page["timeline"]] == [{}, {}, {}]
    assert (await client.get("/api/v1/admin/inquiries", headers=admin)).json()["total_count"] == 4
    assert (await ask(client, ERASED, boss, phone=ASHA)).json() == {"erased": 0, "related": 0}
    for body in ({"status": "new"}, {"note": "x"}):
        path = "status" if "status" in body else "notes"
        here = f"/api/v1/admin/inquiries/{stored[0].id}/{path}"
        refused = await client.request("POST" if path == "notes" else "PATCH", here, json=body, headers=admin)
        assert refused.status_code == 409


async def test_with_open_inquiries_nothing_is_erased_and_the_answer_says_what_to_do(
    client: httpx.AsyncClient, database: Database, boss: Headers, stored: list[Inquiry]
) -> None:
    still_open = await make(database, status=InquiryStatus.QUALIFIED)
    answer = await ask(client, ERASED, boss, phone=ASHA)
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        f"1 of this person's inquiries are open: {still_open.id}. Move them to converted or lost first, and ask again"
    )
    async with database.read() as session:
        assert list(await session.scalars(select(Inquiry).where(Inquiry.erased_at.is_not(None)))) == []


async def test_what_waits_to_be_sent_about_the_erased_is_not_sent(
    client: httpx.AsyncClient, app: Any, database: Database, boss: Headers
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"leads_inbox": "leads@homes.example"})
    body = {"full_name": "Asha Rao", "phone": ASHA, "consent": True}
    assert (await client.post("/api/v1/inquiries", json=body)).status_code == 201
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE inquiries SET status = 'lost'"))
    await ask(client, ERASED, boss, phone=ASHA)
    async with database.read() as session:
        assert list(await session.scalars(select(Delivery.status))) == ["cancelled"]


async def test_erasing_while_the_person_writes_again(
    client: httpx.AsyncClient, database: Database, boss: Headers, stored: list[Inquiry]
) -> None:
    body = {"full_name": "Asha Rao", "phone": ASHA, "email": "asha.rao@example.com", "consent": True}
    sent, erased = await asyncio.gather(
        client.post("/api/v1/inquiries", json=body), ask(client, ERASED, boss, phone=ASHA)
    )
    assert sent.status_code == 201
    assert erased.status_code in {200, 409}  # before it, or with one more that is open
    async with database.read() as session:
        new = await session.get_one(Inquiry, sent.json()["id"])
        keys = set(await session.scalars(select(ContactKey.value).where(ContactKey.contact_id == new.contact_id)))
    assert new.phone == ASHA
    assert {ASHA, "asha.rao@example.com"} <= keys


@pytest.mark.parametrize("person", [{}, {"phone": ASHA, "email": "a@rao.com"}, {"phone": "1"}, {"email": "a"}])
async def test_one_number_or_one_address(client: httpx.AsyncClient, boss: Headers, person: dict[str, str]) -> None:
    for path in (TOLD, ERASED):
        assert (await ask(client, path, boss, **person)).status_code == 422


async def test_old_closed_inquiries_are_forgotten(database: Database, settings: Settings) -> None:
    closed, still_open, recent = (
        await make(database, status=InquiryStatus.LOST),
        await make(database, status=InquiryStatus.CONTACTED),
        await make(database, status=InquiryStatus.CONVERTED),
    )
    async with database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE inquiries SET updated_at = now() - interval '31 days' WHERE id <> :id"), {"id": recent.id}
        )
    assert await privacy.forget_old(database, timedelta(days=30)) == 1
    assert await privacy.forget_old(database, timedelta(days=30)) == 0
    async with database.read() as session:
        erased = list(await session.scalars(select(Inquiry.id).where(Inquiry.erased_at.is_not(None))))
        (event,) = await session.scalars(select(InquiryEvent).where(InquiryEvent.event_type == "erased"))
    assert erased == [closed.id]
    assert (event.inquiry_id, event.actor_id) == (closed.id, None)
    assert still_open.id not in erased
