from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from app.api.caching import public_json
from app.api.dependencies import cache_of, events_of, places_of, reads_of, visitor_of
from app.api.errors import problems
from app.schemas.asked_questions import QuestionsResponse
from app.schemas.search import (
    ANSWERS_EXAMPLE,
    WORDS_EXAMPLE,
    CountRequest,
    CountResponse,
    GuidedSearchBody,
    GuidedSearchResponse,
    SuggestionChange,
)
from app.services import ready, search

GuidedBody = Annotated[
    GuidedSearchBody,
    Body(
        openapi_examples={
            "answers": {"summary": "Three answers", "value": ANSWERS_EXAMPLE},
            "plain words": {"summary": "In plain words", "value": WORDS_EXAMPLE},
        }
    ),
]

TakenSuggestion = Annotated[
    SuggestionChange | None, Query(description="The `change` of the suggestion that this search follows; only counted")
]

router = APIRouter(prefix="/search", tags=["search"])


@router.get(
    "/questions",
    summary="The three guided questions",
    response_model=QuestionsResponse,
    responses={304: {"description": "Unchanged"}, **problems(503)},
)
async def questions(request: Request) -> Response:
    """Texts in English and Hindi, options with their counts, and the budget slider of each purpose: as admins have them
    asked, with the figures of the homes listed now.
    """
    answer = await ready.questions(cache_of(request), reads_of(request), places_of(request))
    return public_json(request, answer, max_age_seconds=60)


@router.post(
    "/guided",
    summary="Homes that match the answers, best first",
    response_model=GuidedSearchResponse,
    responses=problems(408, 413, 415, 422, 503),
)
async def guided(body: GuidedBody, request: Request, suggestion: TakenSuggestion = None) -> Response:
    """Exactly what was asked for, a page at a time, each home with the reasons for its place in the order.

    When fewer than 6 match, `suggestions` says what one changed answer would show; each holds the request to send.
    """
    answer = await ready.guided(cache_of(request), reads_of(request), places_of(request), body)
    if body.page == 1:  # the further pages are of the same search
        events_of(request).searched(visitor_of(request), answer, suggestion)
    return Response(answer, media_type="application/json")


@router.post(
    "/count",
    summary="How many match so far, and the slider's histogram",
    response_model=CountResponse,
    responses=problems(408, 413, 415, 422, 503),
)
async def count(body: CountRequest, request: Request) -> CountResponse:
    """Of answers that may still be missing. The histogram is over all prices, so that the slider can be moved."""
    return await search.count(reads_of(request), places_of(request), body)
