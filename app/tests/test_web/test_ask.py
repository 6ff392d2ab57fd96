"""Asking about a home: one lead however often it is sent, every refusal at its field."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select

from app.config.database import Database
from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EventType, InquiryType
from app.models.analytics import AnalyticsEvent
from app.models.inquiry import Inquiry
from app.models.property import Property
from app.tests.factories import make_property
from app.tests.test_web.test_detail import opened, said, value
from app.tests.test_web.test_foundation import HTML
from app.tests.traffic import BROWSER
from app.web.ask import LEAST_TIME

OURS = HTML | {"Sec-Fetch-Site": "same-origin"}


def earlier_key() -> str:
    """Of a form that was shown long enough ago."""
    shown_at = utc_now() - LEAST_TIME - timedelta(seconds=1)
    moved = int(shown_at.timestamp() * 1000) << 80 | new_id().int & (1 << 80) - 1
    return str(UUID(int=moved))


def filled(**fields: str) -> dict[str, str]:
    return {
        "key": earlier_key(),
        "inquiry_type": "callback",
        "full_name": "Asha Rao",
        "phone": "98765 43210",
        "message": "",
        "consent": "on",
    } | fields


async def offered(database: Database) -> Property:
    async with unit_of_work(database) as session:
        return await make_property(session)


async def stored(database: Database) -> list[Inquiry]:
    async with database.read() as session:
        return list((await session.execute(select(Inquiry).order_by(Inquiry.id))).scalars())


async def test_sent_twice_is_one_lead_and_sent_with_other_words_another(
    client: httpx.AsyncClient, database: Database
) -> None:
    home = await offered(database)
    page = await opened(client, home)
    notice = value(page, "notice_version")
    assert UUID(value(page, "key")).version == 7
    form = filled(notice_version=notice, marketing_consent="on")
    for _ in range(2):
        answer = await client.post(f"/homes/{home.id}/ask", data=form, headers=OURS)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/homes/{home.id}/asked?about=callback")
    [inquiry] = await stored(database)
    assert (inquiry.property_id, inquiry.inquiry_type, inquiry.phone) == (
        home.id,
        InquiryType.CALLBACK,
        "+919876543210",
    )
    assert inquiry.consent_notice == f"{notice}/en"
    assert inquiry.marketing_consent
    for number in ("+91 98765 43210", "the number you gave"):
        asked = await client.get(answer.headers["location"], headers=HTML)
        assert asked.headers["cache-control"] == "no-store"
        result = LexborHTMLParser(asked.text)
        assert f"calls you on {number}." in said(result, "#ask")
        client.cookies.delete("asked")
    part = await client.post(f"/homes/{home.id}/ask", data=form, headers=OURS | {"HX-Request": "true"})
    assert "+91\u00a098765\u00a043210" in part.text
    await client.post(f"/homes/{home.id}/ask", data=form | {"message": "And the parking?"}, headers=OURS)
    assert len(await stored(database)) == 2


async def test_the_notice_is_stored_in_the_language_that_was_shown(
    client: httpx.AsyncClient, database: Database
) -> None:
    home = await offered(database)
    client.cookies.set("language", "hi")
    assert "हम आपका नाम" in said(await opened(client, home), "#ask")
    await client.post(f"/homes/{home.id}/ask", data=filled(), headers=OURS)
    [inquiry] = await stored(database)
    assert inquiry.consent_notice.endswith("/hi")
    assert not inquiry.marketing_consent


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"phone": "12345"}, "phone", "An Indian number"),
        ({"full_name": "…"}, "full_name", "Give a name"),
        ({"consent": ""}, "consent", "Without your consent"),
        ({"email": "asha@"}, "email", "not an e-mail address"),
        ({"message": "x" * 5000}, "message", "at most 4000 characters"),
        ({"website": "http://spam.example"}, "website", "must stay empty"),
        ({"notice_version": "1999"}, "", "our privacy notice has changed"),
        ({"full_name": ""}, "full_name", "Give your name"),
        ({"phone": ""}, "phone", "Give a phone number"),
    ],
)
async def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(
    client: httpx.AsyncClient, database: Database, fields: dict[str, str], field: str, rule: str
) -> None:
    home = await offered(database)
    answer = await client.post(f"/homes/{home.id}/ask", data=filled(**fields), headers=OURS)
    assert answer.status_code == 422
    assert rule in answer.text
    if field:
        assert f'aria-describedby="e-{field}' in answer.text
    assert 'value="98765 43210"' in answer.text or field == "phone"
    part = await client.post(f"/homes/{home.id}/ask", data=filled(**fields), headers=OURS | {"HX-Request": "true"})
    assert part.status_code == 422
    assert part.text.lstrip().startswith("<form")
    assert await stored(database) == []


@pytest.mark.parametrize("part", ["", "price"])
async def test_a_switch_on_a_refused_form_keeps_what_was_typed(
    client: httpx.AsyncClient, database: Database, part: str
) -> None:
    home = await offered(database)
    typed = filled(phone="12345", message='"Lift" & park?') | ({"part": part} if part else {})
    answer = await client.post(f"/homes/{home.id}/ask", data=typed, headers=OURS)
    switch = LexborHTMLParser(answer.text).css_first("form.switch")
    assert switch is not None
    sent = {field.attributes["name"] or "": field.attributes["value"] for field in switch.css("input")}
    assert switch.attributes["action"] == f"/homes/{home.id}/ask"
    answer = await client.post(f"/homes/{home.id}/ask", data=sent | {"language": "hi"}, headers=OURS)
    assert answer.status_code == 200
    assert client.cookies["language"] == "hi"
    page = LexborHTMLParser(answer.text)
    assert said(page, "h1") == ("गलती बताएँ" if part else "इस घर के बारे में पूछें")
    assert (value(page, "phone"), said(page, "#f-message")) == ("12345", '"Lift" & park?')
    assert page.css_first("[name=consent][checked]") is not None
    assert await stored(database) == []


async def test_who_gave_a_wrong_number_finds_the_form_again(client: httpx.AsyncClient, database: Database) -> None:
    home = await offered(database)
    page = LexborHTMLParser((await client.get(f"/homes/{home.id}/ask?about=site_visit", headers=HTML)).text)
    chosen = page.css_first("[name=inquiry_type][checked]")
    assert chosen is not None
    assert chosen.attributes["value"] == "site_visit"


@pytest.mark.parametrize("key", ["", "none", str(UUID(int=4)), "now", "ffffffff-ffff-7fff-bfff-ffffffffffff"])
async def test_what_is_sent_faster_than_anyone_types_is_asked_once_more(
    client: httpx.AsyncClient, database: Database, key: str
) -> None:
    home = await offered(database)
    form = filled(key=str(new_id()) if key == "now" else key)
    answer = await client.post(f"/homes/{home.id}/ask", data=form, headers=OURS)
    assert answer.status_code == 422
    assert "please press Send once more" in answer.text
    assert await stored(database) == []


async def test_too_many_are_told_when_to_come_again(client: httpx.AsyncClient, database: Database) -> None:
    home = await offered(database)
    for attempt in range(6):
        answer = await client.post(f"/homes/{home.id}/ask", data=filled(message=f"Question {attempt}"), headers=OURS)
    assert answer.status_code == 429
    assert "retry-after" in answer.headers
    assert "At most 5 inquiries an hour" in answer.text
    assert "Question 5" in answer.text


@pytest.mark.parametrize(("language", "words"), [("en", "Give a phone number"), ("hi", "फ़ोन नंबर लिखें")])
async def test_an_empty_form_is_told_field_by_field_and_the_first_is_focused(
    client: httpx.AsyncClient, database: Database, language: str, words: str
) -> None:
    home = await offered(database)
    client.cookies.set("language", language)
    answer = await client.post(f"/homes/{home.id}/ask", data={"key": earlier_key()}, headers=OURS)
    page = LexborHTMLParser(answer.text)
    form = page.css_first("form.ask")
    assert form is not None
    assert "novalidate" in form.attributes  # the browser's own messages would come first, in its own language
    assert {each.attributes["id"] for each in form.css(".errt[id]")} == {"e-full_name", "e-phone", "e-consent"}
    assert words in said(page, "#e-phone")
    [focused] = form.css("[autofocus]")
    assert (focused.attributes["name"], focused.attributes["aria-invalid"]) == ("full_name", "true")
    assert form.css_first("textarea[name=message]") is not None
    assert form.css_first("details textarea") is None, "who has a question sees at once where to write it"


async def test_a_mistake_is_a_general_inquiry_that_names_the_part_it_is_in(
    app: FastAPI, client: httpx.AsyncClient, database: Database
) -> None:
    home = await offered(database)
    page = LexborHTMLParser((await client.get(f"/homes/{home.id}/mistake?part=price", headers=HTML)).text)
    assert said(page, "h1") == "Report a mistake"
    assert "Is the price fair?" in said(page, "#ask .about")
    assert page.css_first("[name=inquiry_type]") is None
    refused = await client.post(f"/homes/{home.id}/ask", data=filled(part="price", phone=""), headers=OURS)
    again = LexborHTMLParser(refused.text)
    assert said(again, "h1") == "Report a mistake"
    assert said(again, "#e-message") == "Say what is wrong."
    assert "Give a phone number" in said(again, "#e-phone")
    form = filled(part="price", inquiry_type="site_visit", message="It is 95 lakh.")
    sent = await client.post(f"/homes/{home.id}/ask", data=form, headers=OURS | {"User-Agent": BROWSER})
    thanks = await client.get(sent.headers["location"], headers=HTML)
    assert "checks it and corrects the page" in thanks.text
    [inquiry] = await stored(database)
    assert (inquiry.inquiry_type, inquiry.source) == (InquiryType.GENERAL, "mistake")
    assert inquiry.message == "Mistake under “Is the price fair?”:\nIt is 95 lakh."
    await app.state.events.write()
    async with database.read() as session:
        assert (await session.execute(select(AnalyticsEvent))).all() == []  # nobody who wants the home


async def test_a_home_that_is_gone_takes_none(client: httpx.AsyncClient, database: Database) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session, is_active=False)
    gone = await client.post(f"/homes/{home.id}/ask", data=filled(), headers=OURS)
    assert gone.status_code == 409
    assert "This home is no longer offered" in gone.text
    part = await client.post(f"/homes/{home.id}/ask", data=filled(), headers=OURS | {"HX-Request": "true"})
    assert part.status_code == 409
    assert 'value="98765 43210"' in part.text
    assert (await client.post(f"/homes/{new_id()}/ask", data=filled(), headers=OURS)).status_code == 404
    assert (await client.post(f"/homes/{home.id}/ask", data=filled(), headers=HTML)).status_code == 403


async def test_a_visit_and_its_inquiry_are_counted_once(
    app: FastAPI, client: httpx.AsyncClient, database: Database
) -> None:
    home = await offered(database)
    browser = {"User-Agent": BROWSER}
    await client.get(f"/homes/{home.id}", headers=HTML | browser)
    form = filled()
    for _ in range(2):
        await client.post(f"/homes/{home.id}/ask", data=form, headers=OURS | browser)
    await app.state.events.write()
    async with database.read() as session:
        events = (await session.execute(select(AnalyticsEvent.event_type, AnalyticsEvent.property_id))).all()
    assert sorted(events) == [(EventType.INQUIRY_SUBMITTED, home.id), (EventType.PROPERTY_VIEW, home.id)]
