"""Accounts and their roles."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.api.caching import listed
from app.api.dependencies import DatabaseDep, IfMatch, ReadSessionDep, SuperAdminDep, WriteSessionDep
from app.api.errors import problems
from app.schemas.auth import AdminUser, UserChange, UserCreate, UserPage, UserQuery
from app.services import accounts
from app.services.versions import etag

router = APIRouter(prefix="/admin/users", tags=["admin: users"], responses=problems(401, 403, 422, 503))


def versioned(response: Response, user: AdminUser) -> AdminUser:
    response.headers["ETag"] = etag(user.id, user.version)
    response.headers["Cache-Control"] = "no-store"
    return user


@router.get("", summary="List accounts", response_model=UserPage)
async def search(_: SuperAdminDep, query: Annotated[UserQuery, Query()], session: ReadSessionDep) -> UserPage:
    """By name, inactive ones too. For super admins."""
    return await accounts.search(session, query)


@router.post(
    "", summary="Create an account", status_code=201, response_model=AdminUser, responses=problems(408, 409, 413, 415)
)
async def create(body: UserCreate, response: Response, current: SuperAdminDep, database: DatabaseDep) -> AdminUser:
    """Active at once. The password has at least 10 characters and at most 72 bytes. For super admins."""
    created = await accounts.create(
        database,
        current.actor,
        email=body.email,
        password=body.password.get_secret_value(),
        full_name=body.full_name,
        role=body.role,
    )
    return versioned(response, AdminUser.model_validate(created))


@router.patch(
    "/{user_id}",
    summary="Change an account",
    response_model=AdminUser,
    responses=problems(404, 408, 409, 412, 413, 415),
)
async def change(
    user_id: UUID,
    body: UserChange,
    request: Request,
    response: Response,
    current: SuperAdminDep,
    session: WriteSessionDep,
    _: IfMatch = None,
) -> AdminUser:
    """Name, role, active or not. Deactivating revokes every token. The last active super admin can be neither demoted
    nor deactivated (409). For super admins.
    """
    if_match = listed(request, "if-match")
    changed = await accounts.change(session, user_id, current.actor, body, if_match=if_match)
    return versioned(response, changed)
