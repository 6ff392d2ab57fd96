"""The home page: three questions, and a street that lights up with the answers."""

from fastapi import APIRouter, Request, Response

from app.api.dependencies import SettingsDep
from app.api.errors import prefers_page
from app.config.settings import Settings
from app.schemas.health import Status, Welcome
from app.services import health
from app.web.pages import page

router = APIRouter(tags=["health"])


@router.get(
    "/",
    summary="Name, version and links; for a browser the home page",
    response_model=Welcome,
    responses={200: {"content": {"text/html": {}}}},
)
async def home(request: Request, response: Response, settings: SettingsDep) -> Response | Welcome:
    """What this is, and where to go on; `Accept: text/html` gets the home page."""
    if prefers_page(request.headers.get("accept", "")):
        return page(request, "home.html")
    response.headers["Vary"] = "Accept"
    return _welcome(settings)


def _welcome(settings: Settings) -> Welcome:
    links = {"health": "/health", "questions": "/api/v1/search/questions"}
    if settings.docs_enabled:
        links |= {"docs": "/docs", "openapi": "/openapi.json"}
    return Welcome(name="CasaBricks", version=health.VERSION, status=Status.OK, links=links)
