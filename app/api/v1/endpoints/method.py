from fastapi import APIRouter, Request, Response

from app.api.caching import public_json
from app.api.dependencies import SettingsDep
from app.schemas.method import MethodDocument
from app.services import method

router = APIRouter(prefix="/method", tags=["method"])


@router.get(
    "",
    summary="How each number is made",
    response_model=MethodDocument,
    responses={304: {"description": "Unchanged"}},
)
async def read(request: Request, settings: SettingsDep) -> Response:
    """Method, inputs, sources and limits of every figure this API gives, with the weights and rates in force."""
    return public_json(request, method.document(settings.rank_weights), max_age_seconds=3600)
