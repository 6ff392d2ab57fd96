"""The page of one home: what it shows, what it says it does not know, and what turns."""

import json
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import Facing, ListingType, LocationPrecision, PlaceCategory, PropertyType
from app.models.geography import Place
from app.models.property import Property
from app.schemas.base import MAX_RUPEES
from app.tests.conftest import Statements
from app.tests.factories import make_property
from app.tests.test_api.test_comparison import compared
from app.tests.test_web.test_foundation import HTML
from app.web.structured import home_as_linked_data, script_data

TITLE = "Well-lit <b>flat</b> & more </script>"


async def opened(client: httpx.AsyncClient, home: Property, part: str = "", **query: Any) -> LexborHTMLParser:
    answer = await client.get(f"/homes/{home.id}{part}", params=query, headers=HTML)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def value(page: LexborHTMLParser, name: str) -> str:
    """Of a field of the form to ask."""
    field = page.css_first(f"#ask [name={name}]")
    assert field is not None
    return field.attributes["value"] or ""


def said(page: LexborHTMLParser, selector: str) -> str:
    found = page.css_first(selector)
    assert found is not None, selector
    return " ".join(found.text().split())


async def make_well_known(database: Database) -> Property:
    prices = [4200, *range(5000, 6700, 200)]
    return (
        await compared(
            database,
            prices,
            title=TITLE,
            window_facing=Facing.SOUTH_EAST,
            entrance_facing=Facing.NORTH_EAST,
            maintenance_monthly=3500,
        )
    )[0]


async def test_what_is_beside_the_home_is_near_and_its_ground_floor_is_no_number(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with unit_of_work(database) as session:
        is_station = Place.category == PlaceCategory.METRO_STATION
        station = (await session.scalars(select(Place).where(is_station).order_by(Place.name).limit(1))).one()
        where = {"latitude": station.latitude, "longitude": station.longitude, "sector_id": station.sector_id}
        exact = {"location_precision": LocationPrecision.EXACT, "floor_number": 0, "total_floors": 14}
        home = await make_property(session, **where, **exact)
    page = await opened(client, home)
    assert said(page, ".why").count(f"50 m or less to {station.name}") == 1
    assert "metro 50 m or less" in said(page, "#around .verdict")
    assert "Floor ground floor of 14" in " ".join(row.text(separator=" ") for row in page.css(".facts > div"))
    found = await client.post(
        "/api/v1/search/guided", json={"property_type": "flat", "budget_min": 0, "budget_max": MAX_RUPEES}
    )
    [card] = found.json()["results"]
    assert f"50 m or less to {station.name}" in card["reasons"]


async def test_a_home_is_read_in_six_statements_with_all_its_evidence_and_then_kept(
    app: FastAPI, client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    home = await make_well_known(database)
    await app.state.places.known()  # read once a process
    statements.clear()
    made = await client.get(f"/homes/{home.id}", headers=HTML)
    assert len(statements) == 6
    statements.clear()
    kept = await client.get(f"/homes/{home.id}", headers=HTML)
    assert statements == []
    form_key = re.compile(r'name="key" value="[^"]+"')
    assert form_key.sub("", kept.text) == form_key.sub("", made.text)
    page = LexborHTMLParser(kept.text)
    assert said(page, "h1") == TITLE
    assert page.css_first("h1 b") is None
    assert said(page, ".head .price") == "₹42 L"
    assert said(page, "#price .verdict") == "28% below the median of 9 similar flats."
    assert len(page.css("#price svg .brick")) == 10  # each comparable, and the home
    assert said(page, "#sun .verdict").startswith("Bright all day,")
    assert page.css_first("#sun .measured") is not None
    assert said(page, ".belief").startswith("Vastu: favoured entrance")
    assert "₹3,500 a month" in said(page, ".facts")
    assert said(page, "#costs .price").startswith("₹")
    assert {link.attributes["href"] for link in page.css(".method a[rel=nofollow]")} == {
        f"/homes/{home.id}/mistake?part={part}" for part in ("sun", "price", "around", "costs", "trust")
    }
    assert {link.attributes["href"] for link in page.css(".method a[href^='/method']")} == {
        f"/method#{entry}" for entry in ("compass.heat", "price_comparison", "nearby", "costs", "trust")
    }
    for figure in page.css("svg[role=img]"):
        assert figure.attributes.get("aria-labelledby") or figure.attributes.get("aria-label")
    assert len(page.css(".method table")) == 3


async def test_what_is_not_known_is_said_with_its_reason(client: httpx.AsyncClient, database: Database) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(
            session, area_sqft=None, area_basis=None, latitude=None, longitude=None, location_precision=None
        )
    page = await opened(client, home)
    assert said(page, "#sun .verdict") == "Which way it faces is not known."
    assert page.css_first(".belief") is None
    assert said(page, "#price .verdict") == "This price cannot be compared."
    assert "The area is not given" in said(page, "#price")
    assert said(page, "#around .verdict") == "What is near is not known."
    assert "The listing gives no RERA number" in said(page, "#known")
    assert len(page.css(".facts .unknown")) >= 5
    assert page.css_first("#similar") is None
    assert page.css_first(".nophoto") is not None


async def test_what_a_form_sends_without_scripts_is_kept_by_the_others(
    client: httpx.AsyncClient, database: Database
) -> None:
    home = await make_well_known(database)
    page = await opened(
        client, home, month=12, mode="daylight", reach_m=1000, years=10, down_payment="", utm_source="x"
    )
    assert said(page, "#sun .mwrap b") == "December"
    assert "Daylight by direction" in said(page, "#sun svg title")
    assert [output.text() for output in page.css("#costs output")] == ["₹8.4\xa0L (20%)", "8.5%", "10"]
    kept = {each.attributes["name"]: each.attributes["value"] for each in page.css("#around input[type=hidden]")}
    assert kept == {"month": "12", "mode": "daylight", "years": "10"}
    for part, drawn in (("/sun", "compass-daylight-12"), ("/around", "nearby-1000")):
        fragment = await opened(client, home, part, month=12, mode="daylight", reach_m=1000)
        assert fragment.css_first("header") is None
        assert f'id="{drawn}-title"' in (fragment.html or "")


@pytest.mark.parametrize("part", ["", "/costs"])
async def test_a_payment_above_the_price_is_refused_at_its_field(
    client: httpx.AsyncClient, database: Database, part: str
) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session, price=8_500_000)
    page = await opened(client, home, part, down_payment=9_000_000)
    assert said(page, "#costs .errt") == "You pay now at most the price, ₹85 L."
    assert "₹17" in said(page, "#costs output")


async def test_the_way_back_leads_to_the_results_it_was_opened_from(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with unit_of_work(database) as session:
        home, other = await make_property(session), await make_property(session)
    results = "/homes?property_type=flat&bhk=3"
    for referer, back in (
        (f"http://casabricks.test{results}", results),
        (f"http://casabricks.test/homes/{new_id()}", "/"),
        (f"http://elsewhere.test{results}", "/"),
        ("http://[", "/"),
    ):
        for address in (f"/homes/{home.id}", f"/compare?id={home.id}&id={other.id}"):
            page = await client.get(address, headers=HTML | {"Referer": referer})
            link = LexborHTMLParser(page.text).css_first(".back a")
            assert link is not None
            assert link.attributes["href"] == back, referer


@pytest.mark.parametrize("query", [{"month": 13}, {"mode": "moon"}, {"reach_m": 7}, {"years": "long"}])
async def test_other_wishes_are_named(client: httpx.AsyncClient, database: Database, query: dict[str, Any]) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session)
    answer = await client.get(f"/homes/{home.id}", params=query, headers=HTML)
    assert answer.status_code == 422
    assert f"{next(iter(query))}: " in answer.text


@pytest.mark.parametrize("part", ["", "/sun", "/around", "/costs"])
async def test_there_is_no_such_home(client: httpx.AsyncClient, part: str) -> None:
    assert (await client.get(f"/homes/{new_id()}{part}", headers=HTML)).status_code == 404


async def test_a_part_that_fails_leaves_the_page_and_says_so_at_its_foot(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/homes/{new_id()}/sun", headers=HTML | {"HX-Request": "true"})
    assert answer.status_code == 404
    assert (answer.headers["hx-retarget"], answer.headers["hx-reswap"]) == ("body", "beforeend")
    dialog = LexborHTMLParser(answer.text).css_first("dialog[open][role=alert]")
    assert dialog is not None
    assert "The homes are still there" in dialog.text()


async def test_a_rent_has_no_loan_and_a_hidden_belief_stays_hidden(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(
            session,
            listing_type=ListingType.RENT,
            property_type=PropertyType.VILLA,
            price=45_000,
            entrance_facing=Facing.EAST,
        )
    form = {"vastu": "hidden", "back": f"/homes/{home.id}#sun"}
    await client.post("/preferences", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    page = await opened(client, home)
    assert said(page, ".head .price") == "₹45,000 a month"
    assert page.css_first("#costs form") is None
    assert said(page, ".belief") == "Vastu Show"
    assert "by the entrance side" in said(page, "#sun")


async def test_search_engines_read_what_is_known_and_no_script_escapes(
    client: httpx.AsyncClient, database: Database
) -> None:
    home = await make_well_known(database)
    text = (await client.get(f"/homes/{home.id}", headers=HTML)).text
    [script] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    data = json.loads(script)
    assert data["name"] == TITLE
    assert data["offers"]["price"] == 4_200_000
    assert data["mainEntity"]["numberOfBedrooms"] == 3
    assert "floorSize" in data["mainEntity"]
    assert "numberOfBathroomsTotal" not in data["mainEntity"]  # not known
    assert f'<link rel="canonical" href="http://casabricks.test/homes/{home.id}">' in text


def test_linked_data_labels_an_enhanced_photo() -> None:
    image = {
        "original_url": "/media/a.jpg",
        "enhanced_url": "/media/b.jpg",
        "alt": "Front view",
        "ai_label": "AI-enhanced photo",
        "is_illustration": False,
    }
    names = "title description society_name locality bhk bathrooms area_sqft listed_at location_precision"
    home = dict.fromkeys(names.split()) | {
        "property_type": "plot",
        "listing_type": "rent",
        "price": 5,
        "latitude": 1.0,
        "longitude": 2.0,
        "images": [image, image | {"is_illustration": True}],
    }
    data = json.loads(home_as_linked_data(home, "https://casa.example/homes/1"))
    [shown] = data["image"]
    assert shown["contentUrl"] == "https://casa.example/media/b.jpg"
    assert shown["caption"] == "AI-enhanced photo. Front view"
    assert shown["digitalSourceType"].endswith("AlgorithmicallyEnhancedDigitalSource")
    assert "geo" not in data["mainEntity"]
    assert "<" not in script_data({"a": "</script><!--"})


async def test_the_qr_code_is_kept_by_browsers(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/homes/{new_id()}/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "public" in answer.headers["cache-control"]
    assert answer.text.startswith("<svg")
