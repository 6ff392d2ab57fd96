"""What a visitor sends, and what he gets back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from app.core.phones import EXAMPLE, normalise_phone
from app.core.vocabulary import InquiryType, Language
from app.schemas.base import Email, FullName, Line, Paragraphs, RequestModel

MAX_MESSAGE = 4_000


def _phone(typed: str) -> str:
    # Whether numbers of other countries are taken is a setting, which the service knows.
    return normalise_phone(typed, foreign=True)


def _given(consent: bool) -> bool:  # noqa: FBT001 - a value that is checked
    if not consent:
        raise ValueError("must be true: without consent to be contacted no inquiry is stored")
    return consent


class InquiryRequest(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "property_id": "01a20aad-dd51-72b3-ac1a-411bb39b1a11",
                    "full_name": "Asha Rao",
                    "email": "asha.rao@example.com",
                    "phone": EXAMPLE,
                    "message": "Is the flat still available? I could come on Saturday.",
                    "inquiry_type": "site_visit",
                    "preferred_contact_time": "weekdays after 6 pm",
                    "consent": True,
                    "notice_version": "2026-11-730d",
                    "notice_language": "en",
                }
            ]
        }
    )

    property_id: UUID | None = Field(default=None, description="Left out for a general question")
    full_name: FullName
    email: Email | None = None
    phone: Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)] = Field(
        description="As people type it; stored as E.164. Without a country's code it is taken as Indian"
    )
    message: Annotated[Paragraphs, StringConstraints(max_length=MAX_MESSAGE)] | None = None
    inquiry_type: InquiryType = InquiryType.GENERAL
    preferred_contact_time: Annotated[Line, StringConstraints(max_length=120)] | None = None
    consent: Annotated[StrictBool, AfterValidator(_given)] = Field(
        description="That the person agreed to be contacted, having seen the notice named here. Must be true"
    )
    notice_version: Annotated[str, StringConstraints(max_length=24)] | None = Field(
        default=None, description="As `GET /api/v1/inquiries/notice` gave it; left out, it is the present one"
    )
    notice_language: Language = Language.ENGLISH
    marketing_consent: StrictBool = False
    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,40}$")] = Field(
        default="web", description="Where it was asked: web, app, a campaign"
    )


class ConsentNotice(BaseModel):
    """What a person reads before consenting to be contacted."""

    version: str = Field(examples=["2026-11-730d"])
    language: Language
    text: str


class InquiryReceipt(BaseModel):
    """What is stored of it for good, so that the same request gets the same answer."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    property_id: UUID | None
    inquiry_type: InquiryType
    created_at: datetime
