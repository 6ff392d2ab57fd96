"""Which version of a row a client saw: its ETag, and what a stale one is answered with."""

from typing import Protocol
from uuid import UUID

from pydantic import BaseModel

from app.core.exceptions import PreconditionFailedError


class Versioned(Protocol):
    @property
    def id(self) -> UUID: ...

    @property
    def version(self) -> int: ...


def etag(row: Versioned) -> str:
    """Names this version of what can be edited; what else changes with the row does not change it."""
    return f'"{row.id}.v{row.version}"'


def is_current(row: Versioned, if_match: str | None) -> bool:
    """Whether the If-Match header, if there is one, names the version that is stored."""
    return if_match is None or bool({"*", etag(row)} & {tag.strip() for tag in if_match.split(",")})


def stale(row: Versioned, current: BaseModel) -> PreconditionFailedError:
    message = "It was changed since you read it; `current` is its present state"
    return PreconditionFailedError(message, headers={"ETag": etag(row)}, current=current.model_dump(mode="json"))
