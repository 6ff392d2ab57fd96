from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import UserRole
from app.models.user import RevokedToken, User
from app.schemas.auth import UserQuery


async def find_by_email(session: ReadSession, email: str) -> User | None:
    return (await session.execute(select(User).where(func.lower(User.email) == email.lower()))).scalar_one_or_none()


async def find_by_token(session: ReadSession, user_id: UUID, token_id: UUID, generation: int) -> User | None:
    """The active user this token still speaks for: not logged out, not revoked with its generation."""
    statement = select(User).where(
        User.id == user_id,
        User.is_active,
        User.token_generation == generation,
        ~exists().where(RevokedToken.jti == token_id),
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def find(session: ReadSession, user_id: UUID) -> User | None:
    return await session.get(User, user_id)


async def find_active(session: ReadSession, user_id: UUID) -> User | None:
    return (await session.execute(select(User).where(User.id == user_id, User.is_active))).scalar_one_or_none()


async def revoke_token(session: WriteSession, token_id: UUID, expires_at: datetime) -> None:
    """Refuse this token from now on."""
    await session.execute(insert(RevokedToken).values(jti=token_id, expires_at=expires_at).on_conflict_do_nothing())


async def forget_expired_tokens(session: WriteSession) -> int:
    """Drop revocations that expiry has made needless; returns how many there were."""
    deleted = await session.execute(delete(RevokedToken).where(RevokedToken.expires_at < func.now()))
    return cast("CursorResult[Any]", deleted).rowcount


async def set_password(session: WriteSession, user: User, hashed_password: str) -> bool:
    """Store the hash and revoke every token of the user; False when the password is no longer the one `user` has."""
    changed = await session.execute(
        update(User)
        .where(User.id == user.id, User.hashed_password == user.hashed_password)
        .values(hashed_password=hashed_password, token_generation=User.token_generation + 1)
        .returning(User.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


async def record_login(session: WriteSession, user_id: UUID) -> None:
    await session.execute(update(User).where(User.id == user_id).values(last_login_at=func.now()))


async def count(session: ReadSession, query: UserQuery) -> int:
    statement = select(func.count()).select_from(User).where(*_conditions(query))
    return (await session.execute(statement)).scalar_one()


async def find_page(session: ReadSession, query: UserQuery) -> Sequence[User]:
    """By name."""
    page = select(User).where(*_conditions(query)).order_by(func.lower(User.full_name), User.id)
    return (await session.execute(page.limit(query.per_page).offset(query.offset))).scalars().all()


async def lock(session: WriteSession, user_id: UUID) -> User | None:
    """For a change; rows that refer to the account can still be written meanwhile."""
    statement = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()


async def lock_super_admins(session: WriteSession) -> Sequence[User]:
    """The active ones, as they are once every earlier change to one of them is done."""
    supers = select(User).where(User.role == UserRole.SUPER_ADMIN, User.is_active)
    statement = supers.order_by(User.id).with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.execute(statement)).scalars().all()


def _conditions(query: UserQuery) -> list[ColumnElement[bool]]:
    equal = {User.role: query.role, User.is_active: query.is_active}
    return [column == value for column, value in equal.items() if value is not None]


def add(session: WriteSession, user: User) -> None:
    session.add(user)
