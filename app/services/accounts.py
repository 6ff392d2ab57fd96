"""Accounts of the people who run the listings."""

import asyncio

import structlog
from sqlalchemy.exc import IntegrityError

from app.config.database import Database
from app.core.exceptions import ConflictError
from app.core.security import get_password_hash
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.models.user import User
from app.repositories import users

log = structlog.get_logger()


async def create(database: Database, *, email: str, password: str, full_name: str, role: UserRole) -> User:
    """Create an active account. Raises ConflictError when the e-mail is taken, PasswordRuleError."""
    hashed = await asyncio.to_thread(get_password_hash, password)
    user = User(email=email, hashed_password=hashed, full_name=full_name, role=role)
    try:
        async with unit_of_work(database) as session:
            users.add(session, user)
    except IntegrityError:
        raise ConflictError(f"There is already an account for {email}") from None
    log.info("user_created", user_id=str(user.id), role=role.value)
    return user
