"""Every setting of the application, read once from the environment (and `.env`)."""

import hashlib
import re
from collections.abc import Callable
from email.utils import parseaddr
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.config.addresses import BucketName, HostName, PublicUrl, ServiceUrl, needed_by, not_encrypted

BACKGROUND_STATEMENT_SECONDS = 600.0
MAX_PORT = 65_535
PORT_RULE = f"must have a number from 1 to {MAX_PORT} as its port; percent-encode / and @ in a password"
MIN_SECRET_LENGTH = 32
MIN_DISTINCT_CHARACTERS = 10
MEDIA_PATH = "/media/"
BROKER_SCHEMES = ("redis://", "rediss://")
# None so short that it turns up in a random secret.
PLACEHOLDERS = ("change", "secret", "example", "placeholder", "your-", "xxxxxx")


class SettingsError(Exception):
    """The environment cannot be used; the text lists every problem, one a line."""


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


BrokerUrl = Annotated[SecretStr, AfterValidator(_check_broker_url)]


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


def _in_production(find_problem: Callable[[Any], str | None]) -> AfterValidator:
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


SigningKey = Annotated[SecretStr | None, _in_production(weak_secret)]


RedisUrl = Annotated[
    Annotated[SecretStr, AfterValidator(_check_redis_url)] | None,
    _in_production(lambda url: None if url else "is missing"),
]


class RankWeights(BaseModel):
    """Weights of the rank's parts (repositories/ranking.py); only their ratios matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float = Field(default=30, ge=0)
    light: float = Field(default=15, ge=0)
    place: float = Field(default=20, ge=0)
    picture: float = Field(default=15, ge=0)
    freshness: float = Field(default=15, ge=0)
    completeness: float = Field(default=5, ge=0)


class FidelityThresholds(BaseModel):
    """What an enhanced picture may differ by from its original (docs/fidelity.md)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_matches: int = Field(default=30, ge=8)
    max_rotation_degrees: float = Field(default=12, ge=0, le=45)
    max_keystone: float = Field(default=0.5, ge=0, le=2)
    max_stretch: float = Field(default=0.1, ge=0, le=1)
    min_coverage: float = Field(default=0.58, ge=0, le=1)
    max_outside: float = Field(default=0.1, ge=0, le=1)
    max_structure_change: float = Field(default=0.36, ge=0, le=1)
    max_standout: float = Field(default=4, ge=1, le=100)
    max_colour_change: float = Field(default=10, ge=0, le=255)
    max_unevenness: float = Field(default=9, ge=0, le=255)


class Ranking(NamedTuple):
    """What a listing is ranked and its card rendered with."""

    weights: RankWeights = RankWeights()
    media_url: str = MEDIA_PATH
    """What stands before a picture's storage key in its address."""

    def parameters(self) -> dict[str, Any]:
        return {**self.weights.model_dump(), "media_url": self.media_url}


class Settings(BaseSettings):
    """See `.env.backend.example` for what each variable means."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        validate_default=True,
    )

    app_env: AppEnv = AppEnv.DEVELOPMENT
    debug: Annotated[bool, _in_production(lambda on: "must be off" if on else None)] = False
    secret_key: SigningKey = None

    database_url: Annotated[str, AfterValidator(_check_database_url)]
    database_pool_size: int = Field(default=8, ge=1, le=200)
    database_pool_timeout_seconds: float = Field(default=5, gt=0, le=60)
    database_statement_timeout_seconds: float = Field(default=15, gt=0, le=600)
    database_transaction_pooler: bool | None = None

    redis_url: RedisUrl = None
    celery_broker_url: Annotated[BrokerUrl | None, AfterValidator(_check_broker_in_production)] = None
    celery_result_backend: BrokerUrl | None = None

    jwt_secret_key: SigningKey = None
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    access_token_expire_minutes: int = Field(default=60, ge=1, le=24 * 60)

    allowed_origins: Annotated[
        list[str], NoDecode, _in_production(lambda names: "must name its origins, not *" if "*" in names else None)
    ] = []
    trusted_proxy_count: int = Field(default=0, ge=0, le=10)
    public_url: PublicUrl | None = None
    max_body_kb: int = Field(default=512, ge=16, le=10_240)
    docs_enabled: bool = True
    enable_metrics: bool = True
    metrics_folder: Path = Path(".casabricks/metrics")

    rate_limit_inquiries_per_hour: int = Field(default=5, ge=1, le=10_000)
    inquiries_from_abroad: bool = False
    inquiry_retention_days: int = Field(default=730, ge=30, le=36_500)
    event_retention_days: int = Field(default=90, ge=7, le=3_650)
    smtp_url: Annotated[SecretStr | None, AfterValidator(_check_smtp_url)] = None
    mail_from: Annotated[str, AfterValidator(_check_mailbox)] = "CasaBricks <leads@casabricks.example>"
    mail_folder: Path = Path(".casabricks/mail")
    leads_inbox: Annotated[str | None, AfterValidator(_check_inbox)] = None
    crm_webhook_url: Annotated[ServiceUrl | None, _in_production(not_encrypted)] = None
    crm_webhook_secret: Annotated[SecretStr | None, AfterValidator(_check_crm_secret)] = None

    max_file_size_mb: int = Field(default=10, ge=1, le=100)
    storage_backend: Literal["local", "supabase", "s3"] = "local"
    storage_folder: Path = Path(".casabricks/media")
    supabase_url: Annotated[ServiceUrl | None, needed_by("supabase"), _in_production(not_encrypted)] = None
    supabase_service_key: Annotated[SecretStr | None, needed_by("supabase")] = None
    supabase_storage_bucket: BucketName = "property-images"
    s3_bucket: Annotated[BucketName | None, needed_by("s3")] = None
    s3_region: str = "us-east-1"
    s3_endpoint_url: ServiceUrl | None = None
    s3_access_key_id: Annotated[str | None, needed_by("s3")] = None
    s3_secret_access_key: Annotated[SecretStr | None, needed_by("s3")] = None
    s3_public_url: Annotated[ServiceUrl | None, needed_by("s3")] = None

    ai_service_provider: Literal["http", "autoenhance"] = "http"
    ai_service_api_url: Annotated[ServiceUrl | None, _in_production(not_encrypted)] = None
    ai_service_api_key: SecretStr | None = None
    ai_service_webhook_secret: Annotated[
        list[SecretStr],
        NoDecode,
        AfterValidator(_check_webhook_secrets),
        _in_production(lambda secrets: next(filter(None, map(weak_secret, secrets)), None)),
    ] = []
    ai_service_allowed_hosts: Annotated[list[HostName], NoDecode] = []
    ai_service_private_addresses: Annotated[bool, _in_production(lambda on: "must be off" if on else None)] = False

    rank_weights: RankWeights = Field(default_factory=RankWeights)
    fidelity: FidelityThresholds = Field(default_factory=FidelityThresholds)

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, data: dict[str, object]) -> dict[str, object]:
        lists = ("allowed_origins", "ai_service_webhook_secret", "ai_service_allowed_hosts")
        texts = {name: text for name in lists if isinstance(text := data.get(name), str)}
        return data | {name: [part.strip() for part in text.split(",") if part.strip()] for name, text in texts.items()}

    def for_background_work(self) -> Self:
        """These settings with time for statements over all listings."""
        return self.model_copy(update={"database_statement_timeout_seconds": BACKGROUND_STATEMENT_SECONDS})

    @property
    def jwt_key(self) -> str:
        """The signing key. Outside production a missing one is derived: the same in every worker, not public."""
        if self.jwt_secret_key is None:
            return hashlib.sha256(b"development:" + self.database_url.encode()).hexdigest()
        return self.jwt_secret_key.get_secret_value()

    @property
    def hash_key(self) -> str:
        """What client addresses are hashed with. Outside production a missing one is derived like the signing key."""
        return self.jwt_key if self.secret_key is None else self.secret_key.get_secret_value()

    @property
    def media_url(self) -> str:
        """What stands before a picture's storage key in its address."""
        match self.storage_backend:
            case "supabase":
                return f"{self.supabase_url}/storage/v1/object/public/{self.supabase_storage_bucket}/"
            case "s3":
                return f"{self.s3_public_url}/"
            case "local":
                return MEDIA_PATH  # relative, so that it holds under every name the app is reached by

    @property
    def ranking(self) -> Ranking:
        return Ranking(self.rank_weights, self.media_url)

    @property
    def sends_mail(self) -> bool:
        """By SMTP; outside production without it into a folder."""
        return self.smtp_url is not None or self.app_env is not AppEnv.PRODUCTION

    @property
    def broker_url(self) -> str | None:
        """Where jobs wait; None when there is no broker, so that jobs are not sent."""
        url = self.celery_broker_url or self.redis_url
        if url is None or not url.get_secret_value().startswith(BROKER_SCHEMES):
            return None
        return url.get_secret_value()

    @property
    def behind_transaction_pooler(self) -> bool:
        """Whether server-side prepared statements must be avoided (PgBouncer, Supabase's pooler)."""
        if self.database_transaction_pooler is not None:
            return self.database_transaction_pooler
        return make_url(self.database_url).port in {6432, 6543}


def load_settings() -> Settings:
    """Read the environment.

    Raises SettingsError naming every variable that is missing or refused.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "__".join(str(part) for part in problem["loc"]).upper()
            if name == "DATABASE_URL" and problem["type"] == "missing":
                lines.append(
                    "DATABASE_URL is not set: start the demo (uv run casabricks demo) and run "
                    'eval "$(uv run casabricks env)", or name your own PostgreSQL in .env '
                    "(cp .env.backend.example .env)"
                )
            else:
                lines.append(f"{name}: {problem['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from None


@cache
def get_settings() -> Settings:
    """Return the settings of this process, read on first use."""
    return load_settings()
