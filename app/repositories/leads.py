"""Statements on inquiries as staff work on them. `only_of`: see only those assigned to this user."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import joinedload

from app.config.database import ReadSession, WriteSession
from app.core.phones import PhoneRuleError, normalise_phone
from app.models.inquiry import Inquiry, InquiryEvent
from app.models.property import Property
from app.models.user import User
from app.repositories.days import within
from app.schemas.admin_inquiries import InquiryFilters, InquiryQuery

MOST_HISTORY = 100
WITH_PROPERTY = joinedload(Inquiry.listing).load_only(Property.title, Property.is_listed, raiseload=True)
WITH_ASSIGNEE = joinedload(Inquiry.assignee).load_only(User.full_name, raiseload=True)


async def find(session: ReadSession, inquiry_id: UUID, only_of: UUID | None) -> Inquiry | None:
    """As the database has it now."""
    fresh = _one(inquiry_id, only_of).execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalar_one_or_none()


async def lock(session: WriteSession, inquiry_id: UUID, only_of: UUID | None) -> Inquiry | None:
    """The same for a change: other writers of this inquiry wait until the transaction ends."""
    fresh = _one(inquiry_id, only_of).with_for_update(of=Inquiry).execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalar_one_or_none()


def _one(inquiry_id: UUID, only_of: UUID | None) -> Select[Inquiry]:
    return select(Inquiry).where(Inquiry.id == inquiry_id, *_seen_by(only_of)).options(WITH_PROPERTY, WITH_ASSIGNEE)


async def timeline(session: ReadSession, *inquiry_ids: UUID) -> Sequence[InquiryEvent]:
    statement = (
        select(InquiryEvent)
        .where(InquiryEvent.inquiry_id.in_(inquiry_ids))
        .options(joinedload(InquiryEvent.actor).load_only(User.full_name, raiseload=True))
        .order_by(InquiryEvent.occurred_at, InquiryEvent.id)
    )
    return (await session.execute(statement)).scalars().all()


async def history(session: ReadSession, inquiry: Inquiry, only_of: UUID | None) -> Sequence[Inquiry]:
    """The contact's other inquiries, newest first."""
    statement = (
        select(Inquiry)
        .where(Inquiry.contact_id == inquiry.contact_id, Inquiry.id != inquiry.id, *_seen_by(only_of))
        .options(WITH_PROPERTY)
        .order_by(Inquiry.created_at.desc(), Inquiry.id.desc())
        .limit(MOST_HISTORY)
    )
    return (await session.execute(statement)).scalars().all()


async def count(session: ReadSession, filters: InquiryFilters, only_of: UUID | None) -> int:
    statement = select(func.count()).select_from(Inquiry).where(*_conditions(filters), *_seen_by(only_of))
    return (await session.execute(statement)).scalar_one()


async def find_page(session: ReadSession, query: InquiryQuery, only_of: UUID | None) -> Sequence[Inquiry]:
    column, descending = getattr(Inquiry, query.sort.removeprefix("-")), query.sort.startswith("-")
    order = (column.desc(), Inquiry.id.desc()) if descending else (column.asc(), Inquiry.id.asc())
    statement = select(Inquiry).where(*_conditions(query), *_seen_by(only_of)).options(WITH_PROPERTY, WITH_ASSIGNEE)
    page = statement.order_by(*order).limit(query.per_page).offset(query.offset)
    return (await session.execute(page)).scalars().all()


async def find_after(
    session: ReadSession, filters: InquiryFilters, after: Inquiry | None, most: int
) -> Sequence[Inquiry]:
    """The newest, or those that come after that one."""
    statement = select(Inquiry).where(*_conditions(filters)).options(WITH_PROPERTY, WITH_ASSIGNEE)
    if after is not None:
        place = tuple_(literal(after.created_at), literal(after.id))
        statement = statement.where(tuple_(Inquiry.created_at, Inquiry.id) < place)
    newest = statement.order_by(Inquiry.created_at.desc(), Inquiry.id.desc()).limit(most)
    return (await session.execute(newest)).scalars().all()


def _seen_by(only_of: UUID | None) -> list[ColumnElement[bool]]:
    return [] if only_of is None else [Inquiry.assigned_to == only_of]


def _conditions(filters: InquiryFilters) -> list[ColumnElement[bool]]:
    equal = {
        Inquiry.status: filters.status,
        Inquiry.inquiry_type: filters.inquiry_type,
        Inquiry.property_id: filters.property_id,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if filters.assignee is not None:
        assignee = None if filters.assignee == "none" else filters.assignee
        conditions.append(Inquiry.assigned_to.is_not_distinct_from(assignee))
    conditions += within(filters, Inquiry.created_at)
    if filters.q is not None:
        conditions.append(_mentions(filters.q))
    return conditions


def _mentions(typed: str) -> ColumnElement[bool]:
    texts = [column.icontains(typed, autoescape=True) for column in (Inquiry.full_name, Inquiry.email)]
    return or_(*texts, _has_id(typed), _has_phone(typed))


def _has_id(typed: str) -> ColumnElement[bool]:
    try:
        return Inquiry.id == UUID(typed)
    except ValueError:
        return false()


def _has_phone(typed: str) -> ColumnElement[bool]:
    # Only whole: searching for parts would tell a masked number digit by digit.
    try:
        return Inquiry.phone == normalise_phone(typed, foreign=True)
    except PhoneRuleError:
        return false()
