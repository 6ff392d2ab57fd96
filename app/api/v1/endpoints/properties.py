from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.api.caching import NOT_MODIFIED, public_json
from app.api.dependencies import cache_of, events_of, reads_of, visitor_of
from app.api.errors import problems
from app.schemas.comparison import Prices, Similar
from app.schemas.costs import CostQuery, Costs
from app.schemas.property_detail import PropertyDetail
from app.services import comparables, costs, ready

router = APIRouter(prefix="/properties", tags=["properties"])


@router.get(
    "/{property_id}",
    summary="Everything about one home",
    response_model=PropertyDetail,
    responses={304: {"description": "Unchanged"}, **problems(404, 422, 503)},
)
async def detail(property_id: UUID, request: Request) -> Response:
    """All that is known about a listed home; what is not known is null, and `unknown` says why."""
    media_url = request.app.state.settings.media_url
    answer = await ready.detail(cache_of(request), reads_of(request), property_id, media_url)
    response = public_json(request, answer, max_age_seconds=60)
    if response.status_code != NOT_MODIFIED:
        events_of(request).viewed(visitor_of(request), property_id)
    return response


@router.get(
    "/{property_id}/similar",
    summary="The homes it is compared with",
    response_model=Similar,
    responses={304: {"description": "Unchanged"}, **problems(404, 422, 503)},
)
async def similar(property_id: UUID, request: Request) -> Response:
    """Up to 12 of its comparables as cards, the most alike first, and up to 200 as points of area against price."""
    return public_json(request, await comparables.similar(reads_of(request), property_id), max_age_seconds=60)


@router.get(
    "/{property_id}/prices",
    summary="What it asked before, and the median of its segment by month",
    response_model=Prices,
    responses={304: {"description": "Unchanged"}, **problems(404, 422, 503)},
)
async def prices(property_id: UUID, request: Request) -> Response:
    """Every price it asked since it was listed, and month by month the median asked for such homes in its sector."""
    return public_json(request, await comparables.prices(reads_of(request), property_id), max_age_seconds=60)


@router.get(
    "/{property_id}/costs",
    summary="What a home costs, a month and on paper",
    response_model=Costs,
    responses={304: {"description": "Unchanged"}, **problems(404, 422, 503)},
)
async def cost(property_id: UUID, query: Annotated[CostQuery, Query()], request: Request) -> Response:
    """What a buyer pays beside the price, by dated and sourced rates, and the monthly instalment of a loan."""
    answer = await costs.read(reads_of(request), property_id, query)
    return public_json(request, answer.model_dump_json().encode(), max_age_seconds=60)
