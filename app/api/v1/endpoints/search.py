from fastapi import APIRouter, Request, Response

from app.api.caching import public_json
from app.api.dependencies import places_of, reads_of
from app.api.errors import problems
from app.schemas.search import (
    CountRequest,
    CountResponse,
    GuidedSearchRequest,
    GuidedSearchResponse,
    QuestionsResponse,
)
from app.services import search

router = APIRouter(prefix="/search", tags=["search"])


@router.get(
    "/questions",
    summary="The three guided questions",
    response_model=QuestionsResponse,
    responses={304: {"description": "Unchanged"}, **problems(503)},
)
async def questions(request: Request) -> Response:
    answer = await search.questions(reads_of(request), places_of(request))
    return public_json(request, answer.model_dump_json().encode(), max_age_seconds=60)


@router.post(
    "/guided",
    summary="Homes that match the answers, best first",
    response_model=GuidedSearchResponse,
    responses=problems(408, 413, 415, 422, 503),
)
async def guided(body: GuidedSearchRequest, request: Request) -> Response:
    return Response(await search.guided(reads_of(request), places_of(request), body), media_type="application/json")


@router.post(
    "/count",
    summary="How many match so far, and the slider's histogram",
    response_model=CountResponse,
    responses=problems(408, 413, 415, 422, 503),
)
async def count(body: CountRequest, request: Request) -> CountResponse:
    return await search.count(reads_of(request), places_of(request), body)
