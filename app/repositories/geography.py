"""Zones, sectors, societies and places: loading the reference files and reading the gazetteer's entries."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, case, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import PlaceCategory
from app.models.base import Base
from app.models.geography import Place, Sector, Society, Zone

Reference = TypeVar("Reference", Zone, Sector, Society)
POSITION = {"latitude", "longitude", "precision", "source", "as_of"}


async def upsert(session: WriteSession, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows, or overwrite those with the same slug. Every row has the same columns."""
    statement = insert(model)
    changed = {column: statement.excluded[column] for column in rows[0] if column != "slug"}
    await session.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=changed), rows)


async def upsert_places(session: WriteSession, rows: Sequence[dict[str, Any]]) -> None:
    """The same for places; where an import gave the position, that stays, with its source and date."""
    statement = insert(Place)
    changed: dict[str, ColumnElement[Any]] = {}
    for column in rows[0].keys() - {"slug"}:
        given = statement.excluded[column]
        stays = column in POSITION
        changed[column] = case((Place.osm_id.is_(None), given), else_=getattr(Place, column)) if stays else given
    await session.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=changed), rows)


async def ids_by_slug(session: ReadSession, model: type[Zone] | type[Sector]) -> dict[str, int]:
    return {slug: number for slug, number in await session.execute(select(model.slug, model.id))}  # noqa: C416 - rows


async def read_all(session: ReadSession, model: type[Reference]) -> Sequence[Reference]:
    return (await session.execute(select(model).order_by(model.id))).scalars().all()


async def read_said_places(session: ReadSession) -> Sequence[Place]:
    """The places whose names people say for where a home is: landmarks and metro stations."""
    is_said = or_(Place.is_landmark, Place.category == PlaceCategory.METRO_STATION)
    return (await session.execute(select(Place).where(is_said).order_by(Place.id))).scalars().all()


async def sector_ids_by_zone(session: ReadSession) -> dict[int, list[int]]:
    """The sectors of every zone, none for a zone without any."""
    zones: dict[int, list[int]] = {
        zone: [] for zone in (await session.execute(select(Zone.id).order_by(Zone.id))).scalars()
    }
    for sector, zone in await session.execute(select(Sector.id, Sector.zone_id)):
        zones[zone].append(sector)
    return zones


async def zone_of_each(session: ReadSession, sector_ids: Collection[int]) -> dict[int, int]:
    """The zones of these sectors, by sector."""
    found = await session.execute(select(Sector.id, Sector.zone_id).where(Sector.id.in_(sector_ids)))
    return {sector: zone for sector, zone in found}  # noqa: C416 - rows


class ListedSociety(NamedTuple):
    """A society as listings write it that is not recognised as a registered one, and the sectors they stand in."""

    name: str
    sector_ids: list[int]


async def read_listed_societies(session: ReadSession, most: int) -> list[ListedSociety]:
    """Up to `most` of them, those with the most listed homes first."""
    statement = text("""
SELECT society_name, coalesce(array_agg(DISTINCT sector_id) FILTER (WHERE sector_id IS NOT NULL), '{}')
FROM properties WHERE is_listed AND society_id IS NULL AND society_name IS NOT NULL
GROUP BY society_name ORDER BY count(*) DESC, society_name LIMIT :most
""")
    return [ListedSociety(*row) for row in await session.execute(statement, {"most": most})]


async def read_unplaced_localities(session: ReadSession, most: int) -> Sequence[str]:
    """What listings of an unknown sector write as their locality: up to `most`, those with the most homes first."""
    statement = text("""
SELECT locality FROM properties WHERE is_listed AND sector_id IS NULL
GROUP BY locality ORDER BY count(*) DESC, locality LIMIT :most
""")
    return (await session.execute(statement, {"most": most})).scalars().all()
