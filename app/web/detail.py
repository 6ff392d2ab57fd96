"""The page of one home, and the parts of it that a visitor turns: the sun's month, the map's reach, the loan."""

import asyncio
import io
from enum import IntEnum
from typing import Annotated, Any
from uuid import UUID

import segno
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from markupsafe import Markup
from pydantic import Field, ValidationError

from app.api.caching import public
from app.api.dependencies import cache_of, events_of, places_of, reads_of
from app.api.dependencies import visitor_of as counted_visitor
from app.core.exceptions import NoSuchListingError
from app.core.sun import sun_table
from app.core.vocabulary import Language
from app.schemas.costs import CostQuery, Costs
from app.services import costs, home_view, ready
from app.services.figures import compass, nearby, price
from app.services.figures.compass_dial import Compass, Mode
from app.services.figures.nearby_map import Nearby
from app.services.figures.price_chart import lay
from app.services.figures.price_evidence import PriceEvidence
from app.services.figures.theme import PAGES
from app.services.sun.compass import compass as compass_widget
from app.services.widgets import compass_of, find_compass, find_nearby, nearby_of
from app.web.ask import blank
from app.web.drawings.pen import drawn
from app.web.pages import Visitor, origin_of, page, results_before, visitor_of
from app.web.structured import home_as_linked_data

router = APIRouter()
A_DAY = 24 * 3600


class Reach(IntEnum):
    """Metres to the rim of the map."""

    ONE_KILOMETRE = 1000
    TWO_KILOMETRES = 2000


class Looks(CostQuery):
    """How a visitor turned the figures; what is left out is as usual."""

    mode: Mode = Mode.HEAT
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    reach_m: Reach = Reach.TWO_KILOMETRES

    def turned(self) -> dict[str, Any]:
        """What is not as usual, for the other forms of the page to keep."""
        return self.model_dump(exclude_unset=True)


async def looks(request: Request) -> Looks:
    """Raises RequestValidationError. Fields left empty are as usual; what others add to an address is passed over."""
    given = {name: value for name, value in request.query_params.items() if value and name in Looks.model_fields}
    try:
        return Looks(**given)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("query", *each["loc"])} for each in error.errors()]) from None


LooksDep = Annotated[Looks, Depends(looks)]


def sun(figure: Compass, language: Language) -> dict[str, Any]:
    """What parts/sun.html shows."""
    widget = compass_widget(figure.property_type, figure.entrance, figure.windows).widget
    return {
        "compass": figure,
        "compass_drawn": drawn(compass.drawing(figure, PAGES[language])),
        "facing": widget,
        "sun_month": sun_table().months[figure.month - 1],
    }


def around(figure: Nearby, language: Language) -> dict[str, Any]:
    """What parts/around.html shows."""
    return {
        "around": figure,
        "around_drawn": drawn(nearby.drawing(figure, PAGES[language])),
        "away": lambda place: nearby.away(figure, place, language),
    }


def what_it_costs(found: Costs, *, refused: bool) -> dict[str, Any]:
    """What parts/costs.html shows."""
    return {"costs": found, "costs_refused": refused}


@router.get("/homes/{property_id:uuid}", include_in_schema=False)
async def detail(property_id: UUID, request: Request, chosen: LooksDep) -> Response:
    """Everything about one home; without scripts its forms come back here with what was chosen."""
    reads, language = reads_of(request), visitor_of(request).language
    try:
        media_url = request.app.state.settings.media_url
        gathered = await ready.home(cache_of(request), reads, property_id, media_url, language)
    except NoSuchListingError as error:
        return page(request, "gone.html", status=error.status, homes=await home_view.instead(reads, property_id))
    events_of(request).viewed(counted_visitor(request), property_id)
    shown = home_view.view(property_id, gathered, chosen, language)
    address = f"{origin_of(request)}/homes/{property_id}"
    return page(
        request,
        "detail.html",
        home=shown.home,
        card=shown.card,
        prices=shown.prices,
        similar=shown.similar,
        homes_per_brick=lay(shown.evidence).homes_per_brick if shown.evidence else None,
        evidence_drawn=_price_drawn(shown.evidence, visitor_of(request)) if shown.evidence else None,
        looks=chosen,
        address=address,
        shared=f"{address}?language={language}" if language is not Language.ENGLISH else address,
        linked_data=home_as_linked_data(shown.home, address),
        form=blank(request, property_id),
        results=results_before(request),
        **sun(compass_of(shown.facings, mode=chosen.mode, month=chosen.month), language),
        **around(await nearby_of(places_of(request), shown.surroundings, reach_m=chosen.reach_m), language),
        **what_it_costs(shown.costs, refused=shown.costs_refused),
    )


def _price_drawn(evidence: PriceEvidence, visitor: Visitor) -> Markup:
    return drawn(price.drawing(evidence.per(visitor.unit), PAGES[visitor.language]))


@router.get("/homes/{property_id:uuid}/sun", include_in_schema=False)
async def sun_part(property_id: UUID, request: Request, chosen: LooksDep) -> Response:
    """The compass of a month, by heat or daylight."""
    figure = await find_compass(reads_of(request), property_id, mode=chosen.mode, month=chosen.month)
    return page(
        request, "parts/sun.html", home={"id": property_id}, looks=chosen, **sun(figure, visitor_of(request).language)
    )


@router.get("/homes/{property_id:uuid}/around", include_in_schema=False)
async def around_part(property_id: UUID, request: Request, chosen: LooksDep) -> Response:
    """The map to 1 or 2 km."""
    figure = await find_nearby(reads_of(request), places_of(request), property_id, reach_m=chosen.reach_m)
    shown = around(figure, visitor_of(request).language)
    return page(request, "parts/around.html", home={"id": property_id}, looks=chosen, **shown)


@router.get("/homes/{property_id:uuid}/costs", include_in_schema=False)
async def costs_part(property_id: UUID, request: Request, chosen: LooksDep) -> Response:
    """The month and the sheet under the visitor's figures."""
    language = visitor_of(request).language
    found, refused = await costs.read_leniently(reads_of(request), property_id, chosen, language)
    told = what_it_costs(found, refused=refused)
    return page(request, "parts/costs.html", home={"id": property_id}, looks=chosen, **told)


@router.get("/homes/{property_id:uuid}/qr.svg", include_in_schema=False)
async def qr_code(property_id: UUID, request: Request) -> Response:
    """The page's address, for another phone's camera."""
    drawing = await asyncio.to_thread(_qr_code, f"{origin_of(request)}/homes/{property_id}")  # 20 ms
    return public(request, drawing, "image/svg+xml", max_age_seconds=A_DAY)


def _qr_code(address: str) -> bytes:
    """Black on white in either theme, as cameras expect it."""
    drawing = io.BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", scale=4, border=3, light="white", xmldecl=False)
    return drawing.getvalue()
