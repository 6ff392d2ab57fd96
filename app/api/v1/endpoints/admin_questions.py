"""How the guided questions are asked. For super admins."""

from fastapi import APIRouter, Request, Response

from app.api.caching import listed
from app.api.dependencies import IfMatch, PlacesDep, ReadSessionDep, SuperAdminDep, WriteSessionDep
from app.api.errors import problems
from app.schemas.questions import QuestionsConfig, StoredQuestions
from app.services import questions

router = APIRouter(prefix="/admin/questions", tags=["admin: questions"], responses=problems(401, 403, 503))


def versioned(response: Response, stored: StoredQuestions) -> StoredQuestions:
    response.headers["ETag"] = questions.tag_of(stored)
    response.headers["Cache-Control"] = "no-store"
    return stored


@router.get("", summary="How the questions are asked", response_model=StoredQuestions)
async def read(_: SuperAdminDep, response: Response, session: ReadSessionDep) -> StoredQuestions:
    """Everything that can be set, also what is as shipped. The `ETag` names the version. For super admins."""
    return versioned(response, await questions.read(session))


@router.put(
    "",
    summary="Set how the questions are asked",
    response_model=StoredQuestions,
    responses=problems(408, 412, 413, 415, 422),
)
async def replace(
    body: QuestionsConfig,
    request: Request,
    response: Response,
    current: SuperAdminDep,
    session: WriteSessionDep,
    places: PlacesDep,
    _: IfMatch = None,
) -> StoredQuestions:
    """Words in both languages, order and hiding of options, ends and steps of the sliders; what is left out becomes as
    shipped. `GET /search/questions` asks so at once. For super admins.
    """
    known, if_match = await places.known(), listed(request, "if-match")
    return versioned(response, await questions.replace(session, current.actor, known, body, if_match))
