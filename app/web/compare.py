"""Homes side by side; the address holds their ids, so that it can be shared."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from app.api.dependencies import cache_of, reads_of
from app.services import ready, side_by_side
from app.web.pages import page, results_before
from app.web.saved import MOST

router = APIRouter()


@router.get("/compare", include_in_schema=False)
async def compare(
    request: Request, ids: Annotated[list[UUID] | None, Query(alias="id", max_length=MOST)] = None
) -> Response:
    """Up to four; what is alike is folded away."""
    asked = list(dict.fromkeys(ids or []))
    chosen = asked[: side_by_side.MOST]
    homes = await side_by_side.read(reads_of(request), chosen, request.app.state.settings.media_url)
    found = side_by_side.rows(homes) if len(homes) > 1 else []
    return page(
        request,
        "compare.html",
        homes=homes,
        results=results_before(request),
        names=orjson.loads(await ready.type_names(cache_of(request), reads_of(request))),
        differing=[row for row in found if row.differs],
        alike=[row for row in found if not row.differs and row.is_known],
        gone=len(chosen) - len(homes),
        too_many=len(asked) - len(chosen),
        without={
            str(home["id"]): "/compare?" + urlencode([("id", each["id"]) for each in homes if each is not home])
            for home in homes
        },
        link="/compare?" + urlencode([("id", home["id"]) for home in homes]),
    )
