"""Types of settings: what a value must be, alone, in production, and beside others."""

import re
from collections.abc import Callable
from email.utils import parseaddr
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, ValidationInfo
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MAX_PORT = 65_535
PORT_RULE = f"must have a number from 1 to {MAX_PORT} as its port; percent-encode / and @ in a password"
MIN_SECRET_LENGTH = 32
MIN_DISTINCT_CHARACTERS = 10
BROKER_SCHEMES = ("redis://", "rediss://")
# None so short that it turns up in a random secret.
PLACEHOLDERS = ("change", "secret", "example", "placeholder", "your-", "xxxxxx")


class AppEnv(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


def _check_database_url(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        msg = "is not a database URL; expected postgresql+asyncpg://user:password@host:5432/name"
        raise ValueError(msg) from None
    except ValueError:
        # The parser's own text would quote what stands there, a password perhaps.
        raise ValueError(PORT_RULE) from None
    if url.drivername != "postgresql+asyncpg":
        msg = f"must start with postgresql+asyncpg://, not {url.drivername}://"
        raise ValueError(msg)
    if url.port is not None and not 1 <= url.port <= MAX_PORT:
        raise ValueError(PORT_RULE)
    return value


def _check_redis_url(value: SecretStr) -> SecretStr:
    msg = "is not a Redis URL; expected redis://:password@host:6379/0"
    try:
        url = urlsplit(value.get_secret_value())
    except ValueError:
        raise ValueError(msg) from None
    if url.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError(msg)
    try:
        port = url.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(PORT_RULE)
    if url.scheme != "unix" and not re.fullmatch(r"/?[0-9]*", url.path):
        msg = "must end with a database number, as in redis://host:6379/0"
        raise ValueError(msg)
    return value


def _check_broker_url(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(BROKER_SCHEMES):
        msg = "must start with redis:// or rediss://"
        raise ValueError(msg)
    return value


def _check_webhook_secrets(secrets: list[SecretStr]) -> list[SecretStr]:
    for secret in secrets:
        text = secret.get_secret_value()
        if text.startswith("whsec_") and not re.fullmatch(r"[A-Za-z0-9+/]{32,}={0,2}", text.removeprefix("whsec_")):
            msg = "what follows whsec_ must be base64 of at least 24 bytes"
            raise ValueError(msg)
    return secrets


def _check_smtp_url(value: SecretStr | None) -> SecretStr | None:
    if value is None:
        return None
    msg = "must be smtp:// (STARTTLS where the server offers it) or smtps://user:password@mail.example:465"
    try:
        url = urlsplit(value.get_secret_value())
        port = url.port
    except ValueError:
        raise ValueError(msg) from None
    if url.scheme not in {"smtp", "smtps"} or not url.hostname or url.path.strip("/") or port == 0:
        raise ValueError(msg)
    return value


def _check_mailbox(value: str) -> str:
    if "@" not in parseaddr(value)[1] or "\n" in value:
        raise ValueError("must be an address, as in CasaBricks <leads@homes.example>")
    return value


def _check_inbox(value: str | None, info: ValidationInfo) -> str | None:
    if value is None:
        return None
    if info.data.get("app_env") is AppEnv.PRODUCTION and info.data.get("smtp_url") is None:
        raise ValueError("needs SMTP_URL: in production e-mails are not written into a folder")
    return _check_mailbox(value)


def _check_crm_secret(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    if value is None:
        if info.data.get("crm_webhook_url"):
            raise ValueError("is missing: messages to CRM_WEBHOOK_URL are signed with it")
        return None
    return _check_webhook_secrets([value])[0]


def weak_secret(value: SecretStr | None) -> str | None:
    """Say why a secret is too weak for production, or None when it will do."""
    if value is None or not value.get_secret_value():
        return "is missing"
    text = value.get_secret_value()
    if len(text) < MIN_SECRET_LENGTH:
        return f"is shorter than {MIN_SECRET_LENGTH} characters"
    if any(word in text.lower() for word in PLACEHOLDERS) or len(set(text)) < MIN_DISTINCT_CHARACTERS:
        return "looks like a placeholder"
    return None


def in_production(find_problem: Callable[[Any], str | None]) -> AfterValidator:
    """Refuse a value in production, field by field: a rule on the whole would wait until every field is right."""

    def check(value: Any, info: ValidationInfo) -> Any:
        # app_env is the first field, so it is read by now.
        if info.data.get("app_env") is AppEnv.PRODUCTION and (problem := find_problem(value)):
            raise ValueError(problem)
        return value

    return AfterValidator(check)


def _check_broker_in_production(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    cache: SecretStr | None = info.data.get("redis_url")
    stands_in = cache is None or cache.get_secret_value().startswith(BROKER_SCHEMES)
    if info.data.get("app_env") is AppEnv.PRODUCTION and value is None and not stands_in:
        msg = "is missing: REDIS_URL cannot stand in, it is not redis:// or rediss://"
        raise ValueError(msg)
    return value


DatabaseUrl = Annotated[str, AfterValidator(_check_database_url)]
RedisUrl = Annotated[
    Annotated[SecretStr, AfterValidator(_check_redis_url)] | None,
    in_production(lambda url: None if url else "is missing"),
]
BrokerUrl = Annotated[SecretStr, AfterValidator(_check_broker_url)]
JobsUrl = Annotated[BrokerUrl | None, AfterValidator(_check_broker_in_production)]
SmtpUrl = Annotated[SecretStr | None, AfterValidator(_check_smtp_url)]
Mailbox = Annotated[str, AfterValidator(_check_mailbox)]
Inbox = Annotated[str | None, AfterValidator(_check_inbox)]
SigningKey = Annotated[SecretStr | None, in_production(weak_secret)]
CrmSecret = Annotated[SecretStr | None, AfterValidator(_check_crm_secret)]
WebhookSecrets = Annotated[
    list[SecretStr],
    AfterValidator(_check_webhook_secrets),
    in_production(lambda secrets: next(filter(None, map(weak_secret, secrets)), None)),
]
DevelopmentOnly = Annotated[bool, in_production(lambda on: "must be off" if on else None)]
