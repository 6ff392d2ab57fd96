from enum import StrEnum

from pydantic import BaseModel, Field


class Status(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
    NOT_CONFIGURED = "not_configured"


class Dependency(BaseModel):
    status: Status
    latency_ms: float | None = Field(default=None, description="Time it took to answer")


class Health(BaseModel):
    status: Status
    version: str
    dependencies: dict[str, Dependency]


class Liveness(BaseModel):
    status: Status


class Welcome(BaseModel):
    name: str
    version: str
    status: Status
    links: dict[str, str]
