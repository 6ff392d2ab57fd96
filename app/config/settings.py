"""Every setting of the application, read once from the environment (and `.env`)."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url

from app.config.addresses import BucketName, HostName, PublicUrl, ServiceUrl, needed_by, not_encrypted
from app.config.rules import (
    BROKER_SCHEMES,
    AppEnv,
    BrokerUrl,
    CrmSecret,
    DatabaseUrl,
    DevelopmentOnly,
    Inbox,
    JobsUrl,
    Mailbox,
    RedisUrl,
    SigningKey,
    SmtpUrl,
    WebhookSecrets,
    in_production,
    weak_secret,
)

__all__ = [
    "MEDIA_PATH",
    "AppEnv",
    "FidelityThresholds",
    "RankWeights",
    "Ranking",
    "Settings",
    "SettingsError",
    "get_settings",
    "load_settings",
    "weak_secret",
]
BACKGROUND_STATEMENT_SECONDS = 600.0
MEDIA_PATH = "/media/"


class SettingsError(Exception):
    """The environment cannot be used; the text lists every problem, one a line."""


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
    debug: DevelopmentOnly = False
    secret_key: SigningKey = None

    database_url: DatabaseUrl
    database_pool_size: int = Field(default=8, ge=1, le=200)
    database_pool_timeout_seconds: float = Field(default=5, gt=0, le=60)
    database_statement_timeout_seconds: float = Field(default=15, gt=0, le=600)
    database_transaction_pooler: bool | None = None

    redis_url: RedisUrl = None
    celery_broker_url: JobsUrl = None
    celery_result_backend: BrokerUrl | None = None

    jwt_secret_key: SigningKey = None
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    access_token_expire_minutes: int = Field(default=60, ge=1, le=24 * 60)

    allowed_origins: Annotated[
        list[str], NoDecode, in_production(lambda names: "must name its origins, not *" if "*" in names else None)
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
    smtp_url: SmtpUrl = None
    mail_from: Mailbox = "CasaBricks <leads@casabricks.example>"
    mail_folder: Path = Path(".casabricks/mail")
    leads_inbox: Inbox = None
    crm_webhook_url: Annotated[ServiceUrl | None, in_production(not_encrypted)] = None
    crm_webhook_secret: CrmSecret = None

    max_file_size_mb: int = Field(default=10, ge=1, le=100)
    storage_backend: Literal["local", "supabase", "s3"] = "local"
    storage_folder: Path = Path(".casabricks/media")
    supabase_url: Annotated[ServiceUrl | None, needed_by("supabase"), in_production(not_encrypted)] = None
    supabase_service_key: Annotated[SecretStr | None, needed_by("supabase")] = None
    supabase_storage_bucket: BucketName = "property-images"
    s3_bucket: Annotated[BucketName | None, needed_by("s3")] = None
    s3_region: str = "us-east-1"
    s3_endpoint_url: ServiceUrl | None = None
    s3_access_key_id: Annotated[str | None, needed_by("s3")] = None
    s3_secret_access_key: Annotated[SecretStr | None, needed_by("s3")] = None
    s3_public_url: Annotated[ServiceUrl | None, needed_by("s3")] = None

    ai_service_provider: Literal["http", "autoenhance"] = "http"
    ai_service_api_url: Annotated[ServiceUrl | None, in_production(not_encrypted)] = None
    ai_service_api_key: SecretStr | None = None
    ai_service_webhook_secret: Annotated[WebhookSecrets, NoDecode] = []
    ai_service_allowed_hosts: Annotated[list[HostName], NoDecode] = []
    ai_service_private_addresses: DevelopmentOnly = False

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
