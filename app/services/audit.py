"""Writes down what staff do, in the transaction in which they do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState

from app.config.database import ReadSession, WriteSession
from app.core.vocabulary import AuditAction, AuditEntity, UserRole
from app.models.audit import AuditEntry
from app.models.delivery import Delivery
from app.models.enhancement import Enhancement
from app.models.image import PropertyImage
from app.models.inquiry import Inquiry
from app.models.property import Property
from app.models.user import User
from app.repositories import audit
from app.schemas.audit import AuditPage, AuditQuery
from app.schemas.paging import Paged

log = structlog.get_logger()
Changes = Mapping[str, dict[str, Any] | None]
Audited = Property | PropertyImage | Enhancement | Inquiry | Delivery | User
ENTITIES: dict[type[Audited], AuditEntity] = {
    Property: AuditEntity.PROPERTY,
    PropertyImage: AuditEntity.IMAGE,
    Enhancement: AuditEntity.ENHANCEMENT,
    Inquiry: AuditEntity.INQUIRY,
    Delivery: AuditEntity.DELIVERY,
    User: AuditEntity.USER,
}
# Tell nothing of what somebody did.
UNTOLD = {
    *("id", "version", "created_at", "updated_at", "created_by", "token_generation", "fingerprint", "content_hash"),
    *("variants", "enhanced_variants", "variants_due_at", "variants_tries", "next_try_at", "ask_at"),
    *("placeholder", "thumbnail_key"),
}
# Tables that tell of people, and what of them is kept by value. Of their other columns, also of later ones, only the
# name is: an entry is never changed, so it must not hold what a person may have erased.
KEPT: dict[type[Audited], set[str]] = {
    Inquiry: {"status", "assigned_to", "first_response_at"},
    Delivery: {"status", "attempts", "next_attempt_at", "delivered_at"},
    User: {"email", "full_name", "role", "is_active"},
}
# What only super admins may do, only they see.
OF_SUPER_ADMINS = (AuditEntity.USER, AuditEntity.PERSON, AuditEntity.QUESTIONS)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, by which request and from where (hashed). None of it: a command on the machine."""

    user_id: UUID | None = None
    request_id: str | None = None
    address_hash: str | None = None


COMMAND = Actor()


def changes_of(row: Audited, *, removed: bool = False) -> Changes:
    """What is set on a row and not flushed yet; of a removed one, all that it was."""
    found: dict[str, dict[str, Any] | None] = {}
    kept = KEPT.get(type(row))
    state: InstanceState[Audited] = inspect(row)
    for name in set(state.mapper.column_attrs.keys()) - UNTOLD:
        past = state.attrs[name].history
        before = _first(past.unchanged if removed else past.deleted)
        after = None if removed else _first(past.added)
        if (past.has_changes() or removed) and before != after:
            found[name] = {"from": before, "to": after} if kept is None or name in kept else None
    return found


def _first(values: Sequence[Any] | None) -> Any:
    match values[0] if values else None:
        case UUID() as value:  # also the driver's own kind of it
            return str(value)
        case Decimal() as value:
            return float(value)
        case value:
            return value


def record_change(
    session: WriteSession,
    actor: Actor,
    action: AuditAction,
    row: Audited,
    *,
    removed: bool = False,
    related_ids: Sequence[UUID] = (),
) -> None:
    """Write down what is about to be flushed of a row; nothing when it stays as it is. Call it before the flush."""
    changes = changes_of(row, removed=removed)
    if changes:
        entity = ENTITIES[type(row)]
        record(session, actor, entity, action, entity_id=row.id, changes=changes, related_ids=related_ids)


def record(
    session: WriteSession,
    actor: Actor,
    entity: AuditEntity,
    action: AuditAction,
    *,
    entity_id: UUID | None = None,
    changes: Changes | None = None,
    details: Mapping[str, Any] | None = None,
    related_ids: Sequence[UUID] = (),
) -> None:
    """Write down what is no change of one mapped row: many at once, an export, a password."""
    entry = AuditEntry(
        actor_id=actor.user_id,
        entity=entity,
        action=action,
        entity_id=entity_id,
        related_ids=list(related_ids),
        changes=dict(changes or {}),
        details=dict(details or {}),
        request_id=actor.request_id,
        address_hash=actor.address_hash,
    )
    audit.add(session, entry)
    event, ids = f"{entity}_{action}", {"actor_id": str(actor.user_id), f"{entity}_id": str(entity_id)}
    log.info(event, **ids, fields=sorted(changes or ()))


def filters_of(query: BaseModel) -> dict[str, Any]:
    """The filters of an export; of what was searched for only that something was: it may be somebody's name."""
    given = query.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {"filters": {name: None if name == "q" else value for name, value in given.items()}}


async def search(session: ReadSession, role: UserRole, query: AuditQuery) -> AuditPage:
    """A page of the entries that this role may see, in two statements. Raises InvalidInputError for an unknown page."""
    hidden = () if role is UserRole.SUPER_ADMIN else OF_SUPER_ADMINS
    page = Paged.of(await audit.count(session, query, hidden), query)
    rows = await audit.find_page(session, query, hidden)
    return AuditPage.model_validate({**page.model_dump(), "items": rows})
