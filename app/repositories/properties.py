"""Statements on listings: the admin list, rows to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import joinedload

from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import ListingType, PropertyType
from app.models.property import Property

WITH_PLACES = (joinedload(Property.sector), joinedload(Property.society))


async def find(session: ReadSession, property_id: UUID) -> Property | None:
    """One listing with its sector and society as the database has it now, deleted or not."""
    statement = select(Property).where(Property.id == property_id).options(*WITH_PLACES)
    fresh = statement.execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalar_one_or_none()


async def lock(session: WriteSession, property_id: UUID) -> Property | None:
    """The same for a change: other writers of this listing wait until the transaction ends."""
    statement = select(Property).where(Property.id == property_id).options(*WITH_PLACES)
    fresh = statement.with_for_update(of=Property).execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalar_one_or_none()


def add(session: WriteSession, listing: Property) -> None:
    session.add(listing)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the admin list shows; None: whatever. `status` None: active and inactive, not deleted."""

    status: str | None = None
    listing_type: ListingType | None = None
    property_type: PropertyType | None = None
    bhk: int | None = None
    sector_id: int | None = None
    source: str | None = None
    price_min: int | None = None
    price_max: int | None = None
    flagged: bool | None = None
    text: str | None = None


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    by_status: dict[str | None, list[ColumnElement[bool]]] = {
        "active": [Property.is_active.is_(True), Property.deleted_at.is_(None)],
        "inactive": [Property.is_active.is_(False), Property.deleted_at.is_(None)],
        "deleted": [Property.deleted_at.is_not(None)],
        "all": [],
        None: [Property.deleted_at.is_(None)],
    }
    equal = {
        Property.listing_type: filters.listing_type,
        Property.property_type: filters.property_type,
        Property.bhk: filters.bhk,
        Property.sector_id: filters.sector_id,
        Property.source: filters.source,
    }
    conditions = [
        *by_status[filters.status],
        *(column == value for column, value in equal.items() if value is not None),
    ]
    if filters.price_min is not None:
        conditions.append(Property.price >= filters.price_min)
    if filters.price_max is not None:
        conditions.append(Property.price <= filters.price_max)
    if filters.flagged is not None:
        flags = func.cardinality(Property.review_flags)
        conditions.append(flags > 0 if filters.flagged else flags == 0)
    if filters.text is not None:
        conditions.append(_mentions(filters.text))
    return conditions


def _mentions(typed: str) -> ColumnElement[bool]:
    escaped = typed.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    columns = (Property.title, Property.locality, Property.society_name)
    return or_(*(column.ilike(f"%{escaped}%") for column in columns), _has_id(typed))


def _has_id(typed: str) -> ColumnElement[bool]:
    try:
        return Property.id == UUID(typed)
    except ValueError:
        return false()


def _ordered(statement: Select[Property], sort: str) -> Select[Property]:
    name = sort.removeprefix("-")
    column = getattr(Property, name)
    order = column.desc() if sort.startswith("-") else column.asc()
    if name == "price_per_sqft":
        order = order.nulls_last()
    return statement.order_by(order, Property.id.desc() if sort.startswith("-") else Property.id.asc())


async def count(session: ReadSession, filters: Filters) -> int:
    statement = select(func.count()).select_from(Property).where(*_conditions(filters))
    return (await session.execute(statement)).scalar_one()


async def find_page(
    session: ReadSession, filters: Filters, *, sort: str, limit: int, offset: int
) -> Sequence[Property]:
    """A page of listings with their sectors. `sort` is a column's name, with "-" before it for descending."""
    statement = select(Property).where(*_conditions(filters)).options(joinedload(Property.sector))
    return (await session.execute(_ordered(statement, sort).limit(limit).offset(offset))).scalars().all()


async def find_after(session: ReadSession, filters: Filters, after: Property | None, most: int) -> Sequence[Property]:
    """The newest with their sectors, or those that come after that one."""
    statement = select(Property).where(*_conditions(filters)).options(joinedload(Property.sector))
    if after is not None:
        statement = statement.where(Property.id < after.id)
    return (await session.execute(statement.order_by(Property.id.desc()).limit(most))).scalars().all()


async def find_all(session: ReadSession, ids: Sequence[UUID]) -> Sequence[Property]:
    """With their sectors, in no order."""
    statement = select(Property).where(Property.id.in_(ids)).options(joinedload(Property.sector))
    return (await session.execute(statement)).scalars().all()
