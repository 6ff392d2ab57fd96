"""Photos of listings in the admin panel, for admins. docs/pictures.md tells what becomes of a file."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.api.caching import listed
from app.api.dependencies import AdminDep, DatabaseDep, IfMatch, QueueDep, SettingsDep, StorageDep, WriteSessionDep
from app.api.errors import problems
from app.api.uploads import described, file_form
from app.core.exceptions import BodyTooLargeError, InvalidInputError, UnsupportedMediaTypeError
from app.schemas.image import AdminImage, ImageChange, ImageUpload
from app.services.images import Editor
from app.services.uploads import Uploader
from app.services.versions import etag

router = APIRouter(prefix="/admin", tags=["admin: images"], responses=problems(401, 403, 404, 409, 422, 503))
OK, CREATED = 200, 201


def uploader(
    current: AdminDep, database: DatabaseDep, queue: QueueDep, storage: StorageDep, settings: SettingsDep
) -> Uploader:
    return Uploader(
        database, queue, storage, settings.ranking, current.actor, most_bytes=settings.max_file_size_mb << 20
    )


def editor(
    request: Request, current: AdminDep, session: WriteSessionDep, settings: SettingsDep, _: IfMatch = None
) -> Editor:
    return Editor(session, current.actor, settings.ranking, listed(request, "if-match"))


EditorDep = Annotated[Editor, Depends(editor)]


def versioned(response: Response, image: Mapping[str, Any]) -> Mapping[str, Any]:
    response.headers["ETag"] = etag(image["id"], image["version"])
    response.headers["Cache-Control"] = "no-store"
    return image


@router.post(
    "/properties/{property_id}/images",
    summary="Add a photo to a listing",
    status_code=CREATED,
    response_model=AdminImage,
    responses={
        OK: {"model": AdminImage, "description": "The listing has this photo already; it stays as it is"},
        **problems(
            BodyTooLargeError("The file may have at most 10 MB"),
            UnsupportedMediaTypeError("The file must be a JPEG, PNG or WebP picture, whatever its name"),
            InvalidInputError("image_type", "must be front_exterior, interior, floor_plan or other"),
            *(408, 507),
        ),
    },
    openapi_extra=described(ImageUpload, "JPEG, PNG or WebP"),
)
async def upload(
    property_id: UUID, request: Request, response: Response, uploader: Annotated[Uploader, Depends(uploader)]
) -> Mapping[str, Any]:
    """JPEG, PNG or WebP, known by decoding it, of at most 50 megapixels and one frame; kept upright and without
    metadata, position above all. The first photo of a listing becomes its primary one. For admins.
    """
    await uploader.expect(property_id)
    async with file_form(request, ImageUpload) as form:
        image, is_new = await uploader.store(property_id, form.file.file, form.file.size or 0, form.fields)
    response.status_code = CREATED if is_new else OK
    response.headers["Location"] = f"{request.url.path.partition('/properties/')[0]}/images/{image['id']}"
    return versioned(response, image)


@router.patch(
    "/images/{image_id}",
    summary="Change a photo's type or place",
    response_model=AdminImage,
    responses=problems(408, 412, 413, 415),
)
async def change(image_id: UUID, body: ImageChange, response: Response, editor: EditorDep) -> Mapping[str, Any]:
    """What is left out stays. A photo with an enhanced picture, or being enhanced, stays front_exterior. For admins."""
    return versioned(response, await editor.change(image_id, body))


@router.delete("/images/{image_id}", summary="Delete a photo", status_code=204, responses=problems(412))
async def delete(image_id: UUID, editor: EditorDep) -> None:
    """Gone from every answer at once and for good, from the storage within a day. Was it the primary one, then the
    first of the front becomes it, or else the first. For admins.
    """
    await editor.delete(image_id)
