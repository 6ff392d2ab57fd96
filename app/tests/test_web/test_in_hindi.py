"""A Hindi page speaks Hindi: what it has in Latin letters are names, units and abbreviations."""

import re

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as Html
from sqlalchemy import text

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AreaBasis, Facing, Language, ListingType, LocationPrecision, Possession, PropertyType
from app.models.property import Property
from app.tests.factories import make_properties, make_property
from app.tests.test_api.test_comparison import compared
from app.tests.test_web.test_ask import OURS, filled
from app.tests.test_web.test_foundation import ANYONE, HTML, PAGES
from app.tests.test_web.test_search_pages import get
from app.web.language import texts

HINDI = {"Accept-Language": "hi"}
WORD = re.compile(r"[A-Za-z]{2,}")
# Abbreviations as Indian sites have them, units, and how a made-up listing names its source.
LATIN = {"AI", "BHK", "CasaBricks", "CCTV", "COD", "EMI", "EV", "GST", "kWh", "QR", "RERA", "UP", "WhatsApp", "demo"}
# What the pages on method and sources name beside them.
NAMED = LATIN | {
    *("Ineichen", "Linke", "Hay", "Davies", "NOAA", "CBIC", "II", "III", "cos", "API"),
    *("DMRC", "GTFS", "Zomato", "Analysis", "MIT", "Sarthak", "Mishra", "GeoNames", "CC", "BY"),
    *("Brygada", "Mukta", "Tiro", "Devanagari", "Hindi", "SIL", "Open", "Font", "Licence", "Lucide", "ISC"),
}
ADDRESS = re.compile(
    r"https?://\S+|/api/\S+|[\w-]+\.(?:com|org|in)(?:/[\w/-]+)?|[0-9a-f]{8}-[0-9a-f-]{27}|UPRERAPRJ\d+"
)
SHOWN = ("alt", "aria-label", "aria-valuetext", "placeholder", "title")
DESCRIBED = "meta[name=description], meta[property='og:title'], meta[property='og:image:alt']"
# What a listing says itself, in its own language, and the way to the other language.
NOT_OURS = "#said > [lang=en], .amenities [lang=en], .switch [lang=en]"
NO_PAGES = {
    *("/robots.txt", "/sitemap.xml", "/sitemap/{part}.xml", "/static/{name:path}"),
    *("/homes/{property_id:uuid}/qr.svg", "/homes/{property_id:uuid}/card.png"),
    *("/admin/components", "/admin/login"),
}


def test_both_languages_are_written_in_their_own_letters() -> None:
    for key, said in texts(Language.HINDI).by_key.items():
        left = set(WORD.findall(ADDRESS.sub("", re.sub(r"{\w+}|&\S+;", "", said))))
        assert left <= NAMED, (key, left)
    assert not re.search(r"[\u0900-\u097f]", "".join(texts(Language.ENGLISH).by_key.values()))


@pytest.fixture
async def names(database: Database) -> re.Pattern[str]:
    """Of sectors, zones, societies and places."""
    tables = ("sectors", "zones", "societies", "places")
    async with database.read() as session:
        rows = await session.execute(text(" UNION ".join(f"SELECT name FROM {table}" for table in tables)))  # noqa: S608 - constants
        known = sorted({*rows.scalars(), "Kachnar Court", "Atlantis"}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, known))})\b")


@pytest.fixture
async def homes(database: Database) -> list[Property]:
    """A flat of which all is known, one of which little is, a villa, a plot, a shop, a flat to let."""
    [known, *_] = await compared(
        database,
        [4200, *range(5000, 6700, 200)],
        society_name="Kachnar Court",
        description="Bright rooms.",
        amenities=["Lift", "Wine cellar"],
        window_facing=Facing.SOUTH_EAST,
        entrance_facing=Facing.NORTH,
        possession=Possession.UNDER_CONSTRUCTION,
        rera_number="UPRERAPRJ1234",
        source="demo",
    )
    nothing = dict.fromkeys(("bhk", "area_sqft", "area_basis", "latitude", "longitude", "location_precision"))
    async with unit_of_work(database) as session:
        others = await make_properties(
            session,
            [
                nothing,
                {"property_type": PropertyType.VILLA, "entrance_facing": Facing.WEST, "rera_number": "UPRERAPRJ99"}
                | {"location_precision": LocationPrecision.SOCIETY},
                {"property_type": PropertyType.PLOT, "bhk": None, "area_basis": AreaBasis.PLOT}
                | {"location_precision": LocationPrecision.SECTOR},
                {"property_type": PropertyType.COMMERCIAL, "bhk": None, "possession": Possession.NEW_LAUNCH},
                {"listing_type": ListingType.RENT, "price": 25_000},
            ],
        )
    return [known, *others]


def latin_words(page: str, names: re.Pattern[str]) -> set[str]:
    """Of what is read or read out, but names and addresses."""
    tree = Html(page)
    for node in tree.css(f"script, style, {NOT_OURS}"):
        node.decompose()
    shown = [tree.root.text(separator=" ").replace("\u00a0", " ") if tree.root else ""]
    shown += [node.attributes[name] or "" for name in SHOWN for node in tree.css(f"[{name}]")]
    shown += [node.attributes["content"] or "" for node in tree.css(DESCRIBED)]
    return {word for said in shown for word in WORD.findall(names.sub("", ADDRESS.sub("", said)))}


async def test_what_is_left_in_latin_letters_is_a_name(
    client: httpx.AsyncClient, homes: list[Property], names: re.Pattern[str]
) -> None:
    home, unknown, villa, *_ = homes
    pages: dict[str, list[str]] = {
        "/": ["/", "/?property_type=villa&budget_min=5000000&locality_preference=Atlantis"],
        "/count": ["/count?property_type=plot"],
        "/homes": [
            *("/homes", "/homes?listing_type=rent", "/homes?property_type=flat&bhk=3&locality_preference=Sector%20137"),
            "/homes?property_type=villa&budget_min=5000000&budget_max=5100000",
        ],
        "/homes/more": ["/homes/more?property_type=flat"],
        "/homes/count": ["/homes/count?q=3bhk+sector+137+under+2+cr"],
        "/homes/change/{question}": [f"/homes/change/{question}" for question in ("budget", "type", "wish")],
        "/homes/{property_id:uuid}": [f"/homes/{each.id}" for each in homes]
        + [f"/homes/{home.id}?down_payment=99999999"],
        "/homes/{property_id:uuid}/sun": [f"/homes/{villa.id}/sun?mode=daylight", f"/homes/{unknown.id}/sun"],
        "/homes/{property_id:uuid}/around": [f"/homes/{home.id}/around?reach_m=1000", f"/homes/{unknown.id}/around"],
        "/homes/{property_id:uuid}/costs": [f"/homes/{home.id}/costs?buyer=joint", f"/homes/{homes[4].id}/costs"],
        "/homes/{property_id:uuid}/asked": [f"/homes/{home.id}/asked"],
        "/homes/{property_id:uuid}/ask": [f"/homes/{home.id}/ask?about=callback"],
        "/homes/{property_id:uuid}/mistake": [f"/homes/{home.id}/mistake?part=price"],
        "/shortlist": ["/shortlist", f"/shortlist?id={home.id}&id={villa.id}&id={new_id()}"],
        "/compare": ["/compare", "/compare?" + "&".join(f"id={each.id}" for each in homes[:4])],
        "/method": ["/method"],
        "/privacy": ["/privacy"],
        "/about": ["/about"],
    }
    public = {path.removeprefix("GET ") for path, roles in PAGES.items() if path.startswith("GET ") and roles is ANYONE}
    assert pages.keys() == public - NO_PAGES
    for address in (address for addresses in pages.values() for address in addresses):
        answer = await client.get(address, headers=HTML | HINDI, follow_redirects=True)
        assert answer.status_code == 200, address
        left = latin_words(answer.text, names)
        assert left <= (NAMED if address in {"/about", "/method"} else LATIN), (address, left - LATIN)


async def test_what_is_refused_is_told_in_hindi(
    client: httpx.AsyncClient, database: Database, homes: list[Property], names: re.Pattern[str]
) -> None:
    async with unit_of_work(database) as session:
        gone = await make_property(session, is_active=False)
    for address, status in (
        ("/nowhere", 404),
        (f"/homes/{gone.id}", 404),
        (f"/homes/{homes[0].id}?month=13", 422),
        ("/homes/change/all", 422),
        ("/homes?property_type=flat&page=99", 422),
        ("/homes?budget_min=9&budget_max=8", 422),
        ("/homes?locality_preference=x", 422),
        ("/homes?property_type=castle", 422),
        ("/homes/more?q=flat+or+villa", 422),
    ):
        answer = await client.get(address, headers=HTML | HINDI)
        assert answer.status_code == status, address
        assert latin_words(answer.text, names) <= LATIN, address
    ask = f"/homes/{homes[0].id}/ask"
    long = "\u0905" * 5000
    wrong = filled(phone="1", email="@", message=long, full_name="", consent="", preferred_contact_time=long)
    for form, headers, status in ((wrong, OURS, 422), (filled(website="1"), OURS, 422), (filled(key="1"), OURS, 422)):
        answer = await client.post(ask, data=form, headers=headers | HINDI)
        assert answer.status_code == status
        assert latin_words(answer.text.replace("Asha Rao", ""), names) <= LATIN
    for attempt in range(6):
        answer = await client.post(ask, data=filled(message=f"{attempt}"), headers=OURS | HINDI)
    assert answer.status_code == 429
    assert latin_words(answer.text.replace("Asha Rao", ""), names) <= LATIN
    answer = await client.post("/preferences", headers=HTML | HINDI)
    assert answer.status_code == 403
    assert latin_words(answer.text, names) <= LATIN


async def test_plain_words_are_understood_in_hindi(client: httpx.AsyncClient, names: re.Pattern[str]) -> None:
    for query in (
        "3bhk near sector 137 metro under 1.2 cr east facing gym 75 2nd floor",
        "3bhk 3 bedroom sector 62 noida, 60-80 lakh qwerty by owner",
    ):
        page = await get(client, f"/homes?q={query.replace(' ', '+')}", language="hi")
        for quoted in page.css("q, h1, .micro, .sugg"):
            quoted.decompose()
        understood = page.css_first(".understood")
        assert understood is not None
        assert latin_words(understood.html or "", names) <= LATIN | {"qwerty"}
