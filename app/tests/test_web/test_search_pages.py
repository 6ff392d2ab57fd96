"""Home and results with real homes: what the pages count, link to and say."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from selectolax.lexbor import LexborHTMLParser as Html
from selectolax.lexbor import LexborNode
from sqlalchemy import select

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import EventType, Facing, Language, ListingType, PropertyType, UserRole
from app.models.analytics import AnalyticsEvent
from app.schemas.search import HistogramBar
from app.tests.conftest import Statements
from app.tests.factories import make_properties, sector_id
from app.tests.test_web.test_foundation import HTML
from app.tests.traffic import BROWSER
from app.web.drawings.histogram import columns, histogram, homes_per_brick
from app.web.pages import environment

LAKH = 100_000


@pytest.fixture(autouse=True)
async def homes(database: Database) -> None:
    """25 flats of 3 BHK in Sector 137, from 50 to 98 lakh, a villa, two flats to rent."""
    async with unit_of_work(database) as session:
        sector = await sector_id(session)
        flats = [
            {"price": (50 + 2 * n) * LAKH, "sector_id": sector, "window_facing": Facing.SOUTH_EAST} for n in range(25)
        ]
        villa = {"property_type": PropertyType.VILLA, "price": 300 * LAKH, "title": "A <b>villa</b>"} | {
            "area_sqft": None,
            "area_basis": None,
        }
        rented = {"listing_type": ListingType.RENT, "price": 25_000}
        await make_properties(session, [*flats, villa, rented, rented])


def the(page: Html | LexborNode, selector: str) -> LexborNode:
    found = page.css_first(selector)
    assert found is not None, selector
    return found


async def get(client: httpx.AsyncClient, path: str, *, status: int = 200, language: str = "en") -> Html:
    answer = await client.get(path, headers=HTML | {"Accept-Language": language})
    assert answer.status_code == status, answer.text[:500]
    return Html(answer.text)


def text(page: Html, selector: str) -> str:
    found = page.css_first(selector)
    assert found is not None, selector
    return " ".join(found.text().split())


async def test_the_home_page_counts_what_each_answer_leaves(client: httpx.AsyncClient, statements: Statements) -> None:
    await client.get("/", headers=HTML)
    statements.clear()
    page = await get(client, "/?property_type=flat&budget_min=6000000&budget_max=9000000")
    assert len(statements) == 4
    assert text(page, ".live") == "16homes so far"
    assert text(page, "#n-flat") == "16"
    assert text(page, "#n-villa") == "0"
    assert [chip.text() for chip in page.css(".panel-bhk .chip")] == ["Any", "3 BHK16"]
    assert text(page, ".sum") == "Flats from ₹60 lakh to ₹90 lakh. One answer left."
    assert the(page, "#budget_min option[selected]").attributes["value"] == "6000000"
    # 25 flats in 123 windows: each window is one home.
    assert len(page.css("#street .w.on")) == 16
    assert text(page, ".legend") == "One lit window is one home"
    inside = [bar for bar in page.css("#hist rect.in") if bar.attributes["height"] != "0"]
    assert inside
    assert page.css("#hist rect.out")


async def test_the_count_alone_brings_all_that_changes_with_it(client: httpx.AsyncClient) -> None:
    part = await get(client, "/count?property_type=villa&wish=bhk&bhk=")
    assert text(part, ".live") == "1homes so far"
    assert text(part, "#scene .legend") == "One lit window is one home"
    assert {"scene", "bricks", "ends", "n-flat", "n-bhk-3"} <= {
        node.attributes["id"] for node in part.css("[hx-swap-oob]")
    }


async def test_an_answer_that_is_not_finished_leaves_the_others_counted(client: httpx.AsyncClient) -> None:
    answers = "property_type=flat&budget_max=6000000&wish=place"
    assert text(await get(client, f"/count?{answers}&locality_preference=s"), ".live") == "6homes so far"
    unknown = await get(client, f"/count?{answers}&locality_preference=Sectro+1377")
    assert text(unknown, ".live") == "0homes so far"
    assert text(unknown, ".sum") == "We do not know a place called Sectro 1377."
    crossed = await get(client, "/count?property_type=villa&budget_min=9000000000000")
    assert text(crossed, ".sum") == "Villas at any price. One answer left."


async def test_plain_words_are_counted_while_they_are_typed(client: httpx.AsyncClient) -> None:
    part = await get(client, "/homes/count?q=3bhk+sector+137+under+60+lakh")
    assert text(part, "body") == "6 flats match your answers: Up to ₹60 L, 3 BHK, Sector 137"
    for unfinished in ("", "?q=", "?q=hello", "?q=under+6"):
        assert not (await client.get(f"/homes/count{unfinished}")).text.strip()


async def test_renting_is_chosen_in_its_place_and_says_what_becomes_of_the_budget(client: httpx.AsyncClient) -> None:
    page = await get(client, "/?property_type=villa&budget_max=9000000&wish=purpose")
    assert the(page, "[name=wish][checked]").attributes["value"] == "purpose"
    rent = the(page, "#purpose-rent").attributes["href"] or ""
    assert rent == "/?wish=purpose&listing_type=rent&property_type=villa#q3"
    assert "clears question 1" in text(page, ".panel-purpose")
    rented = await get(client, "/?wish=purpose&listing_type=rent")
    assert text(rented, ".sum") == "Flats to rent at any price."
    back = await get(client, the(rented, "#purpose-sale").attributes["href"] or "")
    assert the(back, "[name=wish][checked]").attributes["value"] == "purpose"


async def test_a_plain_form_leads_to_the_one_address_of_its_search(client: httpx.AsyncClient) -> None:
    sent = "/homes?budget_min=&budget_max=7000000&property_type=flat&wish=place&bhk=3&locality_preference=sector+137"
    answer = await client.get(sent, headers=HTML)
    assert answer.status_code == 303
    address = "/homes?property_type=flat&budget_max=7000000&locality_preference=sector+137"
    assert answer.headers["location"] == address
    page = await get(client, address)
    assert the(page, "link[rel=canonical]").attributes["href"] == f"http://casabricks.test{address}"
    assert text(page, "h1") == "11 flats match your answers"
    chips = [" ".join(chip.text().split()) for chip in page.css(".answers .chip")]
    assert chips == ["Budget: Up to ₹70 L", "Type: Flat", "Wish: Sector 137"]


async def test_a_plot_has_no_rooms_whatever_was_ticked_before(client: httpx.AsyncClient) -> None:
    answer = await client.get("/homes?property_type=plot&bhk=3", headers=HTML)
    assert answer.headers["location"] == "/homes?property_type=plot"


async def test_a_card_says_what_is_known_and_what_is_not(client: httpx.AsyncClient) -> None:
    page = await get(client, "/homes?property_type=flat&budget_max=5000000")
    card = page.css(".card")[0]
    said = " ".join(card.text().split())
    assert "₹50 L" in said
    assert "₹3,571 / sq ft super built-up" in said
    assert "very bright" in said
    assert "fairly high" in said
    assert len(card.css(".bricks.lamp .on")) == 9
    assert "No photo yet" in said
    assert not card.css(".nophoto img")
    villa = (await get(client, "/homes?property_type=villa")).css_first(".card")
    assert villa is not None
    assert "A <b>villa</b>" in villa.text()
    assert len(villa.css(".unk")) == 3
    assert "sq ft" not in the(villa, ".money").text()


async def test_pages_follow_each_other_without_repeating_a_home(client: httpx.AsyncClient) -> None:
    first = await get(client, "/homes?property_type=flat")
    assert len(first.css(".card")) == 20
    assert text(first, ".pages .num") == "Page 1 of 2"
    (sentinel,) = first.css(".more")
    rest = await get(client, sentinel.attributes["hx-get"] or "")
    ids = [box.attributes["value"] for page in (first, rest) for box in page.css(".card [name=id]")]
    assert len(ids) == len(set(ids)) == 25
    assert not rest.css("[hx-get]")
    linked = await get(client, the(first, "a[rel=next]").attributes["href"] or "")
    assert [box.attributes["value"] for box in linked.css(".card [name=id]")] == ids[20:]
    beyond = await get(client, "/homes?property_type=flat&page=9", status=422)
    assert "page: the last page is 2" in text(beyond, ".empty")


async def test_an_empty_list_says_which_answer_empties_it(client: httpx.AsyncClient) -> None:
    page = await get(client, "/homes?property_type=flat&budget_max=4900000&bhk=3")
    assert text(page, ".none h2") == "It is the upper limit that leaves nothing"
    limit, rooms = page.css(".none li")
    assert "Up to ₹49 L" in " ".join(limit.text().split())
    assert "3 BHK still no home" in " ".join(rooms.text().split())
    promised = int("".join(filter(str.isdigit, the(limit, "b").text())))
    shown = await get(client, the(limit, "a").attributes["href"] or "")
    assert text(shown, "h1") == f"{promised} flats match your answers"
    assert not {link.attributes["href"] for link in page.css(".sugg a")} & {the(limit, "a").attributes["href"]}
    alone = await get(client, "/homes?property_type=plot&budget_max=100000&locality_preference=Sector+137")
    assert text(alone, ".none h2") == "No single answer is to blame"
    assert "still no home" in text(alone, ".none")


async def test_no_home_is_never_the_end(client: httpx.AsyncClient) -> None:
    page = await get(client, "/homes?property_type=flat&budget_min=100000&budget_max=4900000")
    assert text(page, "h1") == "No flat matches these answers"
    for link in page.css(".none a, .sugg a"):
        promised = text(Html(link.html or ""), ".n, b").removesuffix("homes").removesuffix("home").strip()
        shown = await get(client, link.attributes["href"] or "")
        assert text(shown, "h1").startswith(f"{promised} "), link.text()
    said = [" ".join(link.text().split()) for link in page.css(".none a, .sugg a")]
    assert any("No upper limit" in each for each in said)
    assert any("To rent" in each for each in said)


async def test_an_unknown_place_is_said_and_others_offered(client: httpx.AsyncClient) -> None:
    page = await get(client, "/homes?property_type=flat&locality_preference=Sectro+1377")
    assert "We do not know a place called Sectro 1377" in text(page, ".none")


async def test_plain_words_become_answers_that_can_be_changed(client: httpx.AsyncClient) -> None:
    page = await get(client, "/homes?q=3bhk+in+sector+137+under+60+lakh+east+facing+xyzzy")
    chips = [" ".join(chip.text().split()) for chip in page.css(".answers .chip")]
    assert chips == ["Budget: Up to ₹60 L", "Type: Flat", "Wish: 3 BHK", "Wish: Sector 137"]
    understood = text(page, ".understood")
    assert "Not understood: xyzzy." in understood
    assert "east facing" in understood
    # The kept address says the same without the sentence.
    href = the(page, "link[rel=canonical]").attributes["href"] or ""
    assert dict(parse_qsl(urlsplit(href).query)) == {
        "property_type": "flat",
        "budget_max": "6000000",
        "bhk": "3",
        "locality_preference": "Sector 137",
    }


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("property_type=flat&budget_min=9000000&budget_max=8000000", "the highest above the lowest"),
        ("property_type=castle", "One of the answers"),
        ("budget_max=" + "9" * 5000, "two amounts in rupees"),
        ("q=hello+there", "Name a budget, a type"),
    ],
)
async def test_what_cannot_be_searched_for_is_asked_again(client: httpx.AsyncClient, query: str, said: str) -> None:
    page = await get(client, f"/homes?{query}", status=422)
    assert said in text(page, ".refused")
    assert page.css_first("form#ask") is not None


async def test_in_hindi_the_same_page(client: httpx.AsyncClient) -> None:
    page = await get(client, "/homes?property_type=flat&budget_max=6000000", language="hi-IN")
    assert text(page, "h1") == "आपके जवाबों पर 6 फ़्लैट मिले"
    assert "₹60 लाख तक" in text(page, ".answers")
    assert text(await get(client, "/", language="hi"), ".sum").startswith("फ़्लैट, किसी भी दाम पर.")


async def test_what_a_listing_says_is_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/homes?property_type=villa", headers=HTML)
    assert "A &lt;b&gt;villa&lt;/b&gt;" in answer.text
    typed = await client.get("/homes?property_type=flat&locality_preference=%22%3E%3Cscript%3E", headers=HTML)
    assert "<script>" not in typed.text.replace('<script src="', "")


async def test_results_are_kept_ready_until_a_home_changes(
    client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    path = "/homes?property_type=villa"
    first = (await get(client, path)).html
    statements.clear()
    assert (await get(client, path)).html == first
    assert statements == []
    async with unit_of_work(database) as session:
        await make_properties(session, [{"property_type": PropertyType.VILLA}])
    assert text(await get(client, path), "h1") == "2 villas match your answers"


async def recorded(app: FastAPI, database: Database) -> list[tuple[EventType, Any]]:
    await app.state.events.write()
    async with database.read() as session:
        rows = await session.scalars(select(AnalyticsEvent).order_by(AnalyticsEvent.id))
        return [(row.event_type, row.payload.get("change") or row.payload.get("results")) for row in rows]


async def test_a_search_is_recorded_once_and_with_the_suggestion_it_followed(
    app: FastAPI, client: httpx.AsyncClient, database: Database, headers: dict[UserRole, dict[str, str]]
) -> None:
    path = "/homes?property_type=flat&budget_max=4900000"
    program = await get(client, path)
    client.headers["User-Agent"] = BROWSER
    token = headers[UserRole.AGENT]["Authorization"].removeprefix("Bearer ")
    await client.get(path, headers=HTML | {"Cookie": f"session={token}"})
    asking = ["/", "/count?property_type=flat", "/homes/change/type?property_type=flat", "/homes?property_type=castle"]
    further = ["/homes/more?property_type=flat", "/homes?property_type=flat&page=2"]
    for each in (*asking, *further):
        await client.get(each, headers=HTML)
    assert await recorded(app, database) == []

    link = the(program, ".sugg a").attributes["href"] or ""
    change = dict(parse_qsl(urlsplit(link).query))["suggestion"]
    await get(client, path)
    followed = await get(client, link)
    canonical = the(followed, "link[rel=canonical]").attributes["href"] or ""
    assert canonical.removeprefix("http://casabricks.test") == link.removesuffix(f"&suggestion={change}")
    assert "suggestion=" not in "".join(each.attributes["href"] or "" for each in followed.css(".answers a, .pages a"))
    unheard = await client.get("/homes?property_type=flat&suggestion=luck", headers=HTML)
    assert (unheard.status_code, unheard.headers["location"]) == (303, "/homes?property_type=flat")
    assert await recorded(app, database) == [
        *((EventType.SEARCH_PERFORMED, 0), (EventType.SEARCH_PERFORMED, 3), (EventType.SUGGESTION_TAKEN, change))
    ]


def test_a_card_rendered_before_a_figure_was_added_is_shown() -> None:
    parts: Any = environment(Language.ENGLISH).get_template("parts/homes.html").module
    old = {"vastu_score": 60, "natural_light_score": 92, "price_vs_market": "average"}
    assert len(Html(parts.meters({"key_metrics": old})).css(".unk")) == 2


def test_every_home_stands_in_one_column() -> None:
    def bar(price_from: int | None, price_to: int | None, count: int) -> HistogramBar:
        return HistogramBar(price_from=price_from, price_to=price_to, count=count)

    steps = [20, 30, 40, 50]
    bars = [bar(None, 20, 3), bar(20, 30, 5), bar(30, 40, 7), bar(40, 50, 11), bar(50, None, 2)]
    shown = columns(bars, steps)
    assert [each.count for each in shown] == [8, 7, 13]
    assert [each.count for each in bars] == [3, 5, 7, 11, 2]
    assert homes_per_brick(shown) == 1
    drawn = Html(histogram(shown, [20, 35, 50], 25, 40, "Prices"))
    assert [each.attributes["data-to"] for each in drawn.css("rect[data-from]")] == ["0.67", "1.33", "2"]
    drawn = Html(histogram(shown, steps, 25, 40, "Prices"))
    assert [each.attributes["class"] for each in drawn.css("rect[data-from]")] == ["in", "in", "out"]


async def test_areas_are_told_in_the_unit_that_was_chosen(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/preferences",
        data={"unit": "gaj", "back": "/homes?property_type=flat"},
        headers=HTML | {"Sec-Fetch-Site": "same-origin"},
    )
    page = await get(client, answer.headers["location"])
    card = page.css(".card")[0]
    # 1,400 sq ft at ₹98 lakh.
    assert "156\xa0gaj\xa0super built-up" in the(card, ".where").text()
    assert the(card, ".ppsf").text() == "₹63,000\xa0/\xa0gaj super built-up"
    assert text(page, '.liking [aria-pressed="true"][name=unit]') == "sq yd (gaj)"
    home = await get(client, the(card, "h2 a").attributes["href"] or "")
    assert text(home, ".facts dd") == "156 gaj 1,400 sq ft · 130 sq m"
    await client.post("/preferences", data={"unit": "acre"}, headers=HTML | {"Sec-Fetch-Site": "same-origin"})
    assert client.cookies["unit"] == "gaj"
