"""Forms come from our own pages only: docs/decisions/0029-pages.md says why no token is needed."""

from collections.abc import AsyncIterator

from fastapi import Request

from app.api.errors import is_form
from app.core.exceptions import ForbiddenError, UnsupportedMediaTypeError

SAFE = {"GET", "HEAD", "OPTIONS"}


async def refuse_foreign_forms(request: Request) -> None:
    """Raises ForbiddenError for a write that a page of another site sent, and for one that does not say who sent it."""
    if request.method in SAFE:
        return
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        ours = fetch_site in {"same-origin", "none"}
    else:  # browsers before 2023
        origin = request.headers.get("origin", "")
        ours = origin.partition("://")[2] == request.headers.get("host")
    if not ours:
        raise ForbiddenError("This form was not sent from our own page; open the page and send it again")


async def forms_only(request: Request) -> AsyncIterator[None]:
    """Raises UnsupportedMediaTypeError for another body, of which a page would see no field.

    Closes the files that came in a form, also those that nobody asked for.
    """
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if has_body and not is_form(request):
        raise UnsupportedMediaTypeError("A form is sent as application/x-www-form-urlencoded or multipart/form-data")
    yield
    await request.close()
