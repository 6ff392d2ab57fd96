"""Passwords (bcrypt), access tokens (JWT, one algorithm) and hashes of client addresses."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import bcrypt
import jwt

from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.exceptions import UnauthenticatedError
from app.core.ids import new_id
from app.core.vocabulary import UserRole

ISSUER = "casabricks"
AUDIENCE = "casabricks-api"
MIN_PASSWORD_CHARACTERS = 10
MAX_PASSWORD_BYTES = 72
ROUNDS = 12
# Compared against when there is no such account, so that the answer takes as long as for a real one. Of random bytes,
# and written down because making it took a quarter of each process's start.
NOBODYS_HASH = "$2b$12$aMMY9Et47tbvN8w2Bz4N8eg9Hr6Nh3.BfneYXfn3.bjx.st/70KRi"


class PasswordRuleError(ValueError):
    """The text says which rule a new password breaks."""


def check_new_password(password: str) -> str:
    """Return the password. Raises PasswordRuleError."""
    if len(password) < MIN_PASSWORD_CHARACTERS:
        msg = f"must have at least {MIN_PASSWORD_CHARACTERS} characters"
        raise PasswordRuleError(msg)
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        # bcrypt reads 72 bytes; cutting silently would make two different passwords equal.
        msg = f"must have at most {MAX_PASSWORD_BYTES} bytes (letters outside English take two or more)"
        raise PasswordRuleError(msg)
    if "\x00" in password:
        msg = "must not contain a NUL character"
        raise PasswordRuleError(msg)
    return password


def get_password_hash(password: str) -> str:
    """Hash a password; takes about 0.2 s of one core, so call it in a thread inside the server.

    Raises PasswordRuleError.
    """
    return bcrypt.hashpw(check_new_password(password).encode(), bcrypt.gensalt(ROUNDS)).decode()


def hash_address(settings: Settings, address: str) -> str:
    """The same for the same address; without the key nobody can try addresses out."""
    return hmac.new(settings.hash_key.encode(), b"address:" + address.encode(), hashlib.sha256).hexdigest()[:32]


def verify_password(password: str, hashed_password: str) -> bool:
    """Compare in constant time; as slow as hashing. A password no hash can have been made of is just wrong."""
    encoded = password.encode()
    if len(encoded) > MAX_PASSWORD_BYTES or b"\x00" in encoded:
        encoded = b""
    try:
        return bcrypt.checkpw(encoded, hashed_password.encode())
    except ValueError:  # a stored hash that is no bcrypt hash
        return False


@dataclass(frozen=True, slots=True)
class TokenClaims:
    user_id: UUID
    token_id: UUID
    generation: int
    expires_at: datetime


def issue_token(settings: Settings, user_id: UUID, role: UserRole, generation: int) -> str:
    now = utc_now()
    claims = {
        "sub": str(user_id),
        "role": role.value,
        "iat": now,
        "exp": now + timedelta(minutes=settings.access_token_expire_minutes),
        "jti": str(new_id()),
        "iss": ISSUER,
        "aud": AUDIENCE,
        "gen": generation,
    }
    return jwt.encode(claims, settings.jwt_key, algorithm=settings.jwt_algorithm)


def _generation(claim: object) -> int:
    if type(claim) is not int or not 0 <= claim < 2**31:  # false is an int as well
        msg = "not a generation"
        raise ValueError(msg)
    return claim


def read_token(settings: Settings, token: str) -> TokenClaims:
    """Check signature, algorithm, issuer, audience and expiry. Raises UnauthenticatedError."""
    try:
        claims = jwt.decode(
            token,
            settings.jwt_key,
            algorithms=[settings.jwt_algorithm],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["sub", "role", "iat", "exp", "jti", "iss", "aud", "gen"]},
        )
        UserRole(claims["role"])  # not used, the stored one counts; but every token of ours has one
        return TokenClaims(
            user_id=UUID(claims["sub"]),
            token_id=UUID(claims["jti"]),
            generation=_generation(claims["gen"]),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except jwt.ExpiredSignatureError:
        raise UnauthenticatedError("The token has expired; log in again") from None
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError, OSError):
        raise UnauthenticatedError("The token is not valid; log in again") from None
