from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.ids import new_id
from app.core.vocabulary import AuditAction, AuditEntity
from app.models.base import Base, values_of
from app.models.user import User


class AuditEntry(Base):
    """What somebody of the staff did. A trigger refuses to change or delete entries."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_occurred", text("occurred_at DESC"), text("id DESC")),
        Index("ix_audit_entries_actor", "actor_id", text("occurred_at DESC")),
        Index("ix_audit_entries_entity", "entity", text("occurred_at DESC")),
        Index("ix_audit_entries_entity_id", "entity_id"),
        Index("ix_audit_entries_related_ids", "related_ids", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """Empty for whoever runs commands on the machine."""
    entity: Mapped[AuditEntity] = mapped_column(values_of(AuditEntity))
    action: Mapped[AuditAction] = mapped_column(values_of(AuditAction))
    entity_id: Mapped[UUID | None]
    related_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    """Other rows it is about: an image's listing, the rows of an import."""
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """By field `from` and `to`; null where only is kept that the field changed."""
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    request_id: Mapped[str | None] = mapped_column(String(64))
    address_hash: Mapped[str | None] = mapped_column(String(32))

    actor: Mapped[User | None] = relationship(lazy="raise")
