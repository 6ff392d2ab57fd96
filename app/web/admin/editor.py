"""One listing: its fields, a conflict with somebody else's change, hiding, deleting and restoring it."""

from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Response

from app.api.dependencies import PlacesDep
from app.config.database import WriteSession
from app.core.exceptions import ConflictError, InvalidInputError, PreconditionFailedError
from app.schemas.properties import AdminProperty, PropertyCreate, PropertyInput
from app.services import listings
from app.services.versions import etag
from app.web.admin import listing_form
from app.web.admin.forms import FormRefusedError, checked
from app.web.admin.listings import PATH, writer
from app.web.admin.panel import AdminPanelDep, Panel, StaffPanelDep, refusal
from app.web.admin.toast import Told

router = APIRouter()


async def _read(panel: Panel, property_id: UUID) -> AdminProperty:
    async with panel.reading() as session:
        return await listings.read(session, property_id, panel.settings.media_url)


async def _form(
    panel: Panel,
    listing: AdminProperty | None,
    values: dict[str, str],
    *,
    was: str = "",
    version: str = "",
    problems: dict[str, str] | None = None,
) -> Response:
    return await panel.page(
        "listing.html",
        listing=listing,
        values=values,
        was=was,
        version=version,
        problems=problems or {},
        hints=listing_form.hints(values),
        labels={name: field.label for name, field in listing_form.FIELDS.items()},
        sections=listing_form.SECTIONS,
        status=422 if problems else 200,
    )


@router.get(f"{PATH}/new", include_in_schema=False)
async def new(panel: AdminPanelDep) -> Response:
    """An empty form."""
    return await _form(panel, None, listing_form.shown({"listing_type": "sale", "property_type": "flat"}))


@router.post(f"{PATH}/new", include_in_schema=False)
async def create(panel: AdminPanelDep, places: PlacesDep) -> Response:
    """Create it and go on to its photos."""
    form = await panel.request.form()
    values = listing_form.typed(form)
    try:
        parsed = checked(PropertyCreate, listing_form.body(values) | {"is_active": values["is_active"] == "on"})
        known = await places.known()
        async with panel.writing() as session:
            created = await writer(panel, session).create(known, parsed)
    except (FormRefusedError, InvalidInputError) as refused:
        return await _form(panel, None, values, problems=listing_form.problems_of(refused))
    state = "shown to the public" if created.is_active else "hidden until you show it"
    return panel.go(f"{PATH}/{created.id}/photos", Told(f"The listing is kept, {state}. Now its photos."))


@router.get(f"{PATH}/{{property_id}}", include_in_schema=False)
async def edit(property_id: UUID, panel: StaffPanelDep) -> Response:
    """The listing with its fields filled in; agents read it."""
    listing = await _read(panel, property_id)
    values = listing_form.shown(listing.model_dump(mode="json"))
    version = etag(listing.id, listing.version)
    return await _form(panel, listing, values, was=orjson.dumps(values).decode(), version=version)


@router.post(f"{PATH}/{{property_id}}", include_in_schema=False)
async def save(property_id: UUID, panel: AdminPanelDep, places: PlacesDep) -> Response:
    """Keep what was typed, unless somebody kept something else since the page was opened: then both are shown."""
    form = await panel.request.form()
    values, was, version = listing_form.typed(form), str(form.get("was", "")), str(form.get("version", ""))
    try:
        parsed = checked(PropertyInput, listing_form.body(values))
        known = await places.known()
        async with panel.writing() as session:
            saved = await writer(panel, session, version).update(known, property_id, parsed)
    except (FormRefusedError, InvalidInputError) as refused:
        listing = await _read(panel, property_id)
        return await _form(panel, listing, values, was=was, version=version, problems=listing_form.problems_of(refused))
    except PreconditionFailedError as refused:
        return await _conflict(panel, refused, values, _was(was))
    except ConflictError as refused:
        return panel.go(f"{PATH}/{property_id}", refusal(refused))
    tag = etag(saved.id, saved.version)
    told = Told("Nothing was changed.") if tag == version else Told("Saved.", **_taking_back(saved))
    return panel.go(f"{PATH}/{property_id}", told)


def _taking_back(saved: AdminProperty) -> dict[str, Any]:
    """The undo of a save, refused when somebody has changed the listing since."""
    return {"undo": f"{PATH}/{saved.id}/undo", "fields": {"version": [etag(saved.id, saved.version)]}}


@router.post(f"{PATH}/{{property_id}}/undo", include_in_schema=False)
async def undo(property_id: UUID, panel: AdminPanelDep) -> Response:
    """As it was before the last save."""
    form = await panel.request.form()

    async def work(session: WriteSession) -> Told:
        restored = await writer(panel, session, str(form.get("version", ""))).undo(property_id)
        return Told("It is again as it was before.", **_taking_back(restored))

    return await panel.write(f"{PATH}/{property_id}", work)


def _was(text: str) -> dict[str, str]:
    """What stood in the form when it was opened; it only decides what is chosen beforehand."""
    try:
        found = orjson.loads(text)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


async def _conflict(
    panel: Panel, refused: PreconditionFailedError, mine: dict[str, str], was: dict[str, str]
) -> Response:
    current: dict[str, Any] = refused.extra["current"]
    theirs = listing_form.shown(current)
    found = list(listing_form.differences(was, mine, theirs))
    differing = {each.field.name for each in found}
    return await panel.page(
        "conflict.html",
        current=current,
        differences=found,
        same={name: value for name, value in mine.items() if name not in differing},
        was=orjson.dumps(theirs).decode(),
        version=refused.headers["ETag"],
        status=refused.status,
    )


@router.post(f"{PATH}/{{property_id}}/delete", include_in_schema=False)
async def delete(property_id: UUID, panel: AdminPanelDep) -> Response:
    """Hidden everywhere at once; it can be restored."""
    form = await panel.request.form()

    async def work(session: WriteSession) -> Told:
        deleted = await writer(panel, session, str(form.get("version", ""))).delete(property_id)
        return Told(f"“{deleted.title}” is deleted.", undo=f"{PATH}/{property_id}/restore")

    return await panel.write(f"{PATH}/{property_id}", work)


@router.post(f"{PATH}/{{property_id}}/restore", include_in_schema=False)
async def restore(property_id: UUID, panel: AdminPanelDep) -> Response:
    """As it was when it was deleted."""

    async def work(session: WriteSession) -> Told:
        restored = await writer(panel, session).restore(property_id)
        return Told(f"“{restored.title}” is back, {'shown' if restored.is_active else 'hidden'} as it was.")

    return await panel.write(f"{PATH}/{property_id}", work)
