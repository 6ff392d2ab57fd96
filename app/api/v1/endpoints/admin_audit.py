"""Who did what in the admin panel."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.dependencies import AdminDep, ReadSessionDep
from app.api.errors import problems
from app.schemas.audit import AuditPage, AuditQuery
from app.services import audit

router = APIRouter(prefix="/admin/audit", tags=["admin: audit"], responses=problems(401, 403, 422, 503))


@router.get("", summary="Who did what", response_model=AuditPage)
async def search(
    current: AdminDep, query: Annotated[AuditQuery, Query()], session: ReadSessionDep, response: Response
) -> AuditPage:
    """Every change made by staff and by commands, newest first, field by field; entries are never changed. For admins;
    what concerns accounts, erased persons and the questions only super admins see.
    """
    response.headers["Cache-Control"] = "no-store"
    return await audit.search(session, current.user.role, query)
