"""The home page: three questions, and a street that lights up with the answers."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from app.api.dependencies import places_of, reads_of
from app.api.errors import prefers_page
from app.config.settings import Settings
from app.core.vocabulary import ListingType
from app.schemas.base import MAX_RUPEES
from app.schemas.health import Status, Welcome
from app.schemas.search import CountRequest
from app.services import health
from app.services.asking import Asked, ask
from app.web.answers import given, written
from app.web.drawings.histogram import columns, histogram, homes_per_brick
from app.web.drawings.street import homes_per_window
from app.web.pages import page

router = APIRouter(tags=["health"])
BUDGET = {"budget_min", "budget_max"}


@router.get(
    "/",
    summary="Name, version and links; for a browser the home page",
    response_model=Welcome,
    responses={200: {"content": {"text/html": {}}}},
)
async def home(request: Request, response: Response) -> Response | Welcome:
    """What this is, and where to go on; `Accept: text/html` gets the home page."""
    if prefers_page(request.headers.get("accept", "")):
        return await questions_page(request, lenient(request))
    response.headers["Vary"] = "Accept"
    return _welcome(request.app.state.settings)


def _welcome(settings: Settings) -> Welcome:
    links = {"health": "/health", "questions": "/api/v1/search/questions"}
    if settings.docs_enabled:
        links |= {"docs": "/docs", "openapi": "/openapi.json"}
    return Welcome(name="CasaBricks", version=health.VERSION, status=Status.OK, links=links)


@router.get("/count", include_in_schema=False)
async def count(request: Request) -> Response:
    """The parts of the home page that change with an answer."""
    asked = await ask(reads_of(request), places_of(request), lenient(request))
    whole = request.query_params.get("part") != "said"
    return page(request, "parts/answered.html", whole=whole, **shown(asked))


def lenient(request: Request) -> CountRequest:
    """The answers so far but those that would be refused, since nothing was searched for yet."""
    answers = {name: value for name, value in given(request.query_params).items() if name not in {"page", "q"}}
    while True:
        try:
            return CountRequest(**answers)
        except ValidationError as error:
            refused = {each["loc"][0] for each in error.errors()}
            if refused & BUDGET:
                refused |= BUDGET
            answers = {name: value for name, value in answers.items() if name not in refused}


async def questions_page(
    request: Request, answers: CountRequest, *, status: int = 200, refused: str = "", words: str = ""
) -> Response:
    """The home page with these answers filled in; `refused` is what a search was not possible for (refusal_of)."""
    asked = await ask(reads_of(request), places_of(request), answers)
    wish = request.query_params.get("wish")
    return page(request, "home.html", status=status, refused=refused, words=words, wish=wish, **shown(asked))


def refusal_of(field: str) -> str:
    """Which text says what an answer must be like: home.refused_*."""
    return {"budget_min": "budget", "budget_max": "budget", "q": "q", "locality_preference": "place"}.get(
        field, "other"
    )


def shown(asked: Asked) -> dict[str, Any]:
    """What the templates of the questions draw."""
    answers = asked.answers
    scale = homes_per_window(asked.listed[asked.kind], asked.kind)
    bars = columns(asked.bars, asked.steps)
    return {
        "asked": asked,
        "answers": answers,
        "lit": {asked.kind: -(-asked.total // scale)},
        "homes_per_window": scale,
        "bars": bars,
        "homes_per_brick": homes_per_brick(bars),
        "histogram": histogram,
        "limited": answers.budget_min > 0 or answers.budget_max < MAX_RUPEES,
        "no_limit": MAX_RUPEES,
        "other_purpose": {
            purpose: written(CountRequest(listing_type=purpose, property_type=answers.property_type))
            for purpose in ListingType
        },
    }
