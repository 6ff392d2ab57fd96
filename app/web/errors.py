"""Errors as pages, for browsers; the API's clients get them as problem+json (app/api/errors.py)."""

from math import ceil

from fastapi import Request, Response
from starlette.types import Scope

from app.web.pages import page

# With words of their own in the texts; any other status is told by its title and detail.
TOLD = {403, 404, 422, 429, 500, 503}
TOO_MANY = 429


def error_page(scope: Scope, status: int, title: str, detail: str, headers: dict[str, str]) -> Response:
    request_id = scope.get("state", {}).get("request_id", "")
    response = page(
        Request(scope),
        "error.html",
        status=status,
        told=status if status in TOLD else None,
        title=title,
        detail=detail,
        wait_minutes=ceil(int(headers["Retry-After"]) / 60)
        if status == TOO_MANY and "Retry-After" in headers
        else None,
        request_id=request_id,
    )
    response.headers.update(headers)
    return response
