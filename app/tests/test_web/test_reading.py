"""Pages to read, what search engines are given, cards to share, and the way on from a home that is gone."""

from xml.etree import ElementTree as ET

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import Language
from app.services import sitemap
from app.tests.factories import make_properties, make_property, sector_id
from app.tests.photos import photo
from app.tests.test_web.test_foundation import HTML
from app.web.language import texts
from app.web.share_card import draw

SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


async def test_every_number_has_its_method_where_the_figures_link_to_it(client: httpx.AsyncClient) -> None:
    page = LexborHTMLParser((await client.get("/method", headers=HTML)).text)
    told = {section.attributes["id"] for section in page.css(".reading section")}
    document = (await client.get("/api/v1/method")).json()
    assert told == {entry["key"] for entry in document["entries"]}
    assert {"compass.heat", "price_comparison", "nearby", "costs", "trust"} <= told
    assert len(page.css("#rank tr")) == len(document["rank_parts"]) + 1
    assert len(page.css("#costs tr")) == len(document["cost_rates"]["rates"]) + 1


@pytest.mark.parametrize("language", ["en", "hi"])
async def test_the_privacy_page_shows_the_notice_that_consents_name(client: httpx.AsyncClient, language: str) -> None:
    notice = (await client.get("/api/v1/inquiries/notice", params={"language": language})).json()
    page = (await client.get("/privacy", headers=HTML | {"Accept-Language": language})).text
    assert notice["text"] in page
    assert notice["version"] in page
    assert (await client.get("/about", headers=HTML | {"Accept-Language": language})).status_code == 200


async def test_search_engines_find_every_listed_home_and_nothing_else(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "A_PART", 4)
    monkeypatch.setattr(sitemap, "A_BATCH", 3)
    async with unit_of_work(database) as session:
        homes = await make_properties(session, [{"price": 1_000_000 + n} for n in range(5)])
        await make_property(session, is_active=False)
    robots = (await client.get("/robots.txt")).text
    assert "Sitemap: http://casabricks.test/sitemap.xml" in robots
    index = ET.fromstring((await client.get("/sitemap.xml")).text)  # noqa: S314 - our own
    parts = [each.text or "" for each in index.findall("s:sitemap/s:loc", SITEMAP)]
    assert len(parts) == 2
    found: list[str] = []
    for part in parts:
        answer = await client.get(part)
        assert answer.headers["content-type"] == "application/xml"
        urls = ET.fromstring(answer.text)  # noqa: S314 - our own
        found += [each.text or "" for each in urls.findall("s:url/s:loc", SITEMAP) if "/homes/" in (each.text or "")]
    assert found == [f"http://casabricks.test/homes/{home.id}" for home in sorted(homes, key=lambda home: home.id)]
    assert (await client.get("/sitemap/3.xml")).status_code == 404


async def test_a_card_to_share_is_kept_by_who_has_it(client: httpx.AsyncClient, database: Database) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session, title="A flat & <more>")
    answer = await client.get(f"/homes/{home.id}/card.png")
    assert answer.content.startswith(b"\x89PNG")
    assert [int.from_bytes(answer.content[at : at + 4], "big") for at in (16, 20)] == [1200, 630]
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await client.get(f"/homes/{home.id}/card.png", headers=known)).status_code == 304


def test_a_card_keeps_the_label_of_its_photo() -> None:
    image = {"enhanced_url": "/media/b.jpg", "is_illustration": False}
    home = {
        "title": "A home",
        "price": 25_000,
        "listing_type": "rent",
        "property_type": "plot",
        "price_per_sqft": None,
        "locality": "Sector 137",
        "bhk": None,
        "images": [image],
    }
    assert ">AI-enhanced photo<" in draw(home, photo(), texts(Language.ENGLISH))
    drawing = home | {"images": [{"enhanced_url": None, "is_illustration": True}]}
    assert ">Drawing, not a photo<" in draw(drawing, photo(), texts(Language.ENGLISH))
    assert "AI" not in draw(home, None, texts(Language.ENGLISH))
    in_hindi = draw(home, photo(), texts(Language.HINDI))
    # Devanagari in a run of its own, or its letters would not join.
    assert ">AI \u2066से सुधारी गई फ़ोटो\u2069<" in in_hindi
    assert ">\u2066प्लॉट\u2069, Sector\u00a0137<" in in_hindi


async def test_a_home_that_is_gone_leads_to_others_like_it(client: httpx.AsyncClient, database: Database) -> None:
    async with unit_of_work(database) as session:
        place = {"sector_id": await sector_id(session)}
        gone = await make_property(session, is_active=False, **place)
        await make_property(session, title="The flat next door", **place)
        await make_property(session, title="A plot", property_type="plot", area_basis="plot", bhk=None, **place)
    answer = await client.get(f"/homes/{gone.id}", headers=HTML)
    assert answer.status_code == 404
    assert "This home is no longer offered" in answer.text
    assert "The flat next door" in answer.text
    assert "A plot" not in answer.text
