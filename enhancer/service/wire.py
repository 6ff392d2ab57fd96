"""What is asked of the service, and what it says of a job."""

from typing import Annotated, Any

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from enhancer.engine.enhance import Operation

# The first two are changed by no operation here, so that they can always be promised.
PROMISES = ("sky", "objects", *Operation)


def _promise(name: str) -> str:
    if name not in PROMISES:
        message = f"must be one of {', '.join(PROMISES)}"
        raise ValueError(message)
    return name


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
    operations: Annotated[list[Operation], Field(max_length=20)]
    forbidden: Annotated[list[Annotated[str, AfterValidator(_promise)]], Field(max_length=20)] = []

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
