"""Autoenhance.ai, by its public documentation (docs.autoenhance.ai, API v3, read in November 2026).

A photo is registered, its bytes are put to the address given for them, and the account's webhook, which carries a fixed
token, tells when it is done. The sky stays as it is: that is asked for with every photo.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import BaseModel, StringConstraints, ValidationError

from app.config.settings import Settings
from app.core.exceptions import InvalidInputError, UnauthenticatedError
from app.infrastructure.ai import Report, ServiceBusyError, ServiceRefusedError, Submission
from app.infrastructure.ai.common import Service, read_body
from app.schemas.enhancement import Reason

API = "https://api.autoenhance.ai/v3/"
# Its downloads lead on to its asset server and to the storage behind that.
HOSTS = (".autoenhance.ai", ".amazonaws.com")
PREFERENCES = {
    "enhance": True,
    "enhance_type": "neutral",
    "vertical_correction": True,
    "lens_correction": True,
    "sky_replacement": False,
    "window_pull": False,
    "privacy": False,
    "upscale": False,
}


# It is stored, and stands in addresses.
ImageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,200}$")]


class _Registered(BaseModel):
    image_id: ImageId
    upload_url: str | None = None
    s3PutObjectUrl: str | None = None  # noqa: N815 - what version 3 called it before


class _Image(BaseModel):
    image_id: ImageId
    status: str | None = None
    status_reason: Reason | None = None


class _Order(BaseModel):
    images: list[_Image] = []


class _Event(BaseModel):
    event: str
    image_id: ImageId | None = None
    order_id: UUID | None = None
    error: bool = False


class Autoenhance:
    """Each job is an order of one image, whose id is ours: callbacks name it even before registering was answered."""

    name = "autoenhance"

    def __init__(self, settings: Settings) -> None:
        self._service = Service(settings, (settings.ai_service_api_url or API).rstrip("/") + "/", HOSTS)
        key = settings.ai_service_api_key.get_secret_value() if settings.ai_service_api_key else ""
        self._headers = {"x-api-key": key}
        self._tokens = [secret.get_secret_value() for secret in settings.ai_service_webhook_secret]

    async def submit(self, submission: Submission) -> str:
        """Register and upload. Asked again it registers another image, of which the first that is done counts."""
        job_id = str(submission.job_id)
        body = {"image_name": job_id, "order_id": job_id, "contentType": submission.content_type, **PREFERENCES}
        answer = await self._service.call("POST", self._url("images/"), json=body, headers=self._headers)
        registered = _read(_Registered, answer.body)
        address = registered.upload_url or registered.s3PutObjectUrl
        if address is None:
            raise ServiceRefusedError("Autoenhance.ai named no address to upload to")
        await self._service.upload(address, await submission.read(), submission.content_type)
        return registered.image_id

    async def poll(self, job_id: UUID, provider_ref: str | None) -> Report | None:  # noqa: ARG002 - goes by the order
        answer = await self._service.call("GET", self._url(f"orders/{job_id}"), headers=self._headers)
        images = _read(_Order, answer.body).images
        for image in images:
            if image.status == "processed":
                return Report(job_id, succeeded=True, provider_ref=image.image_id)
        if images and all(image.status == "error" for image in images):
            reason = images[0].status_reason or "no reason given"
            return Report(job_id, succeeded=False, error=f"Autoenhance.ai could not enhance it: {reason}")
        return None

    async def fetch(self, result_url: str | None, provider_ref: str | None) -> bytes:  # noqa: ARG002 - goes by its id
        # Without it a small picture with a watermark comes.
        address = self._url(f"images/{provider_ref}/enhanced?preview=false")
        return await self._service.download(address, self._headers)

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """By the token set in its web application, which is all there is; nothing proves the body or its time."""
        given = headers.get("authorization", "").removeprefix("Bearer ").strip().encode()
        if not any(hmac.compare_digest(given, token.encode()) for token in self._tokens):
            raise UnauthenticatedError("The Authorization header does not carry the token agreed on")
        return hashlib.sha256(body).hexdigest()

    def read_report(self, body: bytes) -> Report | None:
        event = read_body(_Event, body)
        if event.event != "image_processed":
            return None  # webhook_updated, when the address is set
        if event.order_id is None or event.image_id is None:
            raise InvalidInputError("order_id" if event.order_id is None else "image_id", "is required")
        error = "Autoenhance.ai could not enhance it" if event.error else None
        return Report(event.order_id, succeeded=not event.error, error=error, provider_ref=event.image_id)

    async def check(self) -> None:
        await self._service.check()

    async def close(self) -> None:
        await self._service.close()

    def _url(self, path: str) -> str:
        return str(self._service.base.join(path))


T = TypeVar("T", bound=BaseModel)


def _read(kind: type[T], body: bytes) -> T:
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        raise ServiceBusyError("Autoenhance.ai answered with something else than documented") from None
