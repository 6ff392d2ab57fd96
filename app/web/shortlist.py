"""The shortlist: homes a visitor keeps, without an account, and the ways to add, remove and undo."""

from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from app.api.dependencies import reads_of
from app.services import home_view
from app.web.pages import is_partial, is_secure, page, see_other
from app.web.preferences import local_path
from app.web.saved import MOST, remember, saved_in

router = APIRouter()


class Change(BaseModel):
    model_config = ConfigDict(extra="forbid")

    home: UUID
    change: Literal["add", "remove"]
    back: str = "/shortlist"


@router.post("/shortlist", include_in_schema=False)
async def change(form: Annotated[Change, Form()], request: Request) -> Response:
    """Keep a home or let it go, and go back; to the shortlist with the way to undo it."""
    ids = [each for each in saved_in(request) if each != form.home]
    if form.change == "add":
        ids = [form.home, *ids][:MOST]
    back = local_path(form.back)
    if is_partial(request):
        response = page(request, "parts/saved.html", id=form.home, saved=ids, here=back)
    else:
        if back == "/shortlist" and form.change == "remove":
            back += "?" + urlencode({"removed": form.home})
        response = see_other(back)
    remember(response, ids, secure=is_secure(request.app.state.settings))
    return response


@router.get("/shortlist", include_in_schema=False)
async def shortlist(
    request: Request,
    removed: UUID | None = None,
    shared: Annotated[list[UUID] | None, Query(alias="id", max_length=MOST)] = None,
) -> Response:
    """The homes that are kept, or those of a link that somebody shared."""
    ids = list(dict.fromkeys(shared)) if shared else saved_in(request)
    cards = await home_view.cards(reads_of(request), ids)
    return page(
        request,
        "shortlist.html",
        homes=cards,
        gone=len(ids) - len(cards),
        is_shared=bool(shared),
        removed=removed,
        link="/shortlist?" + urlencode([("id", str(each)) for each in ids]),
    )
