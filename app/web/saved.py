"""The shortlist of a visitor: ids of homes in a cookie, nothing about the person."""

from uuid import UUID

from fastapi import Request, Response

COOKIE = "shortlist"
MOST = 24
A_YEAR = 365 * 24 * 3600


def saved_in(request: Request) -> list[UUID]:
    """The latest first. What is no id is passed over."""
    found: dict[UUID, None] = {}
    for part in request.cookies.get(COOKIE, "").split(".")[:MOST]:
        try:
            found[UUID(part)] = None
        except ValueError:
            continue
    return list(found)


def remember(response: Response, ids: list[UUID], *, secure: bool) -> None:
    """At most MOST, the latest of them."""
    value = ".".join(each.hex for each in ids[:MOST])
    response.set_cookie(COOKIE, value, max_age=A_YEAR, samesite="lax", httponly=True, secure=secure)
