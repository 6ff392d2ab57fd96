"""What a person may ask the agency for."""

from fastapi import APIRouter, Response

from app.api.dependencies import SuperAdminDep, WriteSessionDep
from app.api.errors import problems
from app.schemas.privacy import Erasure, PersonQuery, PersonRecord
from app.services import privacy

router = APIRouter(
    prefix="/admin/privacy", tags=["admin: privacy"], responses=problems(401, 403, 408, 413, 415, 422, 503)
)


@router.post("/export", summary="Tell all that is stored about a person", response_model=PersonRecord)
async def export(
    body: PersonQuery, response: Response, current: SuperAdminDep, session: WriteSessionDep
) -> PersonRecord:
    """What was sent with exactly this phone number or e-mail address: have whoever asks show that it is theirs.

    A POST, so that the number stands in no address and no log. For super admins.
    """
    response.headers["Cache-Control"] = "no-store"
    return await privacy.export(session, current.actor, body)


@router.post("/erasure", summary="Erase a person", response_model=Erasure, responses=problems(409))
async def erase(body: PersonQuery, current: SuperAdminDep, session: WriteSessionDep) -> Erasure:
    """Name, phone, e-mail, message and notes go for good from all that was sent with this phone number or address.
    The inquiries stay, so that counts stay true. While one of them is open: 409. For super admins.
    """
    return await privacy.erase(session, current.actor, body)
