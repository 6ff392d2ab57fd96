"""What is stored about a person: telling it, erasing it, and forgetting it in time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.config.database import Database, WriteSession
from app.core.clock import utc_now
from app.core.exceptions import ConflictError
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction, AuditEntity, InquiryEventType
from app.models.inquiry import Inquiry, InquiryEvent
from app.repositories import deliveries, leads, locks, privacy
from app.schemas.admin_inquiries import InquiryDetail, TimelineEntry
from app.schemas.privacy import Erasure, PersonQuery, PersonRecord
from app.services.audit import COMMAND, Actor, record
from app.services.leads import OPEN

AT_ONCE = 100


async def export(session: WriteSession, actor: Actor, person: PersonQuery) -> PersonRecord:
    """All that was sent with this phone number or address, and what became of it."""
    found = await privacy.find(session, person.key)
    timelines: defaultdict[UUID, list[TimelineEntry]] = defaultdict(list)
    for event in await leads.timeline(session, *(inquiry.id for inquiry in found)):
        timelines[event.inquiry_id].append(TimelineEntry.model_validate(event))
    told = [
        InquiryDetail.model_validate(inquiry).model_copy(update={"timeline": timelines[inquiry.id]})
        for inquiry in found
    ]
    _record(session, actor, AuditAction.EXPORTED, found)
    related = await privacy.count_related(session, person.key)
    return PersonRecord(as_of=utc_now(), inquiries=told, related=related)


async def erase(session: WriteSession, actor: Actor, person: PersonQuery) -> Erasure:
    """Take the person from all that was sent with this phone number or address; the inquiries stay and are counted.

    Raises ConflictError while one of them is open, and when another comes at this moment.
    """
    # Nobody sends one more with any of them meanwhile.
    held = {person.key, *_keys(await privacy.find(session, person.key))}
    await locks.hold(session, *held)
    found = await privacy.find(session, person.key)
    if not held.issuperset(_keys(found)):
        raise ConflictError("Another inquiry came at this moment; ask again")
    related = await privacy.count_related(session, person.key)
    rows = await privacy.lock(session, [inquiry.id for inquiry in found])
    if still_open := [str(inquiry.id) for inquiry in rows if inquiry.status in OPEN]:
        raise ConflictError(
            f"{len(still_open)} of this person's inquiries are open: {', '.join(still_open[:20])}."
            " Move them to converted or lost first, and ask again"
        )
    await _erase(session, rows, actor)
    _record(session, actor, AuditAction.ERASED, rows)
    return Erasure(erased=len(rows), related=related)


async def forget_old(database: Database, retention: timedelta) -> int:
    """Erase the persons of inquiries that were closed and not changed for so long; returns how many there were."""
    forgotten = 0
    while True:
        async with unit_of_work(database) as session:
            old = await privacy.find_old(session, utc_now() - retention, AT_ONCE)
            if not old:
                return forgotten
            await locks.hold(session, *_keys(old))
            ids = {inquiry.id: inquiry.version for inquiry in old}
            # Of those that nobody touched since they were found.
            rows = [row for row in await privacy.lock(session, list(ids)) if row.version == ids[row.id]]
            await _erase(session, rows, COMMAND)
        forgotten += len(rows)


async def _erase(session: WriteSession, rows: Sequence[Inquiry], actor: Actor) -> None:
    ids = [inquiry.id for inquiry in rows]
    await privacy.erase(session, ids, sorted(_keys(rows)))
    await deliveries.cancel_pending(session, ids)
    for inquiry_id in ids:
        event = InquiryEvent(inquiry_id=inquiry_id, event_type=InquiryEventType.ERASED, actor_id=actor.user_id)
        await deliveries.add_event(session, event)


def _record(session: WriteSession, actor: Actor, action: AuditAction, rows: Sequence[Inquiry]) -> None:
    """By the ids of the inquiries, which name nobody once they are erased."""
    ids = [inquiry.id for inquiry in rows]
    record(session, actor, AuditEntity.PERSON, action, details={"inquiries": len(ids)}, related_ids=ids)


def _keys(rows: Sequence[Inquiry]) -> set[str]:
    return {key for inquiry in rows for key in (inquiry.phone, inquiry.email) if key}
