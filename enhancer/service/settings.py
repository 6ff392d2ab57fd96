"""What the service reads from its environment, documented in docs/enhancer.md."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _webhook_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"whsec_[A-Za-z0-9+/]{32,}={0,2}", secret.get_secret_value()):
        message = "must be whsec_ and base64 of at least 24 bytes"
        raise ValueError(message)
    return secret


def _web_address(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
        message = "must begin with http:// or https:// and have no query"
        raise ValueError(message)
    return url.rstrip("/")


class Settings(BaseSettings):
    """Every variable has the prefix ENHANCER_."""

    model_config = SettingsConfigDict(env_prefix="ENHANCER_", extra="ignore")

    api_key: Annotated[SecretStr, Field(min_length=16)]
    webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)]
    client_hosts: Annotated[frozenset[str], NoDecode, Field(min_length=1)]
    public_url: Annotated[str, AfterValidator(_web_address)]
    data_folder: Path = Path(".enhancer")
    host: str = "127.0.0.1"
    port: int = Field(default=8100, ge=1, le=65_535)
    workers: int = Field(default=1, ge=1, le=16)
    max_queue: int = Field(default=1000, ge=1, le=100_000)
    max_image_mb: int = Field(default=20, ge=1, le=200)
    # The last callback is tried three days after the job, and its result must still be there.
    keep_days: int = Field(default=7, ge=4, le=365)

    @field_validator("client_hosts", mode="before")
    @classmethod
    def _split(cls, hosts: object) -> object:
        return [host.strip().lower() for host in hosts.split(",") if host.strip()] if isinstance(hosts, str) else hosts
