from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.api.caching import public_json
from app.api.dependencies import reads_of
from app.api.errors import problems
from app.schemas.property_detail import PropertyDetail
from app.services import listings

router = APIRouter(prefix="/properties", tags=["properties"])


@router.get(
    "/{property_id}",
    summary="Everything about one home",
    response_model=PropertyDetail,
    responses={304: {"description": "Unchanged"}, **problems(404, 422, 503)},
)
async def detail(property_id: UUID, request: Request) -> Response:
    """All that is known about a listed home; what is not known is null, and `unknown` says why."""
    return public_json(request, await listings.detail(reads_of(request), property_id), max_age_seconds=60)
