from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.vocabulary import EnhancementStatus, ImageType
from app.models.base import Base, Timestamped, values_of


class PropertyImage(Timestamped, Base):
    """One photo of a listing, stored under the SHA-256 of its bytes."""

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
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    property_id: Mapped[UUID] = mapped_column(ForeignKey("properties.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    original_key: Mapped[str] = mapped_column(String(200))
    enhanced_key: Mapped[str | None] = mapped_column(String(200))
    thumbnail_key: Mapped[str | None] = mapped_column(String(200))
    variants: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    content_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    image_type: Mapped[ImageType] = mapped_column(values_of(ImageType))
    is_primary: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    display_order: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    enhancement_status: Mapped[EnhancementStatus | None] = mapped_column(values_of(EnhancementStatus))
