"""Messages about leads: what was sent, what waits, and sending it again."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.config.database import WriteSession
from app.core.vocabulary import DeliveryChannel, DeliveryStatus
from app.schemas.deliveries import DeliveryQuery
from app.services import deliveries
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
    return await panel.page("deliveries.html", statuses=list(DeliveryStatus), channels=list(DeliveryChannel), **shown)


@router.post(f"{PATH}/{{delivery_id}}/replay", include_in_schema=False)
async def replay(delivery_id: UUID, panel: AdminPanelDep) -> Response:
    """Soon, with the same id, so that a receiver who has it already can tell."""
    back = local_path(str((await panel.request.form()).get("back") or PATH))

    async def work(session: WriteSession) -> Told:
        await deliveries.replay(session, panel.actor, delivery_id)
        return Told("It is sent again within seconds.")

    return await panel.write(back, work)
