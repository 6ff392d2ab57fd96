from fastapi import APIRouter, Response

from app.api.dependencies import (
    ClientAddressDep,
    CurrentUserDep,
    DatabaseDep,
    LimiterDep,
    SettingsDep,
    WriteSessionDep,
)
from app.api.errors import problems
from app.models.user import User
from app.schemas.auth import LoginRequest, PasswordChange, TokenResponse, UserResponse
from app.services import auth

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post(
    "/login", summary="Log in", response_model=TokenResponse, responses=problems(401, 408, 413, 415, 422, 429, 503)
)
async def login(
    body: LoginRequest,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    limiter: LimiterDep,
    address: ClientAddressDep,
) -> TokenResponse:
    """A bearer token for `Authorization`.

    After ten failed attempts within 15 minutes, for one account or from one address, further ones get 429, whose detail
    and `Retry-After` say how long. Right passwords do not count.
    """
    token = await auth.login(
        database,
        settings,
        limiter,
        email=body.email,
        password=body.password.get_secret_value(),
        client_address=address,
    )
    response.headers["Cache-Control"] = "no-store"
    return TokenResponse(access_token=token, expires_in=settings.access_token_expire_minutes * 60)


@router.get("/me", summary="Who am I", response_model=UserResponse, responses=problems(401, 503))
async def me(current: CurrentUserDep) -> User:
    """The account whose token was sent."""
    return current.user


@router.post("/logout", summary="Revoke this token", status_code=204, responses=problems(401, 503))
async def logout(current: CurrentUserDep, session: WriteSessionDep) -> None:
    """The token sent is refused from now on; others of the same account go on."""
    await auth.logout(session, current.claims)


@router.post(
    "/password",
    summary="Change the password; revokes all tokens",
    status_code=204,
    responses=problems(401, 408, 413, 415, 422, 429, 503),
)
async def change_password(
    body: PasswordChange, current: CurrentUserDep, database: DatabaseDep, limiter: LimiterDep
) -> None:
    """At least 10 characters, at most 72 bytes. Ten failed attempts within 15 minutes, then 429."""
    await auth.change_password(
        database,
        limiter,
        current.user,
        current.actor,
        body.current_password.get_secret_value(),
        body.new_password.get_secret_value(),
    )
