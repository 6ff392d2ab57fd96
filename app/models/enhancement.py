from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.ids import new_id
from app.core.vocabulary import EnhancementState
from app.models.base import Base, values_of
from app.models.image import PropertyImage

UNDER_WAY = (EnhancementState.REQUESTED, EnhancementState.DISPATCHED, EnhancementState.RECEIVED)
IS_UNDER_WAY = "state IN ({})".format(", ".join(f"'{state}'" for state in UNDER_WAY))


class Enhancement(Base):
    """One attempt to enhance one photo. Its state says what is to be done next, so a lost job can be asked for again.

    The id is what the service knows the job by. `tries` and `next_try_at` are those of the present step.
    """

    __tablename__ = "enhancements"
    __table_args__ = (
        UniqueConstraint("image_id", "attempt"),
        Index("uq_enhancements_under_way", "image_id", unique=True, postgresql_where=IS_UNDER_WAY),
        Index("ix_enhancements_ask_at", "ask_at", postgresql_where=IS_UNDER_WAY),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    image_id: Mapped[UUID] = mapped_column(ForeignKey("property_images.id", ondelete="CASCADE"))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    provider: Mapped[str] = mapped_column(String(40))
    provider_ref: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[EnhancementState] = mapped_column(values_of(EnhancementState))
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    next_try_at: Mapped[datetime]
    ask_at: Mapped[datetime]
    """When the sweep asks for the next step, should its job have been lost."""
    result_url: Mapped[str | None] = mapped_column(Text)
    result_key: Mapped[str | None] = mapped_column(String(200))
    fidelity: Mapped[dict[str, float] | None] = mapped_column(JSONB)
    error: Mapped[str | None] = mapped_column(String(500))
    callbacks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """What the service called back with, each once: `id` (the webhook-id or the body's hash), `at`, `status`."""

    image: Mapped[PropertyImage] = relationship(lazy="raise")
