"""Pictures of the local storage. Other storages serve theirs themselves."""

import re
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from app.api.caching import NOT_MODIFIED, etag_of, is_known
from app.api.dependencies import StorageDep
from app.api.errors import problems
from app.config.settings import MEDIA_PATH
from app.core.exceptions import NotFoundError
from app.infrastructure.storage.keys import FOR_EVER, KEY, TYPES
from app.infrastructure.storage.local import LocalStorage

router = APIRouter(tags=["pictures"])
ONE_RANGE = re.compile(rb"bytes=(?:(\d{1,12})-(\d{1,12})?|-[1-9]\d{0,11})")


@router.get(
    MEDIA_PATH + "{key:path}",
    summary="A stored picture",
    response_class=Response,
    responses={
        200: {"content": {media_type: {} for media_type in TYPES.values()}},
        206: {"description": "The part asked for"},
        304: {"description": "Unchanged"},
        **problems(404, 422, 503),
    },
)
async def picture(key: str, request: Request, storage: StorageDep) -> Response:
    """What an address shows never changes, so it may be kept for ever. Only where pictures are in a local folder."""
    path = Path(key)
    if not isinstance(storage, LocalStorage) or path.suffix not in TYPES or not KEY.fullmatch(key):
        raise _no_such()
    etag = etag_of(key.encode())
    headers = {"ETag": etag, "Cache-Control": FOR_EVER}
    stat = await storage.stat(key)
    if stat is None:
        raise _no_such()
    if is_known(request, etag):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    # A range may be ignored; Starlette would answer one that it cannot use with an error of its own form.
    request.scope["headers"] = [
        (name, value) for name, value in request.scope["headers"] if name != b"range" or _is_usable(value, stat.st_size)
    ]
    return FileResponse(storage.folder / path, headers=headers, media_type=TYPES[path.suffix], stat_result=stat)


def _is_usable(asked: bytes, size: int) -> bool:
    found = ONE_RANGE.fullmatch(asked)
    return found is not None and int(found[1] or 0) < size and int(found[2] or size) >= int(found[1] or 0)


def _no_such() -> NotFoundError:
    return NotFoundError("There is no such picture")
