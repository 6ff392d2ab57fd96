"""Listings: what the public sees of one, and what admins may do with them."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import TypeAdapter

from app.config.database import DirectReads, ReadSession, WriteSession
from app.config.settings import Ranking
from app.core.clock import utc_now
from app.core.exceptions import ConflictError, NoSuchListingError
from app.core.ids import new_id
from app.core.vocabulary import AuditAction, AuditEntity, Language
from app.models.property import Property
from app.repositories import audit, images, properties
from app.repositories.detail import find_detail
from app.repositories.ranking import refresh_ranks
from app.schemas.image import AdminImage
from app.schemas.paging import Paged
from app.schemas.properties import (
    AdminProperty,
    PropertyCreate,
    PropertyFilters,
    PropertyInput,
    PropertyPage,
    PropertyQuery,
)
from app.services import market
from app.services.audit import Actor, changes_of, record_change
from app.services.gazetteer import KnownPlaces, Places
from app.services.imports.listing import fingerprint, price_plausible
from app.services.locations import named_sector, place_listing
from app.services.sun.compass import compass_json
from app.services.versions import changed_meanwhile, etag, seen

SOURCE = "admin"
IMPLAUSIBLE = "price_per_sqft_implausible"
# Named in the body for other purposes than to be stored as they are.
NOT_COLUMNS = {"sector", "latitude", "longitude", "location_precision", "listed_at", "verified"}


async def detail(reads: DirectReads, property_id: UUID, media_url: str, language: Language = Language.ENGLISH) -> bytes:
    """A listed home as JSON bytes (PropertyDetail), in one statement. Raises NotFoundError.

    `language` is that of the sentences beside the figures; the compass has them in English.
    """
    found = await find_detail(reads, property_id, media_url, language)
    if found is None:
        raise NoSuchListingError(property_id)
    facing = compass_json(found.property_type, found.entrance_facing, found.window_facing)
    # All of it is finished JSON; `unknown` is never empty, the compass's part of it may be.
    unknown = f"{found.unknown[:-1]},{facing.unknown[1:]}" if facing.unknown != "{}" else found.unknown
    return f'{found.page[:-1]},"facing_widget_data":{facing.widget},"unknown":{unknown}}}'.encode()


async def search(session: ReadSession, places: Places, query: PropertyQuery) -> PropertyPage:
    """A page of the admin list in two statements. Raises InvalidInputError for an unknown sector or page."""
    filters = await filters_of(places, query)
    page = Paged.of(await properties.count(session, filters), query)
    rows = await properties.find_page(session, filters, sort=query.sort, limit=query.per_page, offset=query.offset)
    return PropertyPage.model_validate({**page.model_dump(), "items": rows})


async def filters_of(places: Places, query: PropertyFilters) -> properties.Filters:
    """Raises InvalidInputError for an unknown sector."""
    sector = named_sector(await places.known(), query.sector, location="query") if query.sector else None
    return properties.Filters(
        status=query.status,
        listing_type=query.listing_type,
        property_type=query.property_type,
        bhk=query.bhk,
        sector_id=sector.id if sector else None,
        source=query.source,
        price_min=query.price_min,
        price_max=query.price_max,
        flagged=query.flagged,
        text=query.q,
    )


async def read(session: ReadSession, property_id: UUID, media_url: str) -> AdminProperty:
    """A listing as staff see it, deleted ones too. Raises NotFoundError."""
    return await _shown(session, await _find(session, property_id), media_url)


async def _find(session: ReadSession, property_id: UUID) -> Property:
    found = await properties.find(session, property_id)
    if found is None:
        raise NoSuchListingError(property_id)
    return found


async def _shown(session: ReadSession, listing: Property, media_url: str) -> AdminProperty:
    """With its images, which its version does not count."""
    found = await images.shown(session, media_url, property_id=listing.id)
    fields = AdminProperty.model_validate(listing)
    return fields.model_copy(update={"images": [AdminImage.model_validate(image) for image in found]})


@dataclass(frozen=True, slots=True)
class Writer:
    """Who changes listings, in which transaction, and which version they saw (the If-Match header, if any)."""

    session: WriteSession
    actor: Actor
    ranking: Ranking
    if_match: str | None = None

    async def create(self, known: KnownPlaces, body: PropertyCreate) -> AdminProperty:
        """Raises InvalidInputError when the place is unknown or elsewhere."""
        listing = Property(id=new_id(), source=SOURCE, created_by=self.actor.user_id, is_active=body.is_active)
        _fill(listing, known, body)
        properties.add(self.session, listing)
        return await self._finish(listing, AuditAction.CREATED)

    async def update(self, known: KnownPlaces, property_id: UUID, body: PropertyInput) -> AdminProperty:
        """Replace every editable field. Raises NotFoundError, PreconditionFailedError, ConflictError when deleted."""
        listing = await self._lock_existing(property_id)
        _fill(listing, known, body)
        return await self._finish(listing, AuditAction.UPDATED)

    async def undo(self, property_id: UUID) -> AdminProperty:
        """Put back what the last update changed; a second undo does it again.

        Raises NotFoundError, PreconditionFailedError, ConflictError when deleted or never updated.
        """
        listing = await self._lock_existing(property_id)
        last = await audit.find_last(self.session, AuditEntity.PROPERTY, property_id, AuditAction.UPDATED)
        if last is None:
            raise ConflictError("The listing was never updated")
        for name, change in last.changes.items():
            before, kind = change["from"], Property.__table__.c[name].type.python_type
            setattr(listing, name, None if before is None else TypeAdapter(kind).validate_python(before))
        listing.fingerprint = fingerprint(vars(listing))
        return await self._finish(listing, AuditAction.UPDATED)

    async def set_active(self, property_id: UUID, *, active: bool) -> AdminProperty:
        """Show or hide. Raises NotFoundError, PreconditionFailedError, ConflictError when deleted."""
        listing = await self._lock_existing(property_id)
        listing.is_active = active
        return await self._finish(listing, AuditAction.ACTIVATED if active else AuditAction.DEACTIVATED)

    async def delete(self, property_id: UUID) -> AdminProperty:
        """Hide until restored; nothing to do when deleted already. Raises NotFoundError, PreconditionFailedError."""
        listing = await self._lock(property_id)
        if listing.deleted_at is not None:
            return await self._shown(listing)
        listing.deleted_at = utc_now()
        return await self._finish(listing, AuditAction.DELETED)

    async def restore(self, property_id: UUID) -> AdminProperty:
        """Undo a deletion. Raises NotFoundError, PreconditionFailedError, ConflictError without one."""
        listing = await self._lock(property_id)
        if listing.deleted_at is None:
            raise ConflictError("The listing is not deleted")
        listing.deleted_at = None
        return await self._finish(listing, AuditAction.RESTORED)

    async def _lock(self, property_id: UUID) -> Property:
        listing = await properties.lock(self.session, property_id)
        if listing is None:
            raise NoSuchListingError(property_id)
        tag = etag(listing.id, listing.version)
        if not seen(self.if_match, tag):
            current = await self._shown(listing)
            raise changed_meanwhile(tag, current.model_dump(mode="json"))
        return listing

    async def _lock_existing(self, property_id: UUID) -> Property:
        listing = await self._lock(property_id)
        if listing.deleted_at is not None:
            raise ConflictError("The listing is deleted; restore it first")
        return listing

    async def _finish(self, listing: Property, action: AuditAction) -> AdminProperty:
        record_change(self.session, self.actor, action, listing)
        await self.session.flush()
        await refresh_ranks(self.session, [listing.id], self.ranking)
        written = await _find(self.session, listing.id)
        if written.sector is not None:
            # It and its neighbours compare differently now; many writes to a zone are one refresh.
            market.ask_for_refresh(self.session, [written.sector.zone_id])
        return await self._shown(written)

    async def _shown(self, listing: Property) -> AdminProperty:
        return await _shown(self.session, listing, self.ranking.media_url)


def _fill(listing: Property, known: KnownPlaces, body: PropertyInput) -> None:
    location = place_listing(known, body)
    priced = (listing.listing_type, listing.price, listing.area_sqft)
    columns = PropertyInput.model_fields.keys() - NOT_COLUMNS
    for name in columns:
        setattr(listing, name, getattr(body, name))
    listing.sector_id = location.sector_id
    listing.society_id = location.society_id
    listing.latitude, listing.longitude = location.position or (None, None)
    listing.location_precision = location.precision
    if body.listed_at is not None:
        listing.listed_at = body.listed_at
        listing.listed_at_is_known = True
    if body.verified:
        listing.verified_at = utc_now()
        listing.review_flags = []
    # What was verified stays so until a figure changes.
    elif priced != (body.listing_type, body.price, body.area_sqft) and not _plausible(body):
        listing.review_flags = sorted({*(listing.review_flags or ()), IMPLAUSIBLE})
    # By which imports recognise the unit. It alone is no change: nobody could be told of it, nor take it back.
    if changes_of(listing):
        listing.fingerprint = fingerprint(vars(listing))


def _plausible(body: PropertyInput) -> bool:
    return body.area_sqft is None or price_plausible(body.listing_type, body.price, float(body.area_sqft))
