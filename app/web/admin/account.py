"""Signing in and out, and one's own password."""

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from app.api.dependencies import ClientAddressDep, DatabaseDep, LimiterDep, SettingsDep
from app.core.exceptions import InvalidInputError, TooManyRequestsError, UnauthenticatedError
from app.core.vocabulary import Language
from app.schemas.auth import LoginRequest, PasswordChange
from app.services import auth
from app.web.admin.forms import FormRefusedError, checked, problems_of
from app.web.admin.panel import StaffPanelDep
from app.web.admin.toast import Told, read_told, tell
from app.web.pages import page, see_other
from app.web.preferences import local_path
from app.web.session import LOGIN_PATH, sign_in, sign_out

router = APIRouter()
HOME = "/admin"


def _login_page(
    request: Request, back: str, *, email: str = "", problem: str = "", problems: dict[str, str] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    told = read_told(request)
    context = {"back": back, "email": email, "problem": problem, "problems": problems or {}, "told": told}
    shown = page(request, "admin/login.html", status=status, language=Language.ENGLISH, **context)
    if told is not None:
        tell(shown, request.app.state.settings, None)
    return shown


@router.get(LOGIN_PATH, include_in_schema=False)
async def login_page(request: Request) -> Response:
    """The form; `next` is the page to go on to."""
    return _login_page(request, local_path(request.query_params.get("next", HOME)))


@router.post(LOGIN_PATH, include_in_schema=False)
async def login(
    request: Request, database: DatabaseDep, settings: SettingsDep, limiter: LimiterDep, address: ClientAddressDep
) -> Response:
    """The same limits and the same words as the API's login."""
    form = await request.form()
    back, email, password = (str(form.get(name, "")) for name in ("next", "email", "password"))
    back = local_path(back or HOME)
    try:
        typed = checked(LoginRequest, {"email": email, "password": password})
        token = await auth.login(
            database,
            settings,
            limiter,
            email=typed.email,
            password=typed.password.get_secret_value(),
            client_address=address,
        )
    except FormRefusedError as refused:
        return _login_page(request, back, email=email, problems=refused.problems, status=422)
    except (UnauthenticatedError, TooManyRequestsError) as refused:
        shown = _login_page(request, back, email=email, problem=refused.detail, status=refused.status)
        shown.headers.update(refused.headers)
        return shown
    response = see_other(back)
    sign_in(response, settings, token)
    return response


@router.post("/admin/logout", include_in_schema=False)
async def logout(panel: StaffPanelDep) -> Response:
    """The token is revoked, not only forgotten by this browser."""
    async with panel.writing() as session:
        await auth.logout(session, panel.current.claims)
    response = panel.go(LOGIN_PATH, Told("You are logged out."))
    sign_out(response, panel.settings)
    return response


@router.get("/admin/account", include_in_schema=False)
async def account(panel: StaffPanelDep) -> Response:
    """Who is signed in, and a new password."""
    return await panel.page("account.html", problems={}, problem="")


def _passwords(form: FormData) -> tuple[str, str]:
    """The present one and the new one. Raises FormRefusedError, InvalidInputError."""
    typed = checked(PasswordChange, {name: form.get(name, "") for name in PasswordChange.model_fields})
    new = typed.new_password.get_secret_value()
    if form.get("again") != new:
        raise InvalidInputError("again", "is not the same as the new password")
    return typed.current_password.get_secret_value(), new


@router.post("/admin/account", include_in_schema=False)
async def change_password(panel: StaffPanelDep, limiter: LimiterDep) -> Response:
    """Ends every session of the account, this one too: the new password opens the next."""
    form = await panel.request.form()
    problems: dict[str, str] = {}
    problem, status = "", 422
    try:
        await auth.change_password(panel.database, limiter, panel.user, panel.actor, *_passwords(form))
    except (FormRefusedError, InvalidInputError) as refused:
        problems = problems_of(refused)
    except TooManyRequestsError as refused:
        problem, status = refused.detail, refused.status
    else:
        response = panel.go(LOGIN_PATH, Told("The password is changed. Log in with the new one."))
        sign_out(response, panel.settings)
        return response
    return await panel.page("account.html", problems=problems, problem=problem, status=status)
