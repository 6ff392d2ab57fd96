"""Statements on the photos of listings. What is shown of one is the same JSON everywhere (schemas/image.py)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import func, select, text, update

from app.config.database import ReadSession, WriteSession
from app.models.image import PropertyImage
from app.repositories.sentences import sql, sql_case

MOST_TRIES = 15
FIRST_REPEAT = "interval '1 minute'"
LAST_REPEAT = "interval '1 hour'"
_NAMES = f"""CASE CASE WHEN i.is_illustration THEN 'illustration' ELSE i.image_type END {sql_case("picture")} END"""


def _url(key: str) -> str:
    """SQL for the address of a stored object; null stays null."""
    return f"CAST(:media_url AS text) || {key}"


def image_json(title: str, *, widest: int | None = None, extra: str = "") -> str:
    """SQL for an image `i` as JSON; `title` is that of its listing.

    With `widest` only variants of the shown picture up to that width: all that a card needs.
    """
    shown = "(shows = 'enhanced') = (i.enhanced_key IS NOT NULL)"
    chosen = "true" if widest is None else f"(v -> 'width')::int <= {widest} AND {shown}"
    return f"""(SELECT row_to_json(shown) FROM (SELECT i.id, {_url("i.original_key")} AS original_url,
    {_url("i.enhanced_key")} AS enhanced_url, {_url("i.thumbnail_key")} AS thumbnail_url, i.placeholder,
    {_NAMES} || ': ' || {title} AS alt,
    (SELECT coalesce(json_agg(row_to_json(variant)), '[]') FROM (
       SELECT {_url("(v ->> 'key')")} AS url, v -> 'width' AS width, v -> 'height' AS height, v ->> 'format' AS format,
         shows
       FROM (SELECT 'original' AS shows, v FROM jsonb_array_elements(i.variants) v
         UNION ALL SELECT 'enhanced', v FROM jsonb_array_elements(i.enhanced_variants) v) stored
       WHERE {chosen}) variant) AS variants,
    i.width, i.height, i.image_type, i.is_illustration, i.is_primary, i.display_order, i.enhancement_status,
    CASE WHEN i.enhanced_key IS NOT NULL THEN {sql("ai.label")} END AS ai_label,
    CASE WHEN i.enhanced_key IS NOT NULL THEN {sql("ai.disclaimer")} END AS ai_disclaimer{extra}) shown)"""


_ORDER = "i.is_primary DESC, i.display_order, i.id"
IMAGES = f"""(SELECT coalesce(json_agg({image_json("p.title")} ORDER BY {_ORDER}), '[]')
     FROM property_images i WHERE i.property_id = p.id)"""
ADMIN_IMAGES = text(f"""
SELECT {image_json("p.title", extra=", i.version")} FROM property_images i JOIN properties p ON p.id = i.property_id
WHERE (i.property_id = :property_id OR i.id = :image_id) ORDER BY {_ORDER}
""")


async def shown(
    session: ReadSession, media_url: str, *, property_id: UUID | None = None, image_id: UUID | None = None
) -> Sequence[Mapping[str, Any]]:
    """The images of a listing, or one image, as staff see them; the primary one first."""
    parameters = {"media_url": media_url, "property_id": property_id, "image_id": image_id}
    return (await session.execute(ADMIN_IMAGES, parameters)).scalars().all()


async def count(session: ReadSession, property_id: UUID) -> int:
    statement = select(func.count()).select_from(PropertyImage).where(PropertyImage.property_id == property_id)
    return (await session.execute(statement)).scalar_one()


async def id_of(session: ReadSession, property_id: UUID, sha256: str) -> UUID | None:
    """The image of a listing that has these bytes."""
    statement = select(PropertyImage.id).where(PropertyImage.property_id == property_id, PropertyImage.sha256 == sha256)
    return (await session.execute(statement)).scalar_one_or_none()


async def property_of(session: ReadSession, image_id: UUID) -> UUID | None:
    statement = select(PropertyImage.property_id).where(PropertyImage.id == image_id)
    return (await session.execute(statement)).scalar_one_or_none()


async def lock(session: WriteSession, image_id: UUID) -> PropertyImage | None:
    """Lock its listing first: every writer of images does."""
    statement = select(PropertyImage).where(PropertyImage.id == image_id).with_for_update()
    return (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()


def add(session: WriteSession, image: PropertyImage) -> None:
    session.add(image)


async def remove(session: WriteSession, image: PropertyImage) -> None:
    await session.delete(image)
    await session.flush()


async def next_order(session: ReadSession, property_id: UUID) -> int:
    statement = select(func.coalesce(func.max(PropertyImage.display_order) + 1, 0))
    return (await session.execute(statement.where(PropertyImage.property_id == property_id))).scalar_one()


async def drop_primary(session: WriteSession, property_id: UUID) -> None:
    """Make room for another: there is never more than one."""
    await session.execute(
        update(PropertyImage)
        .where(PropertyImage.property_id == property_id, PropertyImage.is_primary)
        .values(is_primary=False, version=PropertyImage.version + 1)
    )


async def choose_primary(session: WriteSession, property_id: UUID) -> None:
    """Where a listing's primary image is gone: the first of its front, else the first."""
    await session.execute(
        text("""
UPDATE property_images SET is_primary = true, version = version + 1, updated_at = now() WHERE id = (
  SELECT id FROM property_images WHERE property_id = :id
  ORDER BY image_type = 'front_exterior' DESC, display_order, id LIMIT 1)
"""),
        {"id": property_id},
    )


class Stored(NamedTuple):
    """One of the two pictures of an image, with the variants that are made of it."""

    shows: Literal["original", "enhanced"]
    key: str
    variants: list[dict[str, Any]]


class Pictures(NamedTuple):
    property_id: UUID
    pictures: list[Stored]


async def pictures(session: ReadSession, image_id: UUID) -> Pictures | None:
    columns = (
        PropertyImage.property_id,
        PropertyImage.original_key,
        PropertyImage.variants,
        PropertyImage.enhanced_key,
        PropertyImage.enhanced_variants,
    )
    row = (await session.execute(select(*columns).where(PropertyImage.id == image_id))).one_or_none()
    if row is None:
        return None
    found = [Stored("original", row.original_key, row.variants)]
    if row.enhanced_key is not None:
        found.append(Stored("enhanced", row.enhanced_key, row.enhanced_variants))
    return Pictures(row.property_id, found)


async def keep_variants(
    session: WriteSession, image_id: UUID, picture: Stored, variants: Sequence[Mapping[str, Any]], placeholder: str
) -> bool:
    """False when the image is gone or shows another picture by now."""
    column = "variants" if picture.shows == "original" else "enhanced_variants"
    placed = ", placeholder = :placeholder" if picture.shows == "original" else ""
    statement = text(f"""
UPDATE property_images SET {column} = CAST(:variants AS jsonb){placed}
WHERE id = :id AND {picture.shows}_key = :key RETURNING id
""")
    stored = orjson.dumps(variants).decode()
    parameters = {"id": image_id, "key": picture.key, "variants": stored, "placeholder": placeholder}
    return (await session.execute(statement, parameters)).one_or_none() is not None


async def have_variants(session: WriteSession, image_id: UUID) -> None:
    """They are due no more, unless another picture came meanwhile."""
    await session.execute(
        text("""
UPDATE property_images SET variants_due_at = NULL, variants_tries = 0
WHERE id = :id AND variants <> '[]' AND (enhanced_key IS NULL OR enhanced_variants <> '[]')
"""),
        {"id": image_id},
    )


async def ask_for_variants(session: WriteSession, limit: int) -> Sequence[UUID]:
    """Images whose variants are due; each is due again later, the later the oftener it was asked for."""
    statement = text(f"""
UPDATE property_images SET variants_tries = least(variants_tries + 1, {MOST_TRIES}),
  variants_due_at = now() + least({LAST_REPEAT}, {FIRST_REPEAT} * power(2, variants_tries))
WHERE id IN (SELECT id FROM property_images WHERE variants_due_at <= now() ORDER BY variants_due_at LIMIT :limit
  FOR UPDATE SKIP LOCKED)
RETURNING id
""")
    return (await session.execute(statement, {"limit": limit})).scalars().all()
