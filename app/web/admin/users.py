"""Accounts, for super admins: who there is, a new one, another name or role, and who may no longer come in."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.config.database import WriteSession
from app.core.exceptions import ConflictError
from app.core.vocabulary import UserRole
from app.schemas.auth import PasswordReset, UserChange, UserCreate, UserQuery
from app.services import accounts
from app.services.versions import etag
from app.web.admin.forms import FormRefusedError, checked
from app.web.admin.panel import Panel, SuperPanelDep, refusal
from app.web.admin.tables import UNPROCESSABLE, table
from app.web.admin.toast import Told

router = APIRouter()
PATH = "/admin/users"
FIELDS = ("email", "full_name", "role")
A_PAGE = 50


async def _page(panel: Panel, typed: dict[str, str], problems: dict[str, str]) -> Response:
    shown = await table(panel, PATH, ("page",), UserQuery, accounts.search, A_PAGE)
    if shown["found"] is None:
        return panel.go(PATH)
    status = UNPROCESSABLE if problems else 200
    shown |= {"typed": typed, "problems": problems, "status": status}
    return await panel.page("users.html", roles=list(UserRole), tag=etag, **shown)


@router.get(PATH, include_in_schema=False)
async def everybody(panel: SuperPanelDep) -> Response:
    """All accounts by name, and a form for another."""
    return await _page(panel, dict.fromkeys(FIELDS, ""), {})


@router.post(PATH, include_in_schema=False)
async def create(panel: SuperPanelDep) -> Response:
    """Active at once; whoever gets it changes the password."""
    form = await panel.request.form()
    typed = {name: str(form.get(name, "")) for name in FIELDS}
    try:
        body = checked(UserCreate, {**typed, "password": form.get("password", "")})
        made = await accounts.create(
            panel.database,
            panel.actor,
            email=body.email,
            password=body.password.get_secret_value(),
            full_name=body.full_name,
            role=body.role,
        )
    except FormRefusedError as refused:
        return await _page(panel, typed, refused.problems)
    except ConflictError as refused:
        return await _page(panel, typed, {"email": refused.detail})
    return panel.go(PATH, Told(f"{made.full_name} may come in now. Hand the password over in person."))


@router.post(f"{PATH}/{{user_id}}/password", include_in_schema=False)
async def reset_password(user_id: UUID, panel: SuperPanelDep) -> Response:
    """For somebody who forgot it; every session of the account ends."""
    form = await panel.request.form()
    try:
        password = checked(PasswordReset, {"password": form.get("password", "")}).password.get_secret_value()
        name = await accounts.reset_password(panel.database, panel.actor, user_id, password)
    except FormRefusedError as refused:
        return panel.go(PATH, refusal(refused))
    return panel.go(PATH, Told(f"{name} has another password. Hand it over in person; it is to be changed then."))


@router.post(f"{PATH}/{{user_id}}", include_in_schema=False)
async def change(user_id: UUID, panel: SuperPanelDep) -> Response:
    """Another name or role, or active or not: whoever is deactivated is logged out everywhere."""
    form = await panel.request.form()
    values: dict[str, object] = {name: form[name] for name in ("full_name", "role") if name in form}
    if "is_active" in form:
        values["is_active"] = form["is_active"] == "true"

    async def work(session: WriteSession) -> Told:
        version = str(form["version"]) if "version" in form else None
        before = await accounts.read(session, user_id)
        changed = await accounts.change(session, user_id, panel.actor, checked(UserChange, values), if_match=version)
        if "is_active" not in values:
            return Told(
                f"{changed.full_name} is changed.",
                undo=f"{PATH}/{user_id}",
                fields={"full_name": [before.full_name], "role": [before.role]},
            )
        back = {"is_active": ["false" if changed.is_active else "true"]}
        state = "may come in again" if changed.is_active else "is logged out and cannot come in"
        return Told(f"{changed.full_name} {state}.", undo=f"{PATH}/{user_id}", fields=back)

    return await panel.write(PATH, work)
