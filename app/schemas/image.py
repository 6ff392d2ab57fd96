from uuid import UUID

from pydantic import BaseModel

from app.core.vocabulary import EnhancementStatus, ImageType


class Variant(BaseModel):
    url: str
    width: int
    format: str


class Image(BaseModel):
    """A photo. `ai_label` and `ai_disclaimer` are there exactly when `enhanced_url` is."""

    id: UUID
    original_url: str
    enhanced_url: str | None
    thumbnail_url: str | None
    variants: list[Variant]
    width: int
    height: int
    image_type: ImageType
    is_primary: bool
    display_order: int
    enhancement_status: EnhancementStatus | None
    ai_label: str | None
    ai_disclaimer: str | None
