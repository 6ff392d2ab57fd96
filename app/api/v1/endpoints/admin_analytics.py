"""What visitors did, and how soon they were answered."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.dependencies import AdminDep, ReadSessionDep
from app.api.errors import problems
from app.core.clock import utc_now
from app.core.exceptions import InvalidInputError
from app.schemas.analytics import Analytics, AnalyticsQuery
from app.services import analytics

router = APIRouter(prefix="/admin/analytics", tags=["admin: analytics"])


@router.get(
    "",
    summary="Funnel, demand, views, response times and the enhancement queue",
    response_model=Analytics,
    responses=problems(
        InvalidInputError("date_to", "must not lie before date_from", location="query"), *(401, 403, 503)
    ),
)
async def figures(
    _: AdminDep, query: Annotated[AnalyticsQuery, Query()], response: Response, session: ReadSessionDep
) -> Analytics:
    """Of up to 366 days, the last seven unless said otherwise. For admins."""
    response.headers["Cache-Control"] = "no-store"
    return await analytics.read(session, query, utc_now())
