"""Pages to read: how each number is made, what is done with a person's data, where the data come from."""

import orjson
from fastapi import APIRouter, Request, Response

from app.services import method
from app.services.notices import present_notice
from app.web.pages import page, visitor_of

router = APIRouter()


@router.get("/method", include_in_schema=False)
async def methods(request: Request) -> Response:
    """The API's method document, for people."""
    found = orjson.loads(method.document(request.app.state.settings.rank_weights, visitor_of(request).language))
    return page(request, "method.html", method=found)


@router.get("/privacy", include_in_schema=False)
async def privacy(request: Request) -> Response:
    """The notice that consents name, and what else is kept of visitors."""
    settings = request.app.state.settings
    notice = present_notice(settings.inquiry_retention_days, visitor_of(request).language)
    return page(request, "privacy.html", notice=notice)


@router.get("/about", include_in_schema=False)
async def about(request: Request) -> Response:
    """Sources and credits."""
    return page(request, "about.html")
