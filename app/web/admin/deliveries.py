"""Messages about leads: what was sent, what waits, and sending it again."""

from fastapi import APIRouter, Response

from app.config.database import WriteSession
from app.core.clock import utc_now
from app.core.vocabulary import DeliveryChannel, DeliveryStatus
from app.schemas.deliveries import DeliveryQuery
from app.services import deliveries
from app.web.admin.forms import ids_of
from app.web.admin.panel import AdminPanelDep
from app.web.admin.tables import table
from app.web.admin.toast import Told
from app.web.preferences import local_path

router = APIRouter()
PATH = "/admin/deliveries"
A_PAGE = 20
FILTERS = ("status", "channel", "inquiry_id", "page")


@router.get(PATH, include_in_schema=False)
async def messages(panel: AdminPanelDep) -> Response:
    """Newest first, each with its attempts."""
    shown = await table(panel, PATH, FILTERS, DeliveryQuery, deliveries.search, A_PAGE)
    return await panel.page(
        "deliveries.html", statuses=list(DeliveryStatus), channels=list(DeliveryChannel), now=utc_now(), **shown
    )


@router.post(f"{PATH}/replay", include_in_schema=False)
async def replay(panel: AdminPanelDep) -> Response:
    """Those that are ticked, all or none."""
    form = await panel.request.form()

    async def work(session: WriteSession) -> Told:
        ids = ids_of(form.getlist("id")[:A_PAGE], "message")
        for delivery_id in ids:
            await deliveries.replay(session, panel.actor, delivery_id)
        if not ids:
            return Told("Nothing is sent again: tick messages first.", bad=True)
        what = "1 message is" if len(ids) == 1 else f"{len(ids)} messages are"
        return Told(f"{what} sent again within seconds.")

    return await panel.write(local_path(str(form.get("back") or PATH)), work)
