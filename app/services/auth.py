"""Who may come in: login, tokens, passwords."""

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

import structlog

from app.config.database import Database, ReadSession, WriteSession
from app.config.settings import Settings
from app.core.exceptions import InvalidInputError, TooManyRequestsError, UnauthenticatedError, UnavailableError
from app.core.security import (
    NOBODYS_HASH,
    PasswordRuleError,
    TokenClaims,
    get_password_hash,
    issue_token,
    read_token,
    verify_password,
)
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction, AuditEntity
from app.infrastructure.limiter import RateLimiter
from app.models.user import User
from app.repositories import users
from app.services.audit import Actor, record

log = structlog.get_logger()
LOGIN_LIMIT = "10 per 15 minutes"
REVOKED = "The token is no longer valid; log in again"
HASHING_PATIENCE_SECONDS = 2.0
T = TypeVar("T")

# A hash takes 0.2 s of a core; more of them at once would only wait for each other.
hashing_places = asyncio.Semaphore(2 * (os.cpu_count() or 1))


async def _in_thread(hashing: Callable[..., T], *texts: str) -> T:
    """Raises UnavailableError when so many wait already that this one would not come soon."""
    try:
        async with asyncio.timeout(HASHING_PATIENCE_SECONDS):
            await hashing_places.acquire()
    except TimeoutError:
        raise UnavailableError("Too many log in at this moment; try again") from None
    try:
        return await asyncio.to_thread(hashing, *texts)
    finally:
        hashing_places.release()


async def login(
    database: Database, settings: Settings, limiter: RateLimiter, *, email: str, password: str, client_address: str
) -> str:
    """Return an access token. Unknown account, wrong password and inactive user get the same answer in the same time.

    Raises TooManyRequestsError after ten failed attempts in 15 minutes for the account or from the address,
    UnavailableError and UnauthenticatedError. Opens its own sessions: hashing must not hold a connection.
    """
    by = {"account": email.lower(), "address": client_address}
    await _limit(limiter, "login", **by)
    async with database.read() as session:
        user = await users.find_by_email(session, email)
    matches = await _in_thread(verify_password, password, user.hashed_password if user else NOBODYS_HASH)
    if user is None or not matches or not user.is_active:
        log.info("login_refused", user_id=str(user.id) if user else None)
        raise UnauthenticatedError("E-mail or password is wrong")
    await _take_back(limiter, "login", **by)
    async with unit_of_work(database) as session:
        await users.record_login(session, user.id)
    log.info("login", user_id=str(user.id))
    return issue_token(settings, user.id, user.role, user.token_generation)


async def _limit(limiter: RateLimiter, purpose: str, **identifiers: str) -> None:
    """Count an attempt before it is checked, so that many at once get no further than one after the other."""
    for kind, value in identifiers.items():
        wait = await limiter.hit(LOGIN_LIMIT, purpose, kind, value)
        if wait is not None:
            minutes = -(-wait // 60)
            detail = f"Too many failed attempts; try again in {minutes} minute{'' if minutes == 1 else 's'}"
            raise TooManyRequestsError(detail, retry_after_seconds=wait)


async def _take_back(limiter: RateLimiter, purpose: str, **identifiers: str) -> None:
    """Uncount an attempt that succeeded, and no other: a right password makes no room for guesses, wherever."""
    for kind, value in identifiers.items():
        await limiter.hit(LOGIN_LIMIT, purpose, kind, value, cost=-1)


async def authenticate(session: ReadSession, settings: Settings, token: str) -> tuple[User, TokenClaims]:
    """Return the user a token speaks for. Raises UnauthenticatedError."""
    claims = read_token(settings, token)
    user = await users.find_by_token(session, claims.user_id, claims.token_id, claims.generation)
    if user is None:
        raise UnauthenticatedError(REVOKED)
    return user, claims


async def logout(session: WriteSession, claims: TokenClaims) -> None:
    await users.revoke_token(session, claims.token_id, claims.expires_at)


async def change_password(
    database: Database, limiter: RateLimiter, user: User, actor: Actor, current: str, new: str
) -> None:
    """Change the password and revoke every token.

    Raises InvalidInputError naming the field, UnavailableError, UnauthenticatedError when it was changed meanwhile,
    and TooManyRequestsError: a stolen token must not allow guessing.
    """
    await _limit(limiter, "password", account=str(user.id))
    if not await _in_thread(verify_password, current, user.hashed_password):
        raise InvalidInputError("current_password", "is wrong")
    try:
        hashed = await _in_thread(get_password_hash, new)
    except PasswordRuleError as error:
        raise InvalidInputError("new_password", str(error)) from None
    await _take_back(limiter, "password", account=str(user.id))
    async with unit_of_work(database) as session:
        if not await users.set_password(session, user, hashed):
            raise UnauthenticatedError(REVOKED)
        changes = {"hashed_password": None}
        record(session, actor, AuditEntity.USER, AuditAction.PASSWORD_CHANGED, entity_id=user.id, changes=changes)
