from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from app.core.vocabulary import EnhancementStatus, ImageType
from app.schemas.base import RequestModel


class Variant(BaseModel):
    url: str
    width: int
    height: int
    format: str = Field(examples=["webp"])
    shows: Literal["original", "enhanced"] = Field(description="Which of the image's two pictures it is made of")


class Image(BaseModel):
    """A photo. `ai_label` and `ai_disclaimer` are there exactly when `enhanced_url` is.

    Its addresses are for ever: another picture has another address.
    """

    id: UUID
    original_url: str
    enhanced_url: str | None = Field(description="To be preferred where it is there, with label and disclaimer")
    thumbnail_url: str | None = Field(description="The smallest variant of the preferred picture; null until made")
    placeholder: str | None = Field(description="A few blurred pixels as a data URI, to show until the photo is there")
    alt: str = Field(examples=["Front view: 3 BHK flat near the metro"])
    variants: list[Variant] = Field(
        description="The smallest first, in WebP, and one JPEG; empty until made. A search result has those of the "
        "preferred picture up to 640 pixels wide"
    )
    width: int
    height: int
    image_type: ImageType
    is_illustration: bool = Field(description="A drawing, to be labelled as one wherever it is shown")
    is_primary: bool
    display_order: int
    enhancement_status: EnhancementStatus | None
    ai_label: str | None
    ai_disclaimer: str | None


class AdminImage(Image):
    """`version` is the number in the ETag."""

    version: int


class ImageUpload(RequestModel):
    """The fields beside the file."""

    image_type: ImageType
    is_primary: bool = False


class ImageChange(RequestModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"image_type": "front_exterior", "is_primary": True}]})

    image_type: ImageType | None = None
    is_primary: StrictBool | None = Field(default=None, description="True moves it here from the one that was")
    display_order: Annotated[StrictInt, Field(ge=0, le=999)] | None = Field(
        default=None, description="The primary image stands first, the others by this number"
    )
