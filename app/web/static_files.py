"""The route that serves what assets.py holds."""

from fastapi import APIRouter, Request, Response

from app.core.exceptions import NotFoundError
from app.infrastructure.storage.keys import FOR_EVER
from app.web.assets import PREFIX, assets

router = APIRouter()


@router.get(PREFIX + "{name:path}", include_in_schema=False)
async def static_file(request: Request) -> Response:
    """A style, script, font or picture of the pages; another content has another address."""
    asset = assets().at(request.url.path)
    if asset is None:
        raise NotFoundError("There is no such file")
    headers = {"Cache-Control": FOR_EVER}
    body = asset.body
    if asset.gzipped is not None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"], body = "gzip", asset.gzipped
    return Response(body, media_type=asset.media_type, headers=headers)
