"""Which city words say a place is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.database import Database
from app.services.imports.cities import FAR, names_noida, other_city, outside
from app.tests.conftest import RememberedPlaces


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("Andheri West, Mumbai", "mumbai"),
        ("Andheri West, Mumbai, Maharashtra", "maharashtra"),
        ("Andheri West, MUMBAI, India.", "mumbai"),
        ("Sector 62, Mohali", "mohali"),
        ("Sector 62 Mohali", "mohali"),
        ("Sector-22 B, Chandigarh", "chandigarh"),
        ("Sector 15 Panchkula, Haryana", "haryana"),
        ("Sector 62, Thāne", "thane"),
        ("Sector 50, Gurgaon", "gurgaon"),
        ("Ahinsa Khand, Indirapuram, Ghaziabad, Uttar Pradesh", "ghaziabad"),
        ("Noida Road, Ghaziabad", "ghaziabad"),
        ("Sector 62, Smalltown 160055", "160055"),
        ("Sector 62, Ghaziabad, U.P. 201014, India", "201014"),
        ("New Ashok Nagar, Delhi", "delhi"),
    ],
)
def test_another_city_is_known_by_the_end_of_the_address(text: str, city: str) -> None:
    assert other_city(text) == city
    assert outside("", text) == f"is not Noida or Greater Noida: '{city}'"
    assert outside("Noida", text) is not None, "what contradicts itself is not listed"


@pytest.mark.parametrize(
    "text",
    [
        *("", "Sector 62", "Mango Grove", "Sector 62, Noida", "Sector 62, Noida, Delhi NCR", "Sector 62, Noida, Delhi"),
        *("Sector 62, Noida, New Delhi 201309, India", "Sector 74, Noida, Uttar Pradesh 201301, Sector 74, Noida"),
        *("Shahberi, Crossings Republik Road, Greater Noida", "Sector 62, near Indirapuram", "Surat Road, Sector 1"),
        *(
            "Meerut Expressway, Sector 62",
            "Agra, Sector 16",
            "Sector 150 204",
            "Jewar 203135",
            "Ghaziabad border, Noida Extension",
        ),
    ],
)
def test_words_that_name_no_other_city(text: str) -> None:
    assert other_city(text) is None


def test_a_stated_city_is_taken_at_its_word() -> None:
    assert outside("Greater Noida West", "Mango Grove") is None
    assert outside("Smalltown", "Sector 62") == "is not Noida or Greater Noida: 'Smalltown'"


def test_noida_is_named_by_its_word_or_its_district_s() -> None:
    assert all(map(names_noida, ("NOIDA", "Gr.Noida", "Kasna, Gautam Buddha Nagar", "noida expressway")))
    assert not any(map(names_noida, ("", "Noidabad", "Andheri West")))


async def test_no_place_of_noida_is_called_as_another_city(database: Database) -> None:
    """The names of its sectors, zones and societies alone never refuse a home."""
    places = await RememberedPlaces(database).known()
    names = [name for zone in places.zones for name in (zone.name, *zone.aliases)]
    names += [name for sector in places.sectors for name in (sector.name, *sector.aliases)]
    names += [name for society in places.societies for name in (society.name, *society.aliases)]
    assert [name for name in names if other_city(name)] == []
    assert "noida" not in FAR


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    assert other_city(text) is None or outside("", text) is not None
    names_noida(text)
