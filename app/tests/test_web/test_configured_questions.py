"""The pages ask the questions as super admins set them, and the preview shows what they would ask."""

from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as Html

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.schemas.asked_questions import BudgetScale, Step
from app.services.slider import MOST_STOPS, stops
from app.tests.conftest import Statements
from app.tests.factories import make_properties
from app.tests.test_web.conftest import fields_of
from app.tests.test_web.test_search_pages import get, text, the

SET: dict[str, Any] = {
    "budget": {
        "text": {"en": "How much?", "hi": "कितना?"},
        "help": {"en": "", "hi": "पूरी कीमत"},
        "sale": {"minimum": 4_000_000, "maximum": 6_000_000, "steps": [{"price_from": 0, "step": 500_000}]},
    },
    "property_type": {
        "options": [
            {"value": "plot"},
            {"value": "villa", "label": {"en": "House & garden", "hi": "मकान"}},
            {"value": "flat", "hidden": True},
        ]
    },
    "preference": {
        "bhk": {
            "text": {"en": "Rooms?", "hi": "कमरे?"},
            "options": [{"value": 3, "label": {"en": "Three", "hi": "तीन"}}, {"value": 1, "hidden": True}],
        },
        "listing_type": {"options": [{"value": "sale", "hidden": True}]},
        "locality_preference": {
            "options": [
                {"value": "Sector 62", "label": {"en": "Near work", "hi": "दफ़्तर के पास"}},
                {"value": "Greater Noida", "hidden": True},
            ]
        },
    },
}


@pytest.fixture
async def configured(client: httpx.AsyncClient, database: Database, headers: dict[UserRole, dict[str, str]]) -> None:
    async with unit_of_work(database) as session:
        await make_properties(session, [{"bhk": bhk, "price": 5_000_000} for bhk in (1, 2, 2, 3)])
    stored = await client.put("/api/v1/admin/questions", json=SET, headers=headers[UserRole.SUPER_ADMIN])
    assert stored.status_code == 200, stored.text


def offered(page: Html, name: str) -> list[str | None]:
    return [box.attributes["value"] for box in page.css(f"#ask [type=radio][name={name}]")]


@pytest.mark.usefixtures("configured")
async def test_the_home_page_asks_as_configured(client: httpx.AsyncClient, statements: Statements) -> None:
    await client.get("/?listing_type=sale")
    statements.clear()
    page = await get(client, "/?listing_type=sale&property_type=plot")
    assert len(statements) == 4
    assert text(page, "#q1 legend") == "1How much?"
    assert page.css_first("#q1 > .help") is None
    assert text(page, "#q2 > .help") == "Counts are for all of Noida and Greater Noida."
    assert text(page, "#ends").startswith("₹40 L")
    assert [each.text() for each in page.css("#budget_min option")] == ["₹0", "₹45\xa0L", "₹50\xa0L", "₹55\xa0L"]
    assert offered(page, "property_type") == ["plot", "villa", "commercial"]
    assert [label.text() for label in page.css(".lab b")] == ["Plot", "House & garden", "Commercial"]
    assert offered(page, "bhk") == ["", "3", "2"]
    assert text(page, ".panel-bhk .help") == "Rooms? BHK: bedrooms, hall, kitchen."
    assert [link.text() for link in page.css(".panel-purpose a")] == ["Rent"]
    places = {each.attributes["value"]: each.text() for each in page.css("#places option")}
    assert (places["Sector 62"], places["Noida"], "Greater Noida" in places) == ("Near work", "", False)
    hindi = await get(client, "/", language="hi")
    assert (text(hindi, "#q1 legend"), text(hindi, "#q1 > .help")) == ("1कितना?", "पूरी कीमत")
    assert [label.text() for label in hindi.css(".lab b")][1] == "मकान"
    change = await get(client, "/homes/change/type?property_type=villa", language="hi")
    assert [label.text() for label in change.css(".lab b")][1] == "मकान"


@pytest.mark.usefixtures("configured")
async def test_a_type_is_called_the_same_wherever_it_is_chosen(client: httpx.AsyncClient) -> None:
    for language, name in (("en", "House & garden"), ("hi", "मकान")):
        results = await get(client, "/homes?property_type=villa", language=language)
        assert results.css(".answers .chip")[1].text().strip().endswith(name)
    assert "Commercial" in text(await get(client, "/homes?property_type=commercial"), ".answers")


def test_handles_stand_on_the_configured_steps_between_the_ends() -> None:
    def scale(minimum: int, maximum: int, *steps: tuple[int, int]) -> BudgetScale:
        told = [Step(price_from=price_from, step=step) for price_from, step in steps]
        return BudgetScale(minimum=minimum, maximum=maximum, steps=told, histogram=[])

    assert stops(scale(20, 70, (0, 10), (40, 15))) == [20, 30, 40, 55, 70]
    assert stops(scale(45, 70, (0, 10), (40, 15))) == [45, 55, 70]
    fine = stops(scale(1_000_000, 1_000_000_000, (0, 1)))
    assert len(fine) <= MOST_STOPS + 2
    assert (fine[0], fine[-1]) == (1_000_000, 1_000_000_000)


@pytest.mark.usefixtures("configured")
async def test_what_is_not_offered_is_not_begun_with_but_kept_when_a_link_brings_it(client: httpx.AsyncClient) -> None:
    begun = fields_of(the(await get(client, "/"), "#ask").html or "")
    assert (begun["listing_type"], begun["property_type"]) == ("rent", "plot")
    linked = await get(client, "/?property_type=flat&bhk=1")
    assert text(linked, ".live") == "1homes so far"
    sent = fields_of(the(linked, "#ask").html or "")
    assert sent["property_type"] == "flat"
    assert "listing_type" not in sent
    assert the(linked, "[type=hidden][name=bhk]").attributes["value"] == "1"
