"""Who is signed in to the admin pages: the API's token, in a cookie that scripts cannot read."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request, Response

from app.api.dependencies import CurrentUser, DatabaseDep, SettingsDep
from app.config.settings import Settings
from app.core.exceptions import ForbiddenError, UnauthenticatedError
from app.core.vocabulary import UserRole
from app.services import auth
from app.web.pages import is_secure, see_other

LOGIN_PATH = "/admin/login"


class LoginNeeded(Exception):  # noqa: N818 - a way to go on, not an error
    """Nobody is signed in; on_login_needed sends them to the login page, and from there back to `path`."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


async def on_login_needed(_: Request, needed: Exception) -> Response:
    assert isinstance(needed, LoginNeeded)  # noqa: S101 - registered for this class only
    return see_other(f"{LOGIN_PATH}?{urlencode({'next': needed.path})}")


def _cookie(settings: Settings) -> str:
    """With the prefix the browser takes it only by TLS, for this host and all its paths."""
    return "__Host-session" if is_secure(settings) else "session"


def sign_in(response: Response, settings: Settings, token: str) -> None:
    response.set_cookie(
        _cookie(settings),
        token,
        max_age=settings.access_token_expire_minutes * 60,
        secure=is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def sign_out(response: Response, settings: Settings) -> None:
    response.delete_cookie(_cookie(settings), secure=is_secure(settings), httponly=True, samesite="lax")


async def signed_in(request: Request, database: DatabaseDep, settings: SettingsDep) -> CurrentUser:
    """Raises LoginNeeded, which comes back to this page when it can be opened again."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    needed = LoginNeeded(back if request.method == "GET" else "/admin")
    token = request.cookies.get(_cookie(settings))
    if token is None:
        raise needed
    try:
        async with database.read() as session:
            user, claims = await auth.authenticate(session, settings, token)
    except UnauthenticatedError:
        raise needed from None
    return CurrentUser.of(request, settings, user, claims)


StaffPageDep = Annotated[CurrentUser, Depends(signed_in)]


def _only(*roles: UserRole) -> Callable[[CurrentUser], Coroutine[Any, Any, CurrentUser]]:
    async def check(current: StaffPageDep) -> CurrentUser:
        if current.user.role not in roles:
            raise ForbiddenError("Your role does not allow this")
        return current

    return check


AdminPageDep = Annotated[CurrentUser, Depends(_only(UserRole.ADMIN, UserRole.SUPER_ADMIN))]
SuperAdminPageDep = Annotated[CurrentUser, Depends(_only(UserRole.SUPER_ADMIN))]
