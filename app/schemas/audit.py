"""The audit: who did what, field by field."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.vocabulary import AuditAction, AuditEntity
from app.schemas.admin_inquiries import Colleague, FromRow
from app.schemas.days import Days
from app.schemas.paging import Paged, PageQuery


class Change(BaseModel):
    from_: Any = Field(alias="from")
    to: Any


class AuditEntryShown(FromRow):
    id: UUID
    occurred_at: datetime
    actor: Colleague | None = Field(description="None: whoever ran a command on the machine")
    entity: AuditEntity
    action: AuditAction
    entity_id: UUID | None = Field(description="Whose row; of an import its own id")
    related_ids: list[UUID] = Field(description="Other rows it is about: an image's listing, an import's listings")
    changes: dict[str, Change | None] = Field(
        description="By field; null where only is kept that it changed: passwords, and what people said of themselves"
    )
    details: dict[str, Any] = Field(description="Counts of an import or erasure, filters of an export")
    request_id: str | None
    address_hash: str | None = Field(description="Keyed hash of the client's address: the same for the same address")


class AuditPage(Paged):
    items: list[AuditEntryShown]


class AuditQuery(Days, PageQuery):
    """All that are given must hold."""

    actor: UUID | Literal["none"] | None = Field(default=None, description="Whose doing; none: commands'")
    entity: AuditEntity | None = None
    entity_id: UUID | None = Field(default=None, description="Entries that are about this row, also among others")
    action: AuditAction | None = None
