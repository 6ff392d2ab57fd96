"""What is written about the settings is what the settings are."""

import re
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined

from app.config.settings import AppEnv, FidelityThresholds, RankWeights, Settings, SettingsError, load_settings
from app.infrastructure.limiter import RateLimiter
from app.tests.conftest import ROOT, settings_for

EXAMPLE = ROOT / ".env.backend.example"
PAGE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")


def variables() -> dict[str, Any]:
    """The default of every variable that is read."""
    groups: dict[str, type[BaseModel]] = {"rank_weights": RankWeights, "fidelity": FidelityThresholds}
    fields = {name: field for name, field in Settings.model_fields.items() if name not in groups}
    for group, model in groups.items():
        fields |= {f"{group}__{name}": field for name, field in model.model_fields.items()}
    return {name.upper(): field.default for name, field in fields.items()}


def shown(default: Any) -> str:
    if default is PydanticUndefined:
        return "required"
    if default is None or default == []:
        return "none"
    if isinstance(default, Enum):
        return str(default.value)
    return str(default).lower() if isinstance(default, bool) else str(default)


def lines_of_the_example() -> dict[str, str]:
    return dict(re.findall(r"^(?:# )?([A-Z0-9_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_example_names_every_variable_and_no_other() -> None:
    assert lines_of_the_example().keys() == variables().keys()


def test_commented_lines_of_the_example_show_defaults() -> None:
    commented = dict(re.findall(r"^# ([A-Z0-9_]+)=(.+)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    for name, default in variables().items():
        if name in commented and default not in (None, []):
            assert commented[name] == shown(default), name


def test_the_page_gives_every_variable_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    assert rows == {name: shown(default) for name, default in variables().items()}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "DATABASE_URL",
            "postgresql+asyncpg://u:hunter2@db:abc/name",
            "must have a number from 1 to 65535 as its port",
        ),
        ("DATABASE_URL", "postgresql+asyncpg://u:hunter2@db:70000/name", "must have a number from 1 to 65535"),
        ("DATABASE_URL", "hunter2", "is not a database URL"),
        ("REDIS_URL", "redis://:hunter2@cache:abc/0", "must have a number from 1 to 65535 as its port"),
        ("REDIS_URL", "redis://:hunter/2@cache:6379/0", "must have a number from 1 to 65535"),
        ("REDIS_URL", "redis://:hunter2@cache:0/0", "must have a number from 1 to 65535"),
        ("REDIS_URL", "redis://:hunter2@cache:6379/zero", "must end with a database number"),
        ("REDIS_URL", "hunter2@cache:6379", "is not a Redis URL"),
        ("REDIS_URL", "redis://:hunter2@[cache/0", "is not a Redis URL"),
        ("REDIS_URL", "http://:hunter2@cache:6379/0", "is not a Redis URL"),
    ],
)
def test_a_malformed_url_gets_a_sentence_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://localhost/none")
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(f"{name}: {sentence}")
    assert "hunter" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["redis://cache", "rediss://user:p%40ss@cache:6380/3", "redis://[::1]:6379", "unix:///run/redis.sock?db=2"],
)
def test_urls_that_redis_understands_are_accepted(url: str) -> None:
    settings = settings_for("postgresql+asyncpg://localhost/none", redis_url=url)
    assert settings.redis_url is not None
    RateLimiter(settings)


def test_the_example_is_a_development_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    settings = Settings(_env_file=EXAMPLE)
    assert settings.app_env is AppEnv.DEVELOPMENT
    assert settings.database_url == "postgresql+asyncpg://casabricks:casabricks@localhost:5432/casabricks"
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == "redis://localhost:6379/0"


def test_jobs_go_to_the_broker_or_to_redis() -> None:
    here = "postgresql+asyncpg://127.0.0.1:1/none"
    assert settings_for(here, redis_url="redis://cache/0").broker_url == "redis://cache/0"
    assert settings_for(here, redis_url="redis://cache/0", celery_broker_url="rediss://jobs/1").broker_url == (
        "rediss://jobs/1"
    )
    assert settings_for(here, redis_url="unix:///run/redis.sock").broker_url is None
    assert settings_for(here, redis_url=None).broker_url is None


@pytest.mark.parametrize("name", ["CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"])
def test_a_broker_of_another_kind_is_refused_without_repeating_its_password(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://127.0.0.1:1/none")
    monkeypatch.setenv(name, "amqp://user:hunter2@host")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value) == f"{name}: must start with redis:// or rediss://"


def test_production_needs_a_broker() -> None:
    strong = "kJ8vQ2mZr5Xw9TbN4cYd7Lf1HsGa3PeUiOx6"
    production = {"app_env": AppEnv.PRODUCTION, "secret_key": strong, "jwt_secret_key": strong}
    here = "postgresql+asyncpg://127.0.0.1:1/none"
    with pytest.raises(ValidationError, match="REDIS_URL cannot stand in"):
        settings_for(here, redis_url="unix:///run/redis.sock", **production)
    assert settings_for(here, redis_url="redis://cache/0", **production).broker_url is not None


def test_a_storage_is_configured_whole() -> None:
    here = "postgresql+asyncpg://127.0.0.1:1/none"
    with pytest.raises(ValidationError) as refused:
        settings_for(here, storage_backend="s3")
    assert {str(problem["loc"][0]) for problem in refused.value.errors()} == {
        *("s3_bucket", "s3_access_key_id", "s3_secret_access_key", "s3_public_url")
    }
    with pytest.raises(ValidationError, match="is missing: STORAGE_BACKEND is supabase"):
        settings_for(here, storage_backend="supabase")


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("supabase_url", "project.supabase.co", "must be an address"),
        ("supabase_url", "https://user:hunter2@project.supabase.co", "must be an address"),
        ("public_url", "https://homes.example/app", "must have no path"),
        ("public_url", "homes.example", "must be an address"),
        ("s3_bucket", "Photos", "match pattern"),
        ("supabase_storage_bucket", "../x", "match pattern"),
    ],
)
def test_addresses_and_buckets_are_checked(name: str, value: str, rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        settings_for("postgresql+asyncpg://127.0.0.1:1/none", **{name: value})
