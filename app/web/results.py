"""The results page: the address is the search, so a link to it can be kept, shared and changed by hand."""

from typing import Any, get_args

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from app.api.dependencies import cache_of, events_of, places_of, reads_of, visitor_of
from app.core.exceptions import InvalidInputError
from app.core.vocabulary import PropertyType
from app.schemas.base import MAX_RUPEES
from app.schemas.search import CountRequest, GuidedSearchRequest, PlainWordsRequest, SuggestionChange
from app.services import ready
from app.services.asking import ask
from app.web.answers import given, written
from app.web.home import lenient, questions_page, refusal_of, shown
from app.web.pages import page, see_other
from app.web.zero import obstacles

router = APIRouter()
# Pages that follow each other by scrolling; then one link, so that the foot of the page can be reached.
SCROLLED_PAGES = 3
QUESTIONS = ("budget", "type", "wish")
CHANGES = get_args(SuggestionChange)


@router.get("/homes", include_in_schema=False)
async def homes(request: Request) -> Response:
    """The homes that match, best first; what a form sent is first written the one way it is linked to."""
    try:
        body = _search_of(request)
    except ValidationError as error:
        return await _ask_again(request, error)
    taken = request.query_params.get("suggestion")
    suggestion = taken if taken in CHANGES else None
    if isinstance(body, GuidedSearchRequest):
        address = written(body, page=body.page) + (f"&suggestion={suggestion}" if suggestion else "")
        if request.url.query != address:
            return see_other(f"/homes?{address}")
    try:
        answer = await _answer(request, body)
    except InvalidInputError as error:
        [problem] = error.extra["errors"]
        if isinstance(body, PlainWordsRequest) and problem["loc"][-1] != "page":
            refused = refusal_of(problem["loc"][-1])
            return await questions_page(request, CountRequest(), status=error.status, refused=refused, words=body.q)
        raise
    if body.page == 1:  # the further pages are of the same search
        events_of(request).searched(visitor_of(request), answer, suggestion)
    return page(request, "homes.html", names=await _names(request), **_found(answer, body))


@router.get("/homes/more", include_in_schema=False)
async def more(request: Request) -> Response:
    """The cards of one page, to follow those before it."""
    try:
        body = _search_of(request)
    except ValidationError:
        raise InvalidInputError("page", "is no page of these answers", location="query") from None
    return page(request, "parts/cards.html", **_found(await _answer(request, body), body))


@router.get("/homes/count", include_in_schema=False)
async def count_in_words(request: Request) -> Response:
    """What plain words would find, told while they are typed; nothing while they cannot be searched for."""
    try:
        body = PlainWordsRequest(q=request.query_params.get("q", ""))
        shown = _found(await _answer(request, body), body)
    except (ValidationError, InvalidInputError):
        shown = {"found": None}
    return page(request, "parts/in_words.html", **shown)


@router.get("/homes/change/{question}", include_in_schema=False)
async def change(question: str, request: Request) -> Response:
    """One question, to be answered anew without leaving the results."""
    if question not in QUESTIONS:
        raise InvalidInputError("question", f"must be one of {', '.join(QUESTIONS)}", location="path")
    asked = await ask(reads_of(request), places_of(request), lenient(request))
    return page(request, "parts/change.html", question=question, query=written(asked.answers), **shown(asked))


def _search_of(request: Request) -> GuidedSearchRequest | PlainWordsRequest:
    """Raises ValidationError."""
    answers = given(request.query_params)
    if "q" in answers:
        return PlainWordsRequest(q=answers["q"], page=answers.get("page", 1))
    usual = {"property_type": PropertyType.FLAT, "budget_min": 0, "budget_max": MAX_RUPEES}
    return GuidedSearchRequest(**usual | answers)


async def _ask_again(request: Request, error: ValidationError) -> Response:
    loc = error.errors()[0]["loc"]
    refused = refusal_of(str(loc[0]) if loc else "")
    words = request.query_params.get("q", "")
    return await questions_page(request, lenient(request), status=422, refused=refused, words=words)


async def _answer(request: Request, body: GuidedSearchRequest | PlainWordsRequest) -> bytes:
    return await ready.guided(cache_of(request), reads_of(request), places_of(request), body)


async def _names(request: Request) -> Any:
    """What the types are called; see ready.type_names."""
    return orjson.loads(await ready.type_names(cache_of(request), reads_of(request)))


def _found(answer: bytes, body: GuidedSearchRequest | PlainWordsRequest) -> dict[str, Any]:
    """The answer of guided search, its cards untouched, with the answers it was given for."""
    found = orjson.loads(answer)
    applied = found["filters_applied"]
    answers = GuidedSearchRequest(
        listing_type=applied["listing_type"],
        property_type=applied["property_type"],
        budget_min=applied["budget_min"],
        budget_max=applied["budget_max"],
        bhk=applied["bhk"],
        locality_preference=applied["place"]["typed"] if applied["place"] else None,
    )
    standing = [] if found["total_count"] else obstacles(answers, found["suggestions"])
    told = [each.way_out for each in standing]
    return {
        "found": found,
        "answers": answers,
        "obstacles": standing,
        "others": [each for each in found["suggestions"] if each not in told],
        "taken": lambda each: f"/homes?{written(answers, **each['request'])}&suggestion={each['change']}",
        "place": applied["place"],
        "words": body.q if isinstance(body, PlainWordsRequest) else None,
        "no_limit": MAX_RUPEES,
        "query": written(answers),
        "written": written,
        "page_address": lambda number: f"/homes?{written(answers, page=number)}",
        "scrolls_on": found["page"] % SCROLLED_PAGES != 0,
    }
