"""Types of settings that name other services."""

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo


def _check_service_url(value: str) -> str:
    value = value.rstrip("/")
    msg = "must be an address, as in https://homes.example"
    try:
        url = urlsplit(value)
    except ValueError:
        raise ValueError(msg) from None
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment or url.username:
        raise ValueError(msg)
    return value


def _check_public_url(value: str) -> str:
    if urlsplit(value).path:
        msg = "must have no path, as in https://homes.example"
        raise ValueError(msg)
    return value


def needed_by(backend: str) -> AfterValidator:
    def check(value: Any, info: ValidationInfo) -> Any:
        if value is None and info.data.get("storage_backend") == backend:
            msg = f"is missing: STORAGE_BACKEND is {backend}"
            raise ValueError(msg)
        return value

    return AfterValidator(check)


def not_encrypted(url: str | None) -> str | None:
    return "must start with https://" if url is not None and url.startswith("http://") else None


ServiceUrl = Annotated[str, AfterValidator(_check_service_url)]
PublicUrl = Annotated[ServiceUrl, AfterValidator(_check_public_url)]
BucketName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,62}$")]


def _check_host(name: str) -> str:
    if not re.fullmatch(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:]*:[0-9a-f:.]*", name.lower()):
        msg = "must be the name of a host: cdn.example, or .example for all names under it"
        raise ValueError(msg)
    return name.lower()


HostName = Annotated[str, AfterValidator(_check_host)]
