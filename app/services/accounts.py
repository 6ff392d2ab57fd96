"""Accounts of the people who run the listings."""

import asyncio
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.config.database import Database, ReadSession, WriteSession
from app.core.exceptions import ConflictError, NotFoundError
from app.core.ids import new_id
from app.core.security import get_password_hash
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction, UserRole
from app.models.user import User
from app.repositories import users
from app.schemas.auth import AdminUser, UserChange, UserPage, UserQuery
from app.schemas.paging import Paged
from app.services.audit import Actor, record_change
from app.services.versions import changed_meanwhile, etag, seen


async def create(
    database: Database, actor: Actor, *, email: str, password: str, full_name: str, role: UserRole
) -> User:
    """Create an active account. Raises ConflictError when the e-mail is taken, PasswordRuleError."""
    hashed = await asyncio.to_thread(get_password_hash, password)
    user = User(id=new_id(), email=email, hashed_password=hashed, full_name=full_name, role=role)
    try:
        async with unit_of_work(database) as session:
            users.add(session, user)
            record_change(session, actor, AuditAction.CREATED, user)
    except IntegrityError:
        raise ConflictError(f"There is already an account for {email}") from None
    return user


async def reset_password(database: Database, actor: Actor, user_id: UUID, password: str) -> str:
    """Give an account another password, which ends its sessions; returns whose it is.

    Raises NotFoundError, PasswordRuleError.
    """
    hashed = await asyncio.to_thread(get_password_hash, password)
    async with unit_of_work(database) as session:
        user = _found(await users.lock(session, user_id), user_id)
        user.hashed_password = hashed
        user.token_generation += 1
        record_change(session, actor, AuditAction.PASSWORD_CHANGED, user)
        return user.full_name


def _found(user: User | None, user_id: UUID) -> User:
    if user is None:
        raise NotFoundError(f"There is no account {user_id}")
    return user


async def search(session: ReadSession, query: UserQuery) -> UserPage:
    """A page of accounts by name. Raises InvalidInputError for an unknown page."""
    page = Paged.of(await users.count(session, query), query)
    return UserPage.model_validate({**page.model_dump(), "items": await users.find_page(session, query)})


async def read(session: ReadSession, user_id: UUID) -> AdminUser:
    """Raises NotFoundError."""
    return AdminUser.model_validate(_found(await users.find(session, user_id), user_id))


async def change(
    session: WriteSession, user_id: UUID, actor: Actor, body: UserChange, *, if_match: str | None
) -> AdminUser:
    """Change what is named. Whoever is deactivated is logged out everywhere, and stays so when active again.

    Raises NotFoundError, PreconditionFailedError, ConflictError when no active super admin would be left.
    """
    # Before the account itself, so that all who might leave none wait for each other in one order.
    supers = await users.lock_super_admins(session) if _may_lose_power(body) else ()
    user = _found(await users.lock(session, user_id), user_id)
    tag = etag(user.id, user.version)
    if not seen(if_match, tag):
        raise changed_meanwhile(tag, AdminUser.model_validate(user).model_dump(mode="json"))
    if [one.id for one in supers] == [user.id]:
        raise ConflictError("This is the last active super admin; make another one first")
    for name in body.model_fields_set:
        setattr(user, name, getattr(body, name))
    if body.is_active is False:
        user.token_generation += 1
    record_change(session, actor, AuditAction.UPDATED, user)
    await session.flush()
    return AdminUser.model_validate(user)


def _may_lose_power(body: UserChange) -> bool:
    return body.is_active is False or body.role not in {None, UserRole.SUPER_ADMIN}
