"""The listing service without HTTP: versions, what may follow what, and what a refused write leaves behind."""

import orjson
import pytest
from sqlalchemy import select

from app.config.database import Database
from app.config.settings import Ranking
from app.core.exceptions import ConflictError, InvalidInputError, NotFoundError, PreconditionFailedError
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AreaBasis, ListingType, PropertyType
from app.infrastructure.queue.memory import MemoryQueue
from app.models.geography import Sector
from app.schemas.properties import PropertyCreate, PropertyInput
from app.services import listings
from app.services.audit import Actor
from app.services.gazetteer import KnownPlaces
from app.services.listings import Writer
from app.services.versions import etag
from app.tests.conftest import RememberedPlaces
from app.tests.factories import make_property, make_user

VILLA = {
    "title": "4 BHK villa in Sector 44",
    "listing_type": ListingType.SALE,
    "property_type": PropertyType.VILLA,
    "price": 65_000_000,
    "bhk": 4,
    "area_sqft": 3200.0,
    "area_basis": AreaBasis.BUILT_UP,
    "locality": "Sector 44",
}


async def known_places(database: Database) -> KnownPlaces:
    return await RememberedPlaces(database).known()


async def test_a_listing_is_public_from_its_creation_until_its_deletion(database: Database) -> None:
    known = await known_places(database)
    async with unit_of_work(database, MemoryQueue()) as session:
        user = await make_user(session)
        created = await Writer(session, Actor(user.id), Ranking()).create(known, PropertyCreate(**VILLA))
    public = orjson.loads(await listings.detail(database.direct, created.id, "/media/"))
    assert (public["price_per_sqft"], public["sector"]) == (20312.5, "Sector 44")

    async with unit_of_work(database, MemoryQueue()) as session:
        await Writer(session, Actor(user.id), Ranking(), etag(created.id, created.version)).delete(created.id)
    with pytest.raises(NotFoundError, match=str(created.id)):
        await listings.detail(database.direct, created.id, "/media/")


async def test_each_write_makes_a_new_version_and_the_old_one_no_longer_writes(database: Database) -> None:
    known = await known_places(database)
    async with unit_of_work(database, MemoryQueue()) as session:
        user = await make_user(session)
        listing = await make_property(session)
    read = etag(listing.id, listing.version)
    async with unit_of_work(database, MemoryQueue()) as session:
        changed = await Writer(session, Actor(user.id), Ranking(), read).update(
            known, listing.id, PropertyInput(**VILLA | {"price": 66_000_000})
        )
    assert etag(changed.id, changed.version) != read
    with pytest.raises(PreconditionFailedError) as refused:
        async with unit_of_work(database, MemoryQueue()) as session:
            await Writer(session, Actor(user.id), Ranking(), read).set_active(listing.id, active=False)
    assert refused.value.extra["current"]["price"] == 66_000_000
    assert refused.value.headers["ETag"] == etag(changed.id, changed.version)
    async with database.read() as session:
        assert (await listings.read(session, listing.id, "/media/")).is_active


async def test_deleting_and_restoring_twice_changes_nothing_more(database: Database) -> None:
    async with unit_of_work(database, MemoryQueue()) as session:
        user = await make_user(session)
        listing = await make_property(session)
    versions = []
    for step in ("delete", "delete", "restore"):
        async with unit_of_work(database, MemoryQueue()) as session:
            writer = Writer(session, Actor(user.id), Ranking())
            versions.append((await getattr(writer, step)(listing.id)).version)
    assert versions == [2, 2, 3]


async def test_a_deleted_listing_is_not_changed_and_an_unknown_one_not_found(database: Database) -> None:
    known = await known_places(database)
    async with unit_of_work(database, MemoryQueue()) as session:
        user = await make_user(session)
        listing = await make_property(session)
        await Writer(session, Actor(user.id), Ranking()).delete(listing.id)
    async with unit_of_work(database, MemoryQueue()) as session:
        writer = Writer(session, Actor(user.id), Ranking())
        with pytest.raises(ConflictError, match="restore it first"):
            await writer.update(known, listing.id, PropertyInput(**VILLA))
        with pytest.raises(NotFoundError):
            await writer.set_active(new_id(), active=True)


async def test_a_refused_place_leaves_the_listing_as_it_was(database: Database) -> None:
    known = await known_places(database)
    async with unit_of_work(database, MemoryQueue()) as session:
        user = await make_user(session)
        listing = await make_property(session)
    elsewhere = PropertyInput(**VILLA | {"sector": "Sector 999"})
    with pytest.raises(InvalidInputError, match="sector"):
        async with unit_of_work(database, MemoryQueue()) as session:
            await Writer(session, Actor(user.id), Ranking()).update(known, listing.id, elsewhere)
    async with database.read() as session:
        kept = await listings.read(session, listing.id, "/media/")
    assert (kept.price, kept.version) == (listing.price, listing.version)


async def test_every_write_asks_for_its_zone_to_be_compared_once(database: Database) -> None:
    known = await known_places(database)
    queue = MemoryQueue()
    async with unit_of_work(database, queue) as session:
        user = await make_user(session)
        listing = await Writer(session, Actor(user.id), Ranking()).create(known, PropertyCreate(**VILLA))
        zone = await session.scalar(select(Sector.zone_id).where(Sector.name == listing.sector))
    async with unit_of_work(database, queue) as session:
        await Writer(session, Actor(user.id), Ranking()).set_active(listing.id, active=False)
    assert {job.name for job in queue.jobs} == {"market.refresh"}
    assert [dict(job.ids) for job in queue.jobs] == [{"zone_id": zone}] * 2
    assert all(job.debounce_seconds for job in queue.jobs)
