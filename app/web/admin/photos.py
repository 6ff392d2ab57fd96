"""The photos of a listing: taking in, order, type, enhancement and the decision on a result that was held back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError

from app.api.dependencies import StorageDep
from app.api.errors import prefers_page
from app.api.uploads import file_form
from app.config.database import ReadSession, WriteSession
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.exceptions import CasaBricksError, InvalidInputError
from app.core.vocabulary import EnhancementState, EnhancementStatus, ImageType
from app.schemas.enhancement import EnhancementAttempt
from app.schemas.image import AdminImage, ImageChange, ImageUpload
from app.schemas.properties import AdminProperty
from app.services import listings, overview
from app.services.enhancement import attempts
from app.services.enhancement.attempts import Desk
from app.services.images import UNDER_WAY, Editor
from app.services.uploads import MOST_IMAGES, Uploader
from app.web.admin.fidelity import checks
from app.web.admin.forms import checked
from app.web.admin.panel import AdminPanelDep, Panel, refusal
from app.web.admin.toast import Told, tell

router = APIRouter()
PATH = "/admin/listings/{property_id}/photos"
NO_CONTENT = 204
# Of an attempt: asked for, sent, being compared, published.
STEPS = {EnhancementState.REQUESTED: 1, EnhancementState.DISPATCHED: 2, EnhancementState.RECEIVED: 3}


@dataclass(frozen=True, slots=True)
class Photo:
    image: AdminImage
    attempt: EnhancementAttempt | None
    """The newest."""

    @property
    def is_under_way(self) -> bool:
        return self.image.enhancement_status in UNDER_WAY

    @property
    def is_held_back(self) -> bool:
        """It waits for a decision."""
        return (
            self.attempt is not None
            and self.attempt.state is EnhancementState.REJECTED
            and self.image.enhancement_status is EnhancementStatus.FAILED
        )

    @property
    def step(self) -> int:
        return STEPS.get(self.attempt.state, 0) if self.attempt else 0

    @property
    def state(self) -> str:
        """Another one means that the card looks different."""
        attempt = f"{self.attempt.id}.{self.attempt.state}.{self.attempt.tries}" if self.attempt else ""
        return f"{self.image.version}.{self.image.enhancement_status}.{attempt}.{len(self.image.variants)}"


async def photos_of(
    session: ReadSession, settings: Settings, property_id: UUID
) -> tuple[AdminProperty, Sequence[Photo]]:
    """The listing and its photos. Raises NotFoundError."""
    listing = await listings.read(session, property_id, settings.media_url)
    found = []
    for image in listing.images:
        tried = await attempts.read_all(session, settings, image.id) if image.enhancement_status else []
        found.append(Photo(image, tried[0] if tried else None))
    return listing, found


def path_of(property_id: UUID, image_id: UUID | None = None) -> str:
    return PATH.format(property_id=property_id) + (f"#photo-{image_id}" if image_id else "")


@router.get("/admin/photos", include_in_schema=False)
async def queue(panel: AdminPanelDep) -> Response:
    """Photos of all listings that wait for a decision, are being enhanced, or failed."""
    async with panel.reading() as session:
        found = await overview.photos(session, panel.settings.media_url)
    return await panel.page("photo_queue.html", photos=found)


@router.get(PATH, include_in_schema=False)
async def photos(property_id: UUID, panel: AdminPanelDep) -> Response:
    """All photos of a listing with what can be done with each."""
    async with panel.reading() as session:
        listing, found = await photos_of(session, panel.settings, property_id)
    return await panel.page(
        "photos.html",
        listing=listing,
        photos=found,
        checks=checks,
        limits=panel.settings.fidelity,
        types=list(ImageType),
        most=MOST_IMAGES,
        most_megabytes=panel.settings.max_file_size_mb,
    )


def uploader(panel: AdminPanelDep, storage: StorageDep) -> Uploader:
    ranking, most = panel.settings.ranking, panel.settings.max_file_size_mb << 20
    return Uploader(panel.database, panel.queue, storage, ranking, panel.actor, most_bytes=most)


@router.post(PATH, include_in_schema=False)
async def upload(
    property_id: UUID, request: Request, panel: AdminPanelDep, taking: Annotated[Uploader, Depends(uploader)]
) -> Response:
    """Take in one photo. A script gets 204, and shows the page again; or the problem as JSON."""
    if not prefers_page(request.headers.get("accept", "")):
        response = Response(status_code=NO_CONTENT)
        tell(response, panel.settings, await _take_in(request, taking, property_id))
        return response
    try:
        told = await _take_in(request, taking, property_id)
    except RequestValidationError:
        told = Told("Choose what the photo shows.", bad=True)
    except CasaBricksError as refused:
        told = refusal(refused)
    return panel.go(path_of(property_id), told)


async def _take_in(request: Request, taking: Uploader, property_id: UUID) -> Told:
    await taking.expect(property_id)
    async with file_form(request, ImageUpload) as form:
        _, is_new = await taking.store(property_id, form.file.file, form.file.size or 0, form.fields)
    return Told(
        "Kept. Below each photo you can say what it shows." if is_new else "The listing has this photo already."
    )


@router.post(PATH + "/order", include_in_schema=False)
async def reorder(property_id: UUID, panel: AdminPanelDep) -> Response:
    """Put the photo `move` one place earlier or later (`by`), or all in the order of `id`."""
    form = await panel.request.form()

    async def work(session: WriteSession) -> Told:
        listing = await listings.read(session, property_id, panel.settings.media_url)
        orders = {str(image.id): image.display_order for image in listing.images}
        wanted = [str(each) for each in form.getlist("id")] or _moved(
            list(orders), str(form.get("move", "")), 1 if form.get("by") == "later" else -1
        )
        if set(wanted) != orders.keys() or len(wanted) != len(orders):
            raise InvalidInputError("id", "the photos have changed meanwhile; this is how they stand now")
        for place, image_id in enumerate(wanted):
            if orders[image_id] != place:
                await _editor(panel, session).change(UUID(image_id), ImageChange(display_order=place))
        return Told("The order is kept.")

    return await panel.write(path_of(property_id), work)


def _moved(ids: list[str], moving: str, by: int) -> list[str]:
    if moving in ids:
        place = max(0, ids.index(moving) + by)
        ids.remove(moving)
        ids.insert(place, moving)
    return ids


def _editor(panel: Panel, session: WriteSession) -> Editor:
    return Editor(session, panel.actor, panel.settings.ranking)


@router.post(PATH + "/{image_id}", include_in_schema=False)
async def change(property_id: UUID, image_id: UUID, panel: AdminPanelDep) -> Response:
    """Another type, or the primary one from now on."""
    form = await panel.request.form()
    values: dict[str, object] = {"image_type": str(form["image_type"])} if "image_type" in form else {}
    values |= {"is_primary": True} if "is_primary" in form else {}

    async def work(session: WriteSession) -> Told:
        await _editor(panel, session).change(image_id, checked(ImageChange, values))
        return Told("This photo is the primary one now." if "is_primary" in values else "The type is changed.")

    return await panel.write(path_of(property_id, image_id), work)


@router.post(PATH + "/{image_id}/delete", include_in_schema=False)
async def delete(property_id: UUID, image_id: UUID, panel: AdminPanelDep) -> Response:
    """For good; the page has asked."""

    async def work(session: WriteSession) -> Told:
        await _editor(panel, session).delete(image_id)
        return Told("The photo is deleted.")

    return await panel.write(path_of(property_id), work)


def _desk(panel: Panel, session: WriteSession) -> Desk:
    return Desk(session, panel.settings, panel.actor, utc_now())


@router.post(PATH + "/{image_id}/enhance", include_in_schema=False)
async def enhance(property_id: UUID, image_id: UUID, panel: AdminPanelDep) -> Response:
    """Start an attempt, the first or another."""

    async def work(session: WriteSession) -> Told:
        await _desk(panel, session).start(image_id)
        return Told("The photo is being enhanced. You can leave this page.")

    return await panel.write(path_of(property_id, image_id), work)


@router.post("/admin/listings/{property_id}/attempts/{enhancement_id}/{decision}", include_in_schema=False)
async def decide(
    property_id: UUID, enhancement_id: UUID, decision: Literal["publish", "discard"], panel: AdminPanelDep
) -> Response:
    """Show a result that was held back, or remove one, held back or shown; the original stays."""

    async def work(session: WriteSession) -> Told:
        desk = _desk(panel, session)
        if decision == "publish":
            await desk.publish(enhancement_id)
            return Told("The enhanced photo is shown now, with its label.")
        await desk.discard(enhancement_id)
        return Told("The result is removed. Visitors see the original.")

    return await panel.write(path_of(property_id), work)
