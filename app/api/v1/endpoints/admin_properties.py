"""Listings in the admin panel. Reading is for all staff, writing for admins.

`If-Match` is optional: with it a write that would overwrite someone else's is refused, without it the last one wins.
"""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.api.caching import listed
from app.api.dependencies import (
    AdminDep,
    DatabaseDep,
    IfMatch,
    PlacesDep,
    QueueDep,
    ReadSessionDep,
    SettingsDep,
    StaffDep,
    WriteSessionDep,
)
from app.api.downloads import CSV, csv_download
from app.api.errors import problems
from app.api.uploads import described, file_form
from app.core.exceptions import BodyTooLargeError, ConflictError, InvalidInputError, UnsupportedMediaTypeError
from app.schemas.imports import ImportReport, ImportUpload
from app.schemas.properties import (
    AdminProperty,
    PropertyCreate,
    PropertyFilters,
    PropertyInput,
    PropertyPage,
    PropertyQuery,
    StatusChange,
)
from app.services import listing_file, listings
from app.services.imports.request import BY_COMMAND, RequestImports
from app.services.listings import Writer
from app.services.versions import etag

router = APIRouter(prefix="/admin/properties", tags=["admin: properties"], responses=problems(401, 403, 422, 503))


def creator(current: AdminDep, session: WriteSessionDep, settings: SettingsDep) -> Writer:
    return Writer(session, current.actor, settings.ranking)


CreatorDep = Annotated[Writer, Depends(creator)]


def writer(request: Request, creator: CreatorDep, _: IfMatch = None) -> Writer:
    return replace(creator, if_match=listed(request, "if-match"))


WriterDep = Annotated[Writer, Depends(writer)]


def versioned(response: Response, listing: AdminProperty) -> AdminProperty:
    response.headers["ETag"] = etag(listing.id, listing.version)
    response.headers["Cache-Control"] = "no-store"
    return listing


@router.get("", summary="List listings", response_model=PropertyPage)
async def search(
    _: StaffDep, query: Annotated[PropertyQuery, Query()], session: ReadSessionDep, places: PlacesDep
) -> PropertyPage:
    """A page of active and inactive listings, or of those with the status asked for; all filters given must hold.

    For every role.
    """
    return await listings.search(session, places, query)


@router.post(
    "", summary="Create a listing", status_code=201, response_model=AdminProperty, responses=problems(408, 413, 415)
)
async def create(
    body: PropertyCreate, request: Request, response: Response, writer: CreatorDep, places: PlacesDep
) -> AdminProperty:
    """Shown to the public at once, unless `is_active` is false.

    Sector, society and missing coordinates are recognised from what is said about the place. A price per sq ft that is
    hardly possible is taken and flagged (`review_flags`). For admins.
    """
    listing = await writer.create(await places.known(), body)
    response.headers["Location"] = f"{request.url.path}/{listing.id}"
    return versioned(response, listing)


@router.get("/export", summary="Export listings as CSV", response_class=StreamingResponse, responses=CSV)
async def export(
    current: AdminDep, query: Annotated[PropertyFilters, Query()], database: DatabaseDep, places: PlacesDep
) -> StreamingResponse:
    """All that the filters let through, newest first; the columns are described in docs/importing.md, and an import
    takes the file again. What a spreadsheet would take for a formula begins with a quote. For admins; the audit has it.
    """
    return await csv_download(await listing_file.export(database, current.actor, places, query), "listings.csv")


@router.post(
    "/import",
    summary="Import listings from a CSV",
    response_model=ImportReport,
    responses=problems(
        ConflictError("Another import is running; try again when it has ended"),
        BodyTooLargeError(f"The file may have at most 10 MB; {BY_COMMAND}"),
        UnsupportedMediaTypeError("The body must be multipart/form-data, with the file in its field `file`"),
        InvalidInputError("file", "Columns are missing in row 1 (the header). Nothing was written"),
        *(408, 507),
    ),
    openapi_extra=described(ImportUpload, "CSV or JSON lines in UTF-8, at most 10 MB and 10,000 rows"),
)
async def import_file(
    request: Request, current: AdminDep, database: DatabaseDep, queue: QueueDep, settings: SettingsDep
) -> ImportReport:
    """By the rules of docs/importing.md. With `dry_run` nothing is written, and the answer says for each row what would
    become of it. Rows are written a thousand at a time: whoever gets an error on the way may send the file again, what
    is written is recognised. For admins.
    """
    async with file_form(request, ImportUpload) as form:
        file, size = form.file.file, form.file.size or 0
        importing = RequestImports(database, queue, settings.ranking, current.actor)
        return await importing.import_file(file, size, form.fields)


@router.get("/{property_id}", summary="Read a listing", response_model=AdminProperty, responses=problems(404))
async def read(
    property_id: UUID, response: Response, _: StaffDep, session: ReadSessionDep, settings: SettingsDep
) -> AdminProperty:
    """Deleted ones too. The `ETag` names its version, for `If-Match` when it is written. For every role."""
    return versioned(response, await listings.read(session, property_id, settings.media_url))


@router.put(
    "/{property_id}",
    summary="Replace a listing's fields",
    response_model=AdminProperty,
    responses=problems(404, 408, 409, 412, 413, 415),
)
async def update(
    property_id: UUID, body: PropertyInput, response: Response, writer: WriterDep, places: PlacesDep
) -> AdminProperty:
    """What is left out becomes empty. Of what was read, leave out the read-only fields (`id`, `version`, …): they are
    refused by name. For admins.
    """
    return versioned(response, await writer.update(await places.known(), property_id, body))


@router.patch(
    "/{property_id}/status",
    summary="Show or hide a listing",
    response_model=AdminProperty,
    responses=problems(404, 408, 409, 412, 413, 415),
)
async def set_status(property_id: UUID, body: StatusChange, response: Response, writer: WriterDep) -> AdminProperty:
    """An inactive listing stays as it is and is not shown to the public. For admins."""
    return versioned(response, await writer.set_active(property_id, active=body.is_active))


@router.delete(
    "/{property_id}",
    summary="Delete a listing until it is restored",
    status_code=204,
    responses=problems(404, 412),
)
async def delete(property_id: UUID, response: Response, writer: WriterDep) -> None:
    """Hidden from the public and from lists at once; imports leave it deleted. For admins."""
    versioned(response, await writer.delete(property_id))


@router.post(
    "/{property_id}/restore",
    summary="Undo a deletion",
    response_model=AdminProperty,
    responses=problems(404, ConflictError("The listing is not deleted"), 412),
)
async def restore(property_id: UUID, response: Response, writer: WriterDep) -> AdminProperty:
    """Back as it was when it was deleted, active or not. For admins."""
    return versioned(response, await writer.restore(property_id))
