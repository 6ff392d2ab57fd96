"""The editor of the questions: everything that can be set, looked at before it is kept, taken back, not overwritten."""

import json
from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as Html
from sqlalchemy import text as sql
from structlog.testing import capture_logs

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.schemas.questions import MOST_OPTIONS
from app.tests.test_web.conftest import Enter, StaffBrowser
from app.tests.test_web.test_admin_listings import undo_of
from app.tests.test_web.test_configured_questions import SET, configured
from app.tests.test_web.test_search_pages import text, the

__all__ = ["configured"]
PATH = "/admin/questions"
LONGEST_COOKIE = 4096  # for browsers
Form = dict[str, list[str]]


@pytest.fixture
async def boss(enter: Enter) -> StaffBrowser:
    browser: StaffBrowser = await enter(UserRole.SUPER_ADMIN)
    return browser


def form_of(page: str) -> Form:
    """What the editor would send as it stands."""
    form: Form = {}
    for each in the(Html(page), "#questions").css("input[name], select[name]"):
        chosen = each.css_first("option[selected]") or each.css_first("option")
        value = (chosen or each).attributes["value"]
        form.setdefault(str(each.attributes["name"]), []).append(value or "")
    return form


async def stored(client: httpx.AsyncClient, headers: dict[UserRole, dict[str, str]]) -> dict[str, Any]:
    answer = await client.get("/api/v1/admin/questions", headers=headers[UserRole.SUPER_ADMIN])
    body: dict[str, Any] = answer.json()
    return body


def changed(form: Form, **rows: Any) -> Form:
    """With other values: of a name that stands several times {place: value}."""
    new = {name: list(values) for name, values in form.items()}
    for name, values in rows.items():
        for at, value in (values if isinstance(values, dict) else {0: values}).items():
            new[name][at] = value
    return new


@pytest.mark.usefixtures("configured")
async def test_the_editor_sends_back_what_is_stored(
    boss: StaffBrowser, client: httpx.AsyncClient, headers: dict[UserRole, dict[str, str]]
) -> None:
    before = await stored(client, headers)
    await boss.send(PATH, form_of(await boss.open(PATH)))
    assert await stored(client, headers) == before
    assert before["version"] == 2


async def test_everything_can_be_set_and_taken_back(
    boss: StaffBrowser, client: httpx.AsyncClient, database: Database, headers: dict[UserRole, dict[str, str]]
) -> None:
    form = form_of(await boss.open(PATH))
    assert form["property_type.value"] == ["flat", "villa", "plot", "commercial"]
    form = changed(
        form,
        **{
            "budget.text.en": "How much, at most?",
            "budget.sale.maximum": "1,00,00,000",
            "budget.rent.price_from": {-1: "10,00,000"},
            "budget.rent.step": {-1: "25,000"},
            "property_type.en": {1: "House & garden"},
            "property_type.hi": {1: "मकान"},
            "property_type.offered": {2: "no"},
            "preference.bhk.value": {-1: "3"},
            "preference.locality_preference.value": {-1: "Sector 62"},
            "preference.locality_preference.en": {-1: "Near work"},
            "preference.locality_preference.hi": {-1: "दफ़्तर के पास"},
        },
    )
    # Without scripts the buttons send the form: nothing is kept, two options have changed places.
    page = await boss.send(PATH, form | {"move": ["property_type 1 up"]})
    assert form_of(page)["property_type.value"] == ["villa", "flat", "plot", "commercial"]
    assert "Nothing of this is kept yet" in page
    assert (await stored(client, headers))["version"] == 1
    page = await boss.send(PATH, form_of(page))
    assert "asked so from now on" in page
    kept = (await stored(client, headers))["questions"]
    assert kept["budget"]["text"]["en"] == "How much, at most?"
    assert kept["budget"]["sale"]["maximum"] == 10_000_000
    assert kept["budget"]["rent"]["steps"][-1] == {"price_from": 1_000_000, "step": 25_000}
    assert [(each["value"], each["hidden"]) for each in kept["property_type"]["options"]] == [
        *(("villa", False), ("plot", True))
    ]
    assert [each["value"] for each in kept["preference"]["bhk"]["options"]] == [3]
    assert kept["preference"]["locality_preference"]["options"][-1]["label"]["en"] == "Near work"
    async with database.read() as session:
        # What was left alone is not written down: it improves with the next release.
        document = await session.scalar(sql("SELECT document FROM question_config"))
    assert "property_type" in document
    assert "text" not in document["property_type"]
    assert "help" not in document["budget"]
    page = await boss.send(*undo_of(page))
    assert "as they were then" in page
    again = (await stored(client, headers))["questions"]
    assert again["budget"]["text"]["en"] == "What would you like to spend?"
    assert again["property_type"]["options"] == []
    assert "How they were asked then is not kept" in await boss.send(f"{PATH}/restore", {"version": "99"})
    assert "must be a number" in await boss.send(f"{PATH}/restore", {"version": str(2**31)})
    for far in ("property_type 4 up", f"property_type {'9' * 5000} up", "property_type -1 down"):
        page = await boss.send(PATH, form | {"move": [far]})
        assert form_of(page)["property_type.value"] == form["property_type.value"]


async def test_an_earlier_version_is_brought_back_without_a_place_that_is_gone(
    boss: StaffBrowser, client: httpx.AsyncClient, database: Database, headers: dict[UserRole, dict[str, str]]
) -> None:
    places = "preference.locality_preference.value"
    form = form_of(await boss.open(PATH))
    await boss.send(PATH, changed(form, **{places: {-1: "Sector 62"}, "budget.text.en": "Then?"}))
    async with unit_of_work(database) as session:  # as if a sector was called so then
        await session.execute(
            sql("UPDATE question_config SET document = replace(document::text, 'Sector 62', 'Old Barola')::jsonb")
        )
    form = form_of(await boss.open(PATH))
    page = await boss.send(
        PATH, changed(form, **{places: {form[places].index("Old Barola"): ""}, "budget.text.en": "Now?"})
    )
    page = await boss.send(*undo_of(page))
    assert "as they were then, without Old Barola: no search knows a place of that name any more" in page
    kept = (await stored(client, headers))["questions"]
    assert kept["budget"]["text"]["en"] == "Then?"
    assert "Old Barola" not in str(kept)

    options = [{"value": f"{number} {'Old Barola ' * 8}".strip()} for number in range(MOST_OPTIONS)]
    document = {"preference": {"locality_preference": {"options": options}}}
    async with unit_of_work(database) as session:
        await session.execute(sql("UPDATE question_config SET document = :it"), {"it": json.dumps(document)})
    page = await boss.send(PATH, changed(form_of(await boss.open(PATH)), **{places: dict.fromkeys(range(60), "")}))
    answer = await boss.client.post(undo_of(page)[0], data=undo_of(page)[1], follow_redirects=False)
    assert len(answer.headers["set-cookie"]) < LONGEST_COOKIE
    assert "Old Barola and 57 more: no search knows" in await boss.open(PATH)


async def test_each_broken_rule_stands_beside_its_field(boss: StaffBrowser) -> None:
    form = changed(
        form_of(await boss.open(PATH)),
        **{
            "budget.text.hi": "",
            "budget.sale.minimum": "cheap",
            "budget.rent.step": {0: "7"},
            "property_type.en": {0: "Flat"},
        },
    )
    page = Html(await boss.send(PATH, form, 422))
    assert "needs words in Hindi" in text(page, r"#e-budget\.text\.hi")
    assert "must be a whole number" in text(page, r"#e-budget\.sale\.minimum")
    assert "must lead to" in text(page, r"#e-budget\.rent\.steps")
    assert "“flat”: needs words in Hindi" in text(page, r"#e-property_type\.options")
    assert "Cannot be shown" in text(page, "#preview")
    form = form_of(await boss.open(PATH))
    name = "preference.locality_preference.value"
    page = Html(await boss.send(PATH, changed(form, **{name: {-1: "Setor 62"}}), 422))
    assert "did you mean Sector 62?" in text(page, r"#e-preference\.locality_preference\.options")


@pytest.mark.usefixtures("configured")
async def test_the_preview_is_what_the_home_page_then_asks(boss: StaffBrowser) -> None:
    form = changed(form_of(await boss.open(PATH)), **{"budget.sale.maximum": "7000000"})
    form["preference.bhk.help.en"] = ["Any number."]
    previews = [Html(await boss.send(PATH, form | {"preview": ["yes"], "shown": [each]})) for each in ("en", "hi")]
    await boss.send(PATH, form)
    for language, preview in zip(("en", "hi"), previews, strict=True):
        page = Html((await boss.client.get("/", headers={"Accept-Language": language})).text)
        for question in ("#q1", "#q2", "#q3 .panel-bhk", "#q3 .panel-purpose", "#q3 .panel-place"):
            assert text(preview, f"#preview {question}") == text(page, question)


async def test_what_somebody_saved_meanwhile_is_not_overwritten_unseen(boss: StaffBrowser, enter: Enter) -> None:
    form = form_of(await boss.open(PATH))
    other = await enter(UserRole.SUPER_ADMIN)
    await other.send(PATH, changed(form, **{"budget.text.en": "Theirs?"}))
    page = await boss.send(PATH, changed(form, **{"budget.text.en": "Mine?"}))
    assert "Somebody saved the questions while you wrote" in page
    assert "<del>Theirs?</del>" in page
    assert "Theirs?" in (await boss.client.get("/api/v1/search/questions")).text
    assert "asked so from now on" in await boss.send(PATH, form_of(page))
    assert "Mine?" in (await boss.client.get("/api/v1/search/questions")).text


@pytest.mark.usefixtures("configured")
async def test_what_a_later_release_refuses_is_asked_as_shipped(
    boss: StaffBrowser, client: httpx.AsyncClient, database: Database, headers: dict[UserRole, dict[str, str]]
) -> None:
    """As if a release had stricter rules: the table is written past those of this one."""
    async with unit_of_work(database) as session:
        await session.execute(
            sql("""
UPDATE question_config SET document = jsonb_set(jsonb_set(jsonb_set(document,
  '{budget,text,hi}', '""'), '{property_type,options,0,value}', '"castle"'), '{colour}', '"red"')
""")
        )
    with capture_logs() as logs:
        asked = await client.get("/api/v1/search/questions")
        page = await client.get("/", headers={"Accept": "text/html"})
        await client.get("/", headers={"Accept": "text/html"})
    assert (asked.status_code, page.status_code) == (200, 200)
    budget = asked.json()["budget"]
    assert (budget["text"], budget["text_hi"]) == ("What would you like to spend?", "आप कितना खर्च करना चाहेंगे?")
    # What is as it should be stays as it was set.
    assert budget["help_hi"] == SET["budget"]["help"]["hi"]
    assert asked.json()["preference"]["choices"][0]["text"] == "Rooms?"
    assert asked.json()["property_type"]["options"][0]["value"] == "flat"
    (log,) = [each for each in logs if each["event"] == "stored_questions_refused"]
    assert set(log["parts"]) == {"budget.text", "property_type.options", "colour"}
    health = (await client.get("/health")).json()
    assert (health["status"], health["dependencies"]["questions"]["status"]) == ("degraded", "degraded")
    editor = await boss.open(PATH)
    assert "breaks a rule of this release" in editor
    assert "property type: options" in editor
    await boss.send(PATH, form_of(editor))
    assert "breaks a rule" not in await boss.open(PATH)
    assert (await client.get("/health")).json()["dependencies"]["questions"]["status"] == "ok"
    assert (await stored(client, headers))["refused"] == {}
