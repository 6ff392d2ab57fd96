"""Where a typed listing stands."""

from typing import Any

import pytest

from app.config.database import Database
from app.core.exceptions import InvalidInputError
from app.core.vocabulary import LocationPrecision
from app.schemas.properties import PropertyInput
from app.services.gazetteer import KnownPlaces
from app.services.locations import named_sector, place_listing
from app.tests.conftest import RememberedPlaces


@pytest.fixture
async def known(database: Database) -> KnownPlaces:
    return await RememberedPlaces(database).known()


def typed(**fields: Any) -> PropertyInput:
    plain = {"title": "A home", "listing_type": "sale", "property_type": "flat", "price": 1, "locality": "as they say"}
    return PropertyInput.model_validate(plain | fields)


def test_every_sector_is_found_by_its_names_and_stands_at_its_centroid(known: KnownPlaces) -> None:
    for sector in known.sectors:
        for name in (sector.name, sector.slug, *sector.aliases):
            assert named_sector(known, name) is sector
        found = place_listing(known, typed(sector=sector.name))
        assert (found.sector_id, found.society_id) == (sector.id, None)
        assert found.position == (sector.latitude, sector.longitude)
        assert found.precision is LocationPrecision.SECTOR


def test_a_known_society_lends_its_pin(known: KnownPlaces) -> None:
    society = next(s for s in known.societies if s.position_precision == "exact" and s.sector_id and s.latitude)
    sector = next(s for s in known.sectors if s.id == society.sector_id)
    found = place_listing(known, typed(sector=sector.slug, society_name=society.name.upper()))
    assert found.society_id == society.id
    assert found.position == (society.latitude, society.longitude)
    assert found.precision is LocationPrecision.SOCIETY


def test_an_unknown_society_and_locality_are_allowed_when_they_say_noida(known: KnownPlaces) -> None:
    with pytest.raises(InvalidInputError, match="locality: names no place that is known in Noida"):
        place_listing(known, typed(society_name="Nobody's Heights"))
    found = place_listing(known, typed(society_name="Nobody's Heights", locality="as they say, Noida"))
    assert (found.sector_id, found.society_id, found.position, found.precision) == (None, None, None, None)


def test_coordinates_alone_name_the_sector(known: KnownPlaces) -> None:
    found = place_listing(known, typed(latitude=28.5085, longitude=77.4085))
    assert found.sector_name == "Sector 137"
    assert found.position == (28.5085, 77.4085)
    assert found.precision is LocationPrecision.EXACT


@pytest.mark.parametrize("name", ["Sector 999", "", "Noida", "137 metro"])
def test_only_names_are_sectors(known: KnownPlaces, name: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        named_sector(known, name)
    assert refused.value.extra["errors"][0]["loc"] == ["body", "sector"]
