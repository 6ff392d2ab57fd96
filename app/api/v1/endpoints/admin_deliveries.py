"""Messages about inquiries: which were sent, which wait, and sending one again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.dependencies import AdminDep, ReadSessionDep, WriteSessionDep
from app.api.errors import problems
from app.schemas.deliveries import DeliveryEntry, DeliveryPage, DeliveryQuery
from app.services import deliveries

router = APIRouter(prefix="/admin/deliveries", tags=["admin: deliveries"], responses=problems(401, 403, 422, 503))


@router.get("", summary="List messages", response_model=DeliveryPage)
async def search(_: AdminDep, query: Annotated[DeliveryQuery, Query()], session: ReadSessionDep) -> DeliveryPage:
    """E-mails and webhooks about inquiries with every attempt to send them, newest first. For admins."""
    return await deliveries.search(session, query)


@router.post(
    "/{delivery_id}/replay",
    summary="Send a message again",
    status_code=202,
    response_model=DeliveryEntry,
    responses=problems(404, 409),
)
async def replay(delivery_id: UUID, current: AdminDep, session: WriteSessionDep) -> DeliveryEntry:
    """Soon, with the same id, whether it was delivered, failed or waits to be tried again. For admins."""
    return await deliveries.replay(session, current.actor, delivery_id)
