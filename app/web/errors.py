"""Errors as pages, for browsers; the API's clients get them as problem+json (app/api/errors.py)."""

from collections.abc import Mapping
from math import ceil

from fastapi import Request, Response
from starlette.types import Scope

from app.web.pages import is_partial, page

# With words of their own in the texts; any other status is told by its title and detail.
TOLD = {403, 404, 422, 429, 500, 503}
TOO_MANY = 429
# Beside what is there already, which keeps what was typed.
AT_THE_FOOT = {"HX-Retarget": "body", "HX-Reswap": "beforeend"}


def minutes_to_wait(headers: Mapping[str, str]) -> int:
    return ceil(int(headers["Retry-After"]) / 60)


def error_page(scope: Scope, status: int, title: str, detail: str, headers: dict[str, str]) -> Response:
    """For a part of a page, a word about it at the foot of the window."""
    request = Request(scope)
    part = is_partial(request)
    response = page(
        request,
        "parts/problem.html" if part else "error.html",
        status=status,
        told=status if status in TOLD else None,
        title=title,
        detail=detail,
        wait_minutes=minutes_to_wait(headers) if status == TOO_MANY and "Retry-After" in headers else None,
        request_id=scope.get("state", {}).get("request_id", ""),
    )
    response.headers.update(headers | AT_THE_FOOT if part else headers)
    return response
