"""Optimistic locking by HTTP's means: an ETag names a row's version, If-Match says which one was seen."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.exceptions import PreconditionFailedError


def etag(row_id: UUID | str, version: int) -> str:
    return f'"{row_id}.v{version}"'


def seen(if_match: str | None, tag: str) -> bool:
    """Whether this version may be overwritten; without the header any may."""
    return if_match is None or bool({"*", tag} & {each.strip() for each in if_match.split(",")})


def changed_meanwhile(tag: str, current: Mapping[str, Any]) -> PreconditionFailedError:
    message = "It was changed since you read it; `current` is its present state"
    return PreconditionFailedError(message, headers={"ETag": tag}, current=dict(current))
