"""The figures of a home, drawn: SVG, or PNG to share."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from app.api.caching import public
from app.api.dependencies import PlacesDep, reads_of
from app.api.errors import problems
from app.infrastructure import raster
from app.services import widgets
from app.services.figures.compass_dial import Mode
from app.services.widgets import ThemeName

MAX_AGE_SECONDS = 300


class Extension(StrEnum):
    SVG = "svg"
    PNG = "png"


DRAWN: dict[int | str, dict[str, Any]] = {
    200: {"description": "The figure", "content": {"image/svg+xml": {}, "image/png": {}}},
    304: {"description": "Unchanged"},
    **problems(404, 422, 503),
}
router = APIRouter(
    prefix="/properties/{property_id}/widgets", tags=["properties"], default_response_class=Response, responses=DRAWN
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a figure is wanted."""

    request: Request
    extension: Extension
    theme: ThemeName
    width: int

    async def answer(self, svg: str) -> Response:
        if self.extension is Extension.SVG:
            body, media_type = svg.encode(), "image/svg+xml"
        else:
            body, media_type = await raster.png(svg, self.width), "image/png"
        return public(self.request, body, media_type, max_age_seconds=MAX_AGE_SECONDS)


def wanted(
    request: Request,
    extension: Extension,
    theme: ThemeName = ThemeName.LIGHT,
    width: Annotated[int, Query(ge=320, le=1600, description="Of a PNG, in pixels")] = 720,
) -> Wanted:
    return Wanted(request, extension, theme, width)


WantedDep = Annotated[Wanted, Depends(wanted)]


@router.get("/compass.{extension}", summary="The sun on the walls of a home")
async def compass(
    property_id: UUID,
    wanted: WantedDep,
    mode: Mode = Mode.HEAT,
    month: Annotated[int | None, Query(ge=1, le=12, description="This month unless given")] = None,
) -> Response:
    """The ring shows each wall's index, inside is the sun's path of the month; what is not known is hatched."""
    return await wanted.answer(
        await widgets.compass_figure(reads_of(wanted.request), property_id, wanted.theme, mode=mode, month=month)
    )


@router.get("/price.{extension}", summary="The price of a home among its comparables")
async def price(property_id: UUID, wanted: WantedDep) -> Response:
    """A brick a comparable, the middle half, the median and this home; 404 with the reason when nothing compares."""
    return await wanted.answer(await widgets.price_figure(reads_of(wanted.request), property_id, wanted.theme))


@router.get("/nearby.{extension}", summary="The places round a home")
async def nearby(
    property_id: UUID,
    wanted: WantedDep,
    places: PlacesDep,
    reach_m: Annotated[Literal[1000, 2000], Query(description="Metres to the rim")] = 2000,
) -> Response:
    """Places at their true bearing and straight-line distance; those beyond the rim stand dashed at its edge."""
    return await wanted.answer(
        await widgets.nearby_figure(reads_of(wanted.request), places, property_id, wanted.theme, reach_m=reach_m)
    )
