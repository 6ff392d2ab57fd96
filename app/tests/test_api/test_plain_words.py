"""Guided search and count by a sentence: the same answers as without it, and what was understood beside them."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import ListingType, PropertyType
from app.tests.conftest import RememberedPlaces, Statements
from app.tests.factories import make_properties, sector_id
from app.tests.test_api.test_errors import check_problem

GUIDED, COUNT = "/api/v1/search/guided", "/api/v1/search/count"
EXAMPLE = "3bhk near sector 137 metro under 1.2 cr east facing"
REQUIRED = {"budget_min", "budget_max", "property_type"}


async def ask(client: httpx.AsyncClient, path: str = GUIDED, **body: Any) -> dict[str, Any]:
    response = await client.post(path, json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest_asyncio.fixture(autouse=True)
async def homes(database: Database) -> None:
    async with unit_of_work(database) as session:
        there = {"sector_id": await sector_id(session)}
        await make_properties(
            session,
            [
                *(there | {"price": 8_000_000 + number} for number in range(7)),
                there | {"price": 12_000_001},
                there | {"bhk": 2},
                {"sector_id": await sector_id(session, "sector-62")},
                there | {"property_type": PropertyType.VILLA},
                there | {"listing_type": ListingType.RENT, "price": 25_000, "bhk": 2},
            ],
        )


async def test_a_sentence_is_a_search(client: httpx.AsyncClient) -> None:
    answer = await ask(client, q=EXAMPLE)
    assert answer["total_count"] == len(answer["results"]) == 7
    assert answer["filters_applied"] | {"place": None} == {
        "listing_type": "sale",
        "property_type": "flat",
        "budget_min": 0,
        "budget_max": 12_000_000,
        "bhk": 3,
        "place": None,
    }
    assert answer["filters_applied"]["place"]["name"] == "Sector 137 metro"
    understood = answer["understood"]
    assert {
        "answer": "budget_max",
        "value": 12_000_000,
        "label": "up to ₹1.2 Cr",
        "text": "under 1.2 cr",
        "assumed": False,
    } in understood["chips"]
    assert [each["text"] for each in understood["not_used"]] == ["east facing"]
    assert understood["not_understood"] == []


@pytest.mark.parametrize(
    "q", [EXAMPLE, "2bhk for rent below 30k", "villa sector 137 qwerty", "2/3 bhk flat", "flat sector 62 or sector 137"]
)
async def test_the_chips_sent_as_answers_are_the_same_search(client: httpx.AsyncClient, q: str) -> None:
    by_words = await ask(client, q=q)
    answers = {chip["answer"]: chip["value"] for chip in by_words["understood"]["chips"]}
    by_answers = await ask(client, **answers)
    assert by_answers.pop("understood") is None
    by_words.pop("understood")
    assert by_answers == by_words
    count = await ask(client, COUNT, q=q)
    assert (count["count"], count["filters_applied"]) == (by_words["total_count"], by_words["filters_applied"])
    assert count["understood"] == (await ask(client, q=q))["understood"]


async def test_answers_beside_the_words_go_first(client: httpx.AsyncClient) -> None:
    answer = await ask(client, q="3bhk under 1.2 cr", bhk=2, listing_type="rent", budget_max=30_000, per_page=5)
    assert (answer["total_count"], answer["per_page"]) == (1, 5)
    assert (answer["filters_applied"]["bhk"], answer["filters_applied"]["listing_type"]) == (2, "rent")
    assert [each["text"] for each in answer["understood"]["not_used"]] == ["3bhk", "under 1.2 cr"]
    complete: dict[str, Any] = {"budget_min": 0, "budget_max": 20_000_000, "property_type": "flat"}
    answer = await ask(client, q="qwerty", **complete)
    assert answer["understood"] == {"chips": [], "not_understood": ["qwerty"], "not_used": []}
    assert answer["total_count"] == 10


async def test_a_suggestion_is_a_request_without_words(client: httpx.AsyncClient) -> None:
    answer = await ask(client, q="2bhk flat in sector 62 under 2 cr")
    assert answer["total_count"] == 0
    offered = answer["suggestions"]
    assert {offer["change"] for offer in offered} >= {"bhk", "locality_preference"}
    for offer in offered:
        assert "q" not in offer["request"]
        assert (await ask(client, **offer["request"]))["total_count"] == offer["count"]


async def test_without_words_nothing_is_said_about_them(client: httpx.AsyncClient) -> None:
    answers: dict[str, Any] = {"budget_min": 0, "budget_max": 20_000_000, "property_type": "flat"}
    assert await ask(client, **answers, q=None) == await ask(client, **answers)
    for path in (GUIDED, COUNT):
        assert (await ask(client, path, **answers))["understood"] is None


async def test_without_words_the_answers_stay_required(client: httpx.AsyncClient) -> None:
    for body in ({}, {"q": None}):
        problem = check_problem(await client.post(GUIDED, json=body), 422)
        assert {(*error["loc"], error["type"]) for error in problem["errors"]} == {
            ("body", name, "missing") for name in REQUIRED
        }
    problem = check_problem(await client.post(GUIDED, json={"budget_min": None, "bhk": 0}), 422)
    assert {error["loc"][-1] for error in problem["errors"]} == REQUIRED | {"bhk"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (GUIDED, {"q": ""}, "q"),
        (GUIDED, {"q": "hello qwerty"}, "q"),
        (GUIDED, {"q": "hello qwerty", "budget_max": 5_000_000}, "q"),
        *((path, {"q": "above 2 cr under 1 cr"}, "q") for path in (GUIDED, COUNT)),
        *((path, {"q": "under 1 cr", "budget_min": 20_000_000}, "q") for path in (GUIDED, COUNT)),
        *((path, {"q": "x" * 201}, "q") for path in (GUIDED, COUNT)),
        *((path, {"q": 3}, "q") for path in (GUIDED, COUNT)),
        *((path, {"q": "3bhk \x00"}, "q") for path in (GUIDED, COUNT)),
        *((path, {"q": "3bhk \u202e"}, "q") for path in (GUIDED, COUNT)),
        *((path, {"q": "plot", "bhk": 2}, "bhk") for path in (GUIDED, COUNT)),
        (GUIDED, {"q": "3bhk", "budget_min": "1"}, "budget_min"),
        (GUIDED, {"q": "3bhk", "page": 2}, "page"),
        (GUIDED, {"q": "3bhk", "extra": 2}, "extra"),
    ],
)
async def test_what_cannot_be_asked_is_named(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], field: str
) -> None:
    problem = check_problem(await client.post(path, json=body), 422)
    assert [error["loc"] for error in problem["errors"]] == [["body", field]]


async def test_words_that_are_no_answer_are_refused_with_their_reason(client: httpx.AsyncClient) -> None:
    problem = check_problem(await client.post(GUIDED, json={"q": "near metro or 2/3 bhk"}), 422)
    assert problem["detail"].endswith("; metro: say which metro station; 2/3 bhk: only one BHK can be asked")


@pytest.mark.parametrize("numbers", ["1 " * 100, " ".join(map(str, range(60)))])
async def test_reasons_are_told_once_and_not_without_end(client: httpx.AsyncClient, numbers: str) -> None:
    problem = check_problem(await client.post(GUIDED, json={"q": numbers}), 422)
    assert 1 <= problem["detail"].count("a number without its unit") <= 3


async def test_words_count_no_further_statements(
    client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    await RememberedPlaces(database).known()
    for path, body, expected in (
        (GUIDED, {"q": EXAMPLE}, 1),
        (GUIDED, {"q": "4bhk sector 137"}, 2),
        (COUNT, {"q": EXAMPLE}, 2),
    ):
        statements.clear()
        await ask(client, path, **body)
        assert len(statements) == expected


async def test_counting_while_typing_never_needs_a_whole_sentence(client: httpx.AsyncClient) -> None:
    for end in range(len(EXAMPLE) + 1):
        await ask(client, COUNT, q=EXAMPLE[:end])
    nothing_said = await ask(client, COUNT, q="qwer")
    assert nothing_said["count"] == (await ask(client, COUNT))["count"]
