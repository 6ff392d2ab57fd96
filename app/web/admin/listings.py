"""The table of listings: filters, order, pages, and showing or hiding several at once."""

from fastapi import APIRouter, Response

from app.api.dependencies import PlacesDep
from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import ListingType, PropertyType
from app.schemas.properties import PropertyPage, PropertyQuery
from app.services import listings
from app.services.listings import Writer
from app.web.admin.forms import ids_of
from app.web.admin.panel import AdminPanelDep, Panel, StaffPanelDep
from app.web.admin.tables import table
from app.web.admin.toast import Told
from app.web.preferences import local_path

router = APIRouter()
PATH = "/admin/listings"
A_PAGE = 25
FILTERS = ("q", "status", "listing_type", "property_type", "bhk", "sector", "flagged", "sort", "page")
SORTS = {"title": "Home", "price": "Price", "price_per_sqft": "₹/sq ft", "rank_score": "Rank", "updated_at": "Changed"}


def writer(panel: Panel, session: WriteSession, if_match: str | None = None) -> Writer:
    return Writer(session, panel.actor, panel.settings.ranking, if_match)


@router.get(PATH, include_in_schema=False)
async def overview(panel: StaffPanelDep, places: PlacesDep) -> Response:
    """A page of the listings that the filters let through, as the API gives it."""

    async def search(session: ReadSession, query: PropertyQuery) -> PropertyPage:
        return await listings.search(session, places, query)

    shown = await table(panel, PATH, FILTERS, PropertyQuery, search, A_PAGE)
    return await panel.page(
        "listings.html",
        sorts=SORTS,
        sort=shown["typed"]["sort"] or "-updated_at",
        listing_types=list(ListingType),
        property_types=list(PropertyType),
        **shown,
    )


@router.post(f"{PATH}/status", include_in_schema=False)
async def set_status(panel: AdminPanelDep) -> Response:
    """Show or hide those that are ticked, all or none; what changed can be taken back."""
    form = await panel.request.form()
    active = form.get("is_active") == "true"

    async def work(session: WriteSession) -> Told:
        changed = []
        for property_id in ids_of(form.getlist("id")[:A_PAGE], "listing"):
            before = await listings.read(session, property_id, panel.settings.media_url)
            if before.is_active is not active:
                await writer(panel, session).set_active(property_id, active=active)
                changed.append(str(property_id))
        if not changed:
            return Told("Nothing was changed: tick listings that are not so already.", bad=True)
        what = "1 listing is" if len(changed) == 1 else f"{len(changed)} listings are"
        fields = {"id": changed, "is_active": ["false" if active else "true"], "back": [back]}
        return Told(f"{what} {'shown' if active else 'hidden'} now.", undo=f"{PATH}/status", fields=fields)

    back = local_path(str(form.get("back", PATH)))
    return await panel.write(back, work)
