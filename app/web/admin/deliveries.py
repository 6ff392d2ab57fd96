"""Messages about leads: what was sent, what waits, and sending it again."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from app.config.database import WriteSession
from app.core.clock import utc_now
from app.core.exceptions import ConflictError
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


def _seen(form: FormData, delivery_id: UUID) -> datetime | None:
    """When the message was to be tried next, as the page had it."""
    try:
        return datetime.fromisoformat(str(form.get(f"seen-{delivery_id}", "")))
    except ValueError:
        return None


@router.post(f"{PATH}/replay", include_in_schema=False)
async def replay(panel: AdminPanelDep) -> Response:
    """Those that are ticked, but what was sent again since the page was opened: a second press does nothing."""
    form = await panel.request.form()

    async def work(session: WriteSession) -> Told:
        ids = ids_of(form.getlist("id")[:A_PAGE], "message")
        if not ids:
            return Told("Nothing is sent again: tick messages first.", bad=True)
        refused = []
        for delivery_id in ids:
            try:
                await deliveries.replay(session, panel.actor, delivery_id, _seen(form, delivery_id))
            except ConflictError as conflict:
                refused.append(conflict.detail)
        sent = len(ids) - len(refused)
        what = "1 message is" if sent == 1 else f"{sent} messages are"
        return Told(" ".join([f"{what} sent again within seconds."] * bool(sent) + [f"{why}." for why in set(refused)]))

    return await panel.write(local_path(str(form.get("back") or PATH)), work)
