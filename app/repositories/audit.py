"""Statements on the audit."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import AuditAction, AuditEntity
from app.models.audit import AuditEntry
from app.models.user import User
from app.repositories.days import within
from app.schemas.audit import AuditQuery

WITH_ACTOR = joinedload(AuditEntry.actor).load_only(User.full_name, raiseload=True)


def add(session: WriteSession, entry: AuditEntry) -> None:
    session.add(entry)


async def find_questions(session: ReadSession, version: int) -> dict[str, Any] | None:
    """How the questions were asked in that version, until a change of it."""
    statement = select(AuditEntry.details["before"]).where(
        AuditEntry.entity == AuditEntity.QUESTIONS, AuditEntry.details["version"].as_integer() == version
    )
    return (await session.execute(statement.order_by(AuditEntry.id.desc()).limit(1))).scalar_one_or_none()


async def find_last(
    session: ReadSession, entity: AuditEntity, entity_id: UUID, action: AuditAction
) -> AuditEntry | None:
    """The newest entry of this row by which this was done."""
    statement = select(AuditEntry).where(
        AuditEntry.entity == entity, AuditEntry.entity_id == entity_id, AuditEntry.action == action
    )
    return (await session.execute(statement.order_by(AuditEntry.id.desc()).limit(1))).scalar_one_or_none()


async def count(session: ReadSession, query: AuditQuery, hidden: Sequence[AuditEntity]) -> int:
    statement = select(func.count()).select_from(AuditEntry).where(*_conditions(query, hidden))
    return (await session.execute(statement)).scalar_one()


async def find_page(session: ReadSession, query: AuditQuery, hidden: Sequence[AuditEntity]) -> Sequence[AuditEntry]:
    """Newest first."""
    statement = select(AuditEntry).where(*_conditions(query, hidden)).options(WITH_ACTOR)
    newest = statement.order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())
    return (await session.execute(newest.limit(query.per_page).offset(query.offset))).scalars().all()


def _conditions(query: AuditQuery, hidden: Sequence[AuditEntity]) -> list[ColumnElement[bool]]:
    equal = {AuditEntry.entity: query.entity, AuditEntry.action: query.action}
    conditions = [column == value for column, value in equal.items() if value is not None]
    if hidden:
        conditions.append(AuditEntry.entity.not_in(hidden))
    if query.actor is not None:
        actor = None if query.actor == "none" else query.actor
        conditions.append(AuditEntry.actor_id.is_not_distinct_from(actor))
    if query.entity_id is not None:
        own = AuditEntry.entity_id == query.entity_id
        conditions.append(or_(own, AuditEntry.related_ids.contains([query.entity_id])))
    return [*conditions, *within(query, AuditEntry.occurred_at)]
