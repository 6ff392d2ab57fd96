"""Attempts to enhance a photo, and what the service says of them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from app.core.vocabulary import EnhancementState
from app.schemas.base import refused

LONGEST_REASON = 300


def _web_address(value: str) -> str:
    msg = "must be an http or https address"
    try:
        url = urlsplit(value)
    except ValueError:
        raise ValueError(msg) from None
    if url.scheme not in {"http", "https"} or not url.hostname or not value.isprintable():
        raise ValueError(msg)
    return value


def _reason(value: Any) -> Any:
    """One line of what can be shown; the service's words are kept for admins."""
    if not isinstance(value, str):
        return value
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())[:LONGEST_REASON]


Reason = Annotated[str, BeforeValidator(_reason)]


class ServiceCallback(BaseModel):
    """How one job ended. Further members are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": "01a20aad-dd51-72b3-ac1a-411bb39b1a11",
                    "status": "success",
                    "enhanced_image_url": "https://ai.example/results/1.jpg",
                    "processing_time_seconds": 4.2,
                }
            ]
        }
    )

    job_id: UUID
    status: Literal["success", "failed"]
    enhanced_image_url: (
        Annotated[str, StringConstraints(max_length=4000, strip_whitespace=True), AfterValidator(_web_address)] | None
    ) = Field(default=None, description="Required with success")
    processing_time_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    error_message: Reason | None = None

    @model_validator(mode="after")
    def _success_has_a_result(self) -> Self:
        if self.status == "success" and self.enhanced_image_url is None:
            raise refused(("enhanced_image_url", "is required with success"))
        return self


class CallbackAnswer(BaseModel):
    result: Literal["accepted", "already_handled", "ignored"] = Field(
        description="Ignored: it changes nothing, since the job has ended or a newer attempt has taken its place"
    )


class Callback(BaseModel):
    id: str
    at: datetime
    status: str


class EnhancementAttempt(BaseModel):
    """One attempt. The results of completed and rejected ones can be looked at."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(description="The job_id that the AI service is given")
    image_id: UUID
    attempt: int
    provider: str
    provider_ref: str | None = Field(description="What the service calls the job")
    state: EnhancementState
    requested_by: UUID | None
    requested_at: datetime
    dispatched_at: datetime | None
    received_at: datetime | None
    finished_at: datetime | None
    tries: int = Field(description="How often the present step has failed in passing")
    next_try_at: datetime
    error: str | None
    fidelity: dict[str, float] | None = Field(description="The scores of the comparison with the original")
    result_key: str | None
    result_url: str | None = Field(default=None, description="Where the stored result can be looked at")
    callbacks: list[Callback]
