"""Errors that know their HTTP status. One handler renders them (app/api/errors.py)."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID


class CasaBricksError(Exception):
    """Base of every error a client may see. `detail` is written for that client."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra


class NotFoundError(CasaBricksError):
    status = 404
    code = "not-found"
    title = "Not found"


class NoSuchListingError(NotFoundError):
    def __init__(self, property_id: UUID) -> None:
        super().__init__(f"There is no listing {property_id}")


class NoSuchInquiryError(NotFoundError):
    def __init__(self, inquiry_id: UUID) -> None:
        super().__init__(f"There is no inquiry {inquiry_id}")


class NoSuchImageError(NotFoundError):
    def __init__(self, image_id: UUID) -> None:
        super().__init__(f"There is no image {image_id}")


class ConflictError(CasaBricksError):
    status = 409
    code = "conflict"
    title = "Not possible in the present state"


class PreconditionFailedError(CasaBricksError):
    """The row changed since the client read it; `current` carries its present state."""

    status = 412
    code = "changed-meanwhile"
    title = "Changed meanwhile"


class BodyTooSlowError(CasaBricksError):
    status = 408
    code = "body-too-slow"
    title = "Body too slow"


class BodyTooLargeError(CasaBricksError):
    status = 413
    code = "body-too-large"
    title = "Body too large"


class UnsupportedMediaTypeError(CasaBricksError):
    status = 415
    code = "unsupported-media-type"
    title = "Unsupported media type"


class InvalidInputError(CasaBricksError):
    """A rule that a single field's type cannot express; `errors` name the fields as validation does."""

    status = 422
    code = "invalid-input"
    title = "Invalid input"

    def __init__(self, field: str, message: str, *, location: str = "body", kind: str = "value_error") -> None:
        super().__init__(f"{field}: {message}", errors=[{"loc": [location, field], "msg": message, "type": kind}])


class UnauthenticatedError(CasaBricksError):
    status = 401
    code = "not-authenticated"
    title = "Not authenticated"

    def __init__(self, detail: str, scheme: str = "Bearer") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": scheme})


class ForbiddenError(CasaBricksError):
    status = 403
    code = "forbidden"
    title = "Not allowed"


class TooManyRequestsError(CasaBricksError):
    status = 429
    code = "too-many-requests"
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)})


class UnavailableError(CasaBricksError):
    status = 503
    code = "unavailable"
    title = "Temporarily unavailable"

    def __init__(self, detail: str, *, retry_after_seconds: int = 5) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)})


class StorageFullError(UnavailableError):
    """Nothing more can be stored until somebody makes room."""

    status = 507
    code = "storage-full"
    title = "Storage full"
