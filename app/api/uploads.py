"""Reads a file with its fields from multipart/form-data; only after whoever sends it was let in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core.exceptions import InvalidInputError, StorageFullError, UnsupportedMediaTypeError
from app.schemas.base import RequestModel

MOST_FIELDS = 10
FIELD_BYTES = 1024
F = TypeVar("F", bound=RequestModel)


def described(fields: type[RequestModel], file: str) -> dict[str, Any]:
    """What FastAPI would describe if the form were its own to read; it reads forms before it asks who sends them."""
    model = fields.model_json_schema(ref_template="#/components/schemas/{model}")
    schema = {
        "type": "object",
        "required": ["file", *model.get("required", ())],
        "properties": {"file": {"type": "string", "format": "binary", "description": file}, **model["properties"]},
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@dataclass(frozen=True, slots=True)
class FileForm(Generic[F]):
    file: UploadFile
    fields: F


@asynccontextmanager
async def file_form(request: Request, fields: type[F]) -> AsyncIterator[FileForm[F]]:
    """The file lies in a temporary one of this machine until the block ends; its name and declared type are ignored.

    Raises UnsupportedMediaTypeError, InvalidInputError, RequestValidationError, StorageFullError.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "multipart/form-data":
        raise UnsupportedMediaTypeError("The body must be multipart/form-data, with the file in its field `file`")
    form = await _read(request)
    try:
        yield _picked(form, fields)
    finally:
        await form.close()


async def _read(request: Request) -> FormData:
    try:
        return await request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=FIELD_BYTES)
    except HTTPException as error:
        raise InvalidInputError("body", f"cannot be read as multipart/form-data: {error.detail}") from None
    except UnicodeError:
        raise InvalidInputError("body", "holds text that does not fit the charset it names") from None
    except ClientDisconnect:
        raise InvalidInputError("body", "ended before it was all there") from None
    except OSError:
        raise StorageFullError("There is no room to take in a file at this moment") from None


def _picked(form: FormData, model: type[F]) -> FileForm[F]:
    if len(form.multi_items()) != len(form):
        raise InvalidInputError("body", "must not hold a field twice")
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidInputError("file", "is required, as a file", kind="missing")
    try:
        fields = model.model_validate({name: value for name, value in form.multi_items() if name != "file"})
    except ValidationError as refused:
        errors = [{**problem, "loc": ("body", *problem["loc"])} for problem in refused.errors(include_url=False)]
        raise RequestValidationError(errors) from None
    return FileForm(file, fields)
