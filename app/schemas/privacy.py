"""What a person may ask for: what is stored about him, and that it be erased."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from app.core.phones import normalise_phone
from app.schemas.admin_inquiries import InquiryDetail
from app.schemas.base import Email, RequestModel, refused


def _phone(typed: str) -> str:
    return normalise_phone(typed, foreign=True)


class PersonQuery(RequestModel):
    """One of the two: what is found was sent with just that number or address."""

    phone: Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)] | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.phone is None) == (self.email is None):
            raise refused(("phone", "give either a phone number or an e-mail address"))
        return self

    @property
    def key(self) -> str:
        return self.phone or str(self.email).lower()


class PersonRecord(BaseModel):
    as_of: datetime
    inquiries: list[InquiryDetail] = Field(description="Each with its timeline, oldest first")
    related: int = Field(
        description="Further inquiries of what seems to be the same person, sent with other numbers and addresses only"
    )


class Erasure(BaseModel):
    erased: int = Field(description="Inquiries whose person was erased now")
    related: int = Field(
        description="Inquiries of what seems to be the same person that stay as they are; name their keys too"
    )
