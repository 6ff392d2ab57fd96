"""Attempts to enhance photos, in the admin panel."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.api.dependencies import AdminDep, ReadSessionDep, SettingsDep, StaffDep, WriteSessionDep
from app.api.errors import problems
from app.core.clock import utc_now
from app.core.exceptions import ConflictError
from app.schemas.enhancement import EnhancementAttempt
from app.services.enhancement import attempts
from app.services.enhancement.attempts import Desk

router = APIRouter(prefix="/admin", tags=["admin: enhancements"], responses=problems(401, 403, 404, 422, 503))


def desk(current: AdminDep, session: WriteSessionDep, settings: SettingsDep) -> Desk:
    return Desk(session, settings, current.actor, utc_now())


DeskDep = Annotated[Desk, Depends(desk)]


@router.post(
    "/images/{image_id}/enhance",
    summary="Start an enhancement",
    status_code=202,
    response_model=EnhancementAttempt,
    responses=problems(ConflictError("This image is enhanced already; discard that first", rule="already_enhanced")),
)
async def start(image_id: UUID, request: Request, response: Response, desk: DeskDep) -> EnhancementAttempt:
    """Has the AI service improve light, lens and sharpness of a front view. `Location` lists the image's attempts.

    409 names the rule that forbids it: an image of another type, one that is enhanced already, a second photo of the
    same listing, or an attempt under way, which is then in `enhancement`. After failure, time-out or a discard it may
    be started again. 503 says what must be configured. For admins.
    """
    attempt = await desk.start(image_id)
    response.headers["Location"] = request.url.path.removesuffix("enhance") + "enhancements"
    return attempt


@router.get("/images/{image_id}/enhancements", summary="Attempts on an image", response_model=list[EnhancementAttempt])
async def read_all(
    image_id: UUID, response: Response, _: StaffDep, session: ReadSessionDep, settings: SettingsDep
) -> list[EnhancementAttempt]:
    """All of them, the newest first, with what went wrong and the scores of the comparison. For every role."""
    response.headers["Cache-Control"] = "no-store"
    return list(await attempts.read_all(session, settings, image_id))


@router.post(
    "/enhancements/{enhancement_id}/publish",
    summary="Publish a result that failed the comparison",
    response_model=EnhancementAttempt,
    responses=problems(409),
)
async def publish(enhancement_id: UUID, desk: DeskDep) -> EnhancementAttempt:
    """For a result whose state is `rejected`, after looking at it and the original. For admins."""
    return await desk.publish(enhancement_id)


@router.post(
    "/enhancements/{enhancement_id}/discard",
    summary="Discard a result",
    response_model=EnhancementAttempt,
    responses=problems(409),
)
async def discard(enhancement_id: UUID, desk: DeskDep) -> EnhancementAttempt:
    """Removes a result, `rejected` or published; the original alone is shown then. For admins."""
    return await desk.discard(enhancement_id)
