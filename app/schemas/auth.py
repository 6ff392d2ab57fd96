from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from app.core.vocabulary import UserRole
from app.schemas.base import RequestModel

Password = Annotated[SecretStr, Field(min_length=1, max_length=1000)]


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


class UserResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    full_name: str
    role: UserRole
    is_active: bool
    last_login_at: datetime | None
    created_at: datetime
