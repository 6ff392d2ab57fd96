from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    StringConstraints,
    model_validator,
)

from app.core.security import check_new_password
from app.core.vocabulary import UserRole
from app.schemas.base import Email, FullName, RequestModel, refused
from app.schemas.paging import Paged, PageQuery


def _writable(password: SecretStr) -> SecretStr:
    # JSON can carry half a character; pydantic looks for it in plain texts only.
    try:
        password.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain half a surrogate pair") from None
    return password


Password = Annotated[SecretStr, Field(min_length=1, max_length=1000), AfterValidator(_writable)]


class Credentials(RequestModel):
    """A password is what was typed: blanks around it belong to it."""

    model_config = ConfigDict(str_strip_whitespace=False)


class LoginRequest(Credentials):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "admin@casabricks.example", "password": "as it was printed"}]}
    )

    email: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]
    password: Password


class TokenResponse(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds")


class PasswordChange(Credentials):
    current_password: Password
    new_password: Password


def _new_password(password: SecretStr) -> SecretStr:
    check_new_password(password.get_secret_value())
    return password


NewPassword = Annotated[Password, AfterValidator(_new_password)]


class UserCreate(Credentials):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "ravi@homes.example.com",
                    "full_name": "Ravi Kumar",
                    "role": "agent",
                    "password": "at least ten characters",
                }
            ]
        }
    )

    email: Email
    full_name: FullName
    role: UserRole
    password: NewPassword


class PasswordReset(Credentials):
    password: NewPassword


class UserChange(RequestModel):
    """What is left out stays as it is."""

    full_name: FullName | None = None
    role: UserRole | None = None
    is_active: StrictBool | None = None

    @model_validator(mode="after")
    def _check_any(self) -> Self:
        for name in self.model_fields_set:
            if getattr(self, name) is None:
                raise refused((name, "must not be null; leave it out to keep it"))
        if not self.model_fields_set:
            raise refused(("body", "names nothing to change"))
        return self


class UserResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    full_name: str
    role: UserRole
    is_active: bool
    last_login_at: datetime | None
    created_at: datetime


class AdminUser(UserResponse):
    version: int = Field(description="The number in the ETag")


class UserPage(Paged):
    items: list[AdminUser]


class UserQuery(PageQuery):
    role: UserRole | None = None
    is_active: bool | None = None
