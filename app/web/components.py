"""The component sheet: every part of the pages in every state, to look at while building. Not in production."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.core.vocabulary import PropertyType
from app.web.drawings.street import WINDOWS
from app.web.pages import page

router = APIRouter()
_HOME: dict[str, Any] = {
    "id": "01a20aad-dd51-72b3-ac1a-411bb39b1a11",
    "title": "3 BHK flat in Kachnar Court",
    "price": 11_200_000,
    "area_sqft": 1295,
    "area_basis": "carpet",
    "price_per_sqft": 8649,
    "locality": "Sector 137",
    "sector": "Sector 137",
    "bhk": 3,
    "property_type": "flat",
    "listing_type": "sale",
    "primary_image": None,
    "key_metrics": {
        "vastu_score": 60,
        "natural_light_score": 93,
        "heat_score": 70,
        "price_vs_market": "below_average",
        "price_position": {
            "difference_percentage": -12.2,
            "p25_percentage": -7,
            "p75_percentage": 9,
            "sample_size": 23,
        },
    },
    "reasons": ["12% below similar flats in Sector 137 (23 compared)", "650 m to Sector 137 metro"],
}
_UNKNOWN = dict.fromkeys(_HOME["key_metrics"])
_HOMES = [
    _HOME,
    _HOME | {"title": "2 BHK flat in Amaltas Court", "price": 7_400_000, "key_metrics": _UNKNOWN},
    _HOME
    | {"title": "Plot, Sector 150", "property_type": "plot", "bhk": None, "listing_type": "rent", "price": 25_000},
]


@router.get("/admin/components", include_in_schema=False)
async def component_sheet(request: Request) -> Response:
    """What docs/design.md describes, drawn; the home in it is invented."""
    return page(
        request,
        "components.html",
        types=list(PropertyType),
        windows=WINDOWS,
        homes=_HOMES,
        page_address=lambda number: f"#page-{number}",
    )
