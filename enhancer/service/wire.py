"""What is asked of the service, and what it says of a job."""

from enum import StrEnum
from typing import Annotated, Any

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from enhancer.engine.enhance import Operation


class Untouched(StrEnum):
    """What no operation here changes, so that it can always be promised."""

    SKY = "sky"
    OBJECTS = "objects"


def _web_address(url: str) -> str:
    message = "must be an http or https address"
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError(message) from None
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise ValueError(message)
    return url


WebAddress = Annotated[str, Field(max_length=4000), AfterValidator(_web_address)]


class EnhanceRequest(BaseModel):
    """A photo to enhance. What is `forbidden` is left alone even when it is among the operations."""

    model_config = ConfigDict(frozen=True)

    job_id: Annotated[str, Field(min_length=1, max_length=200)]
    image_url: WebAddress
    webhook_url: WebAddress
    operations: Annotated[tuple[Operation, ...], Field(min_length=1, max_length=20)]
    forbidden: Annotated[tuple[Untouched | Operation, ...], Field(max_length=20)] = ()

    @property
    def wanted(self) -> frozenset[Operation]:
        """The operations that may run."""
        return frozenset(self.operations) - frozenset(self.forbidden)


def report(
    *, job_id: str, state: str, result_url: str | None, seconds: float | None, error: str | None
) -> dict[str, Any]:
    """Return what callbacks and polling say; `status` is processing until the job has ended."""
    return {
        "job_id": job_id,
        "status": "processing" if state == "waiting" else state,
        "enhanced_image_url": result_url,
        "processing_time_seconds": seconds,
        "error_message": error,
    }
