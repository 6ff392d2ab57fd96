from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, SmallInteger, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.vocabulary import EnhancementStatus, ImageType
from app.models.base import Base, Timestamped, values_of

NONE = text("'[]'")
THUMBNAIL = "CASE WHEN enhanced_key IS NULL THEN variants ELSE enhanced_variants END #>> '{0,key}'"


class PropertyImage(Timestamped, Base):
    """One photo of a listing, stored under the SHA-256 of its bytes.

    Who sets or replaces enhanced_key empties enhanced_variants and sets variants_due_at with it.
    """

    __tablename__ = "property_images"
    __table_args__ = (
        UniqueConstraint("property_id", "sha256"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_hex"),
        CheckConstraint("width BETWEEN 1 AND 50000 AND height BETWEEN 1 AND 50000", name="size_plausible"),
        CheckConstraint("image_type = 'front_exterior' OR enhanced_key IS NULL", name="only_front_enhanced"),
        CheckConstraint(
            "(enhancement_status = 'completed') = (enhanced_key IS NOT NULL)", name="enhanced_when_completed"
        ),
        Index("uq_property_images_primary", "property_id", unique=True, postgresql_where="is_primary"),
        Index("uq_property_images_enhanced", "property_id", unique=True, postgresql_where="enhanced_key IS NOT NULL"),
        Index("ix_property_images_variants_due", "variants_due_at", postgresql_where="variants_due_at IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    property_id: Mapped[UUID] = mapped_column(ForeignKey("properties.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    original_key: Mapped[str] = mapped_column(String(200))
    enhanced_key: Mapped[str | None] = mapped_column(String(200))
    thumbnail_key: Mapped[str | None] = mapped_column(String(200), Computed(THUMBNAIL, persisted=True))
    variants: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=NONE)
    """Of the original, the smallest first: key, width, height, format."""
    enhanced_variants: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=NONE)
    placeholder: Mapped[str | None] = mapped_column(String(600))
    """The original as a data URI of a few bytes."""
    variants_due_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    """When making variants is to be asked for (again); empty once all are there."""
    variants_tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    content_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    image_type: Mapped[ImageType] = mapped_column(values_of(ImageType))
    is_illustration: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """A drawing instead of a photo: it says so wherever it is shown, and counts as no photo."""
    is_primary: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    display_order: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    enhancement_status: Mapped[EnhancementStatus | None] = mapped_column(values_of(EnhancementStatus))
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declarative protocol


class LooseObject(Base):
    """An object of the storage that no row needs: not yet, or no more. It is removed when due (services/objects.py)."""

    __tablename__ = "loose_objects"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    property_id: Mapped[UUID]
    due_at: Mapped[datetime] = mapped_column(index=True)
    is_going: Mapped[bool] = mapped_column(server_default=text("false"))
    """Its removal has begun, so that nobody may come to need it."""
