"""What a typed place means, over the shipped reference data."""

import csv
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.vocabulary import PlaceCategory
from app.services.geography import (
    NOIDA_BOX,
    Gazetteer,
    PlaceKind,
    PlaceMatch,
    PlaceRecord,
    distance_km,
    inside_service_area,
)
from app.services.place_names import normalise_place
from app.services.spelling import trigrams

FOLDER = Path(__file__).parents[2] / "data" / "geography"
EDITED_FROM = 6  # letters


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_records() -> Iterator[PlaceRecord]:
    sectors = {row["slug"]: (number, row) for number, row in enumerate(rows("sectors"), 1)}
    for file in ("zones", "sectors", "societies", "places"):
        for number, row in enumerate(rows(file), 1):
            own = sectors.get(row.get("sector_slug", ""))
            match file:
                case "zones":
                    kind = PlaceKind.ZONE
                    ids = [i for i, sector in sectors.values() if sector["zone_slug"] == row["slug"]]
                case "sectors":
                    kind, ids = PlaceKind.SECTOR, [number]
                case "societies":
                    kind, ids = PlaceKind.SOCIETY, [own[0]] if own else []
                case _:
                    metro = row["category"] == PlaceCategory.METRO_STATION
                    kind, ids = PlaceKind.STATION if metro else PlaceKind.PLACE, [own[0]] if own else []
            yield PlaceRecord(
                id=number,
                kind=kind,
                name=row["name"],
                aliases=tuple(filter(None, row["aliases"].split(";"))),
                city=row.get("city"),
                sector_ids=tuple(ids),
                society_id=number if file == "societies" else None,
                latitude=float(row["latitude"]) if row.get("latitude") else None,
                longitude=float(row["longitude"]) if row.get("longitude") else None,
            )


RECORDS = tuple(read_records())
GAZETTEER = Gazetteer(RECORDS)
SECTORS = {record.id: record for record in RECORDS if record.kind is PlaceKind.SECTOR}
MAIN = [record for record in RECORDS if record.kind in {PlaceKind.ZONE, PlaceKind.SECTOR, PlaceKind.STATION}]


def resolved(text: str) -> str | None:
    match = GAZETTEER.resolve(text)
    return match.place.name if match else None


def located(text: str, city: str | None = None, *position: float) -> str | None:
    sector = GAZETTEER.locate(text, city, *position)
    return None if sector is None else SECTORS[sector].name


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("sec-137", "sector 137"),
        ("sector137", "sector 137"),
        ("Sec. 62", "sector 62"),
        ("sector 63 A", "sector 63a"),
        ("Sector-144 Noida", "sector 144"),
        ("noida sector 107", "sector 107"),
        ("A Block Sector 50", "sector 50"),
        ("Sector 61Block E", "sector 61"),
        ("Block C Delta 1", "delta 1"),
        ("Pocket 7 Sector 82", "sector 82"),
        ("Delta II, Greater Noida", "delta 2"),
        ("Knowledge Park V", "knowledge park 5"),
        ("Sector MU 2", "mu 2"),
        ("Sector-Phi1", "phi 1"),
        ("Noida Extn.", "noida extension"),
        ("Sector 137, Noida, Sector 137, Noida, Delhi NCR", "sector 137"),
        ("Sector 16, Greater Noida West", "sector 16 greater noida"),
        ("Sector 25 Yamuna Express Way", "sector 25 yamuna expressway"),
        ("sector 137 metro station", "sector 137 metro"),
        ("Central Noida", "central noida"),
        ("Greater Noida", "greater noida"),
        ("Noida", "noida"),
        ("Noida, U.P.", "noida"),
        ("Sector 62, Noida, UP", "sector 62"),
        ("Great Noida", "greater noida"),
        ("The Great India Place", "the great place"),
        ("Beta One", "beta 1"),
        ("Gulshan One29", "gulshan one 29"),
        ("", ""),
    ],
)
def test_normalise_place(typed: str, normal: str) -> None:
    assert normalise_place(typed) == normal


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("sec 137", "Sector 137"),
        ("setor 137", "Sector 137"),
        ("2 bhk in sector 76 with a lift", "Sector 76"),
        ("Sector 1", "Sector 1"),
        ("Sector 1 greater noida west", "Sector 1, Greater Noida"),
        ("sector 16b", "Sector 16B, Greater Noida"),
        ("Sector 22D Yamuna Expressway", "Sector 22D, Yamuna Expressway"),
        ("noida extention", "Greater Noida West"),
        ("Gr. Noida (W)", "Greater Noida West"),
        ("Phase 2 Noida Extension", "Greater Noida West"),
        ("Tech Zone 4, Greater Noida West", "Techzone 4"),
        ("noida", "Noida"),
        ("Noida, UP", "Noida"),
        ("noida city", "Noida"),
        ("greater noida", "Greater Noida"),
        ("Gr. Noida", "Greater Noida"),
        ("Great Noida", "Greater Noida"),
        ("Grater Noida", "Greater Noida"),
        ("Greater Noida City", "Greater Noida City"),
        ("137", "Sector 137"),
        ("S-137", "Sector 137"),
        ("s137, Noida", "Sector 137"),
        ("137 noida", "Sector 137"),
        ("63 A", "Sector 63A"),
        ("16b", "Sector 16B, Greater Noida"),
        ("16, Greater Noida", "Sector 16, Greater Noida"),
        ("alpha", "Alpha"),
        ("Sector Alpha, Greater Noida", "Alpha"),
        ("zeta", "Zeta"),
        ("knowledge park", "Knowledge Park"),
        ("beta one", "Beta 1"),
        ("sector beta two", "Beta 2"),
        ("7x sectors", "Sector 70s"),
        ("pari chok", "Pari Chowk"),
        ("gaur cty 2", "Sector 16C, Greater Noida"),
        ("sec 137 metro", "Sector 137 metro"),
        ("botanical gardn", "Botanical Garden metro"),
        ("city center", "City Centre metro"),
        ("expres zenith", "Express Zenith"),
        ("supertech eco village 2", "Supertech Eco Village-II Phase 1"),
        ("GIP", "The Great India Place"),
    ],
)
def test_resolve(typed: str, name: str) -> None:
    assert resolved(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        *("", "pool", "sector 199", "199", "1370", "delta 4", "theta 2", "दिल्ली", "Unknown Heights, Noida"),
        *("park", "yamuna", "jaypee", "city", "square", "sector", "metro", "sector 1 3 7", "sector 1 2"),
    ],
)
def test_resolve_does_not_guess(typed: str) -> None:
    assert resolved(typed) is None


def test_order_of_kinds() -> None:
    homonyms = [PlaceRecord(1, kind, "Lake View") for kind in PlaceKind]
    for n, first in enumerate(homonyms):
        assert Gazetteer(reversed(homonyms[n:])).resolve("lake view") == PlaceMatch(first, 1.0)


def test_cities_and_families_are_all_their_sectors() -> None:
    for city in ("Noida", "Greater Noida"):
        match = GAZETTEER.resolve(city)
        assert match
        assert match.place.kind is PlaceKind.CITY
        assert set(match.place.sector_ids) == {sector.id for sector in SECTORS.values() if sector.city == city}
    for family, members in (
        ("alpha", {"Alpha 1", "Alpha 2"}),
        ("sector zeta", {"Zeta", "Zeta 1", "Zeta 2"}),
        ("mu", {"Mu"}),
    ):
        match = GAZETTEER.resolve(family)
        assert match
        assert {SECTORS[number].name for number in match.place.sector_ids} == members


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("sector 1", ["Sector 1, Greater Noida"]),
        ("18", ["Sector 18, Yamuna Expressway"]),
        ("sector 16 greater noida", []),
        ("gaur city", []),
        ("atta", []),
        ("sector 137", []),
        ("alpha", ["Alpha 1", "Alpha 2"]),
        ("zeta", ["Zeta 1", "Zeta 2"]),
        ("noida", []),
        ("noida extension", []),
    ],
)
def test_what_else_a_text_may_mean(typed: str, names: list[str]) -> None:
    match = GAZETTEER.resolve(typed)
    assert match
    others = GAZETTEER.also_meant(typed, match.place)
    assert [place.name for place in others] == names
    assert all(GAZETTEER.means(place.name, place) for place in others)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sector 199", "Sector 19"),
        ("sector 1 3 7", "Sector 137"),
        ("yamuna", "Yamuna Expressway"),
        ("jaypee", "Jaypee Wish Town"),
        ("park", "Knowledge Park 5"),
        ("delta 4", "Delta 1"),
        ("gaur cty", "Sector 4, Greater Noida"),
        ("supertech echo village", "Supertech Eco Village-I Phase 1"),
        ("fortis", "Fortis Hospital"),
        ("", None),
        ("Mumbai", None),
        ("indirapuram", None),
        ("pool", None),
        ("swimming pool", None),
    ],
)
def test_suggest(typed: str, first: str | None) -> None:
    assert next((match.place.name for match in GAZETTEER.suggest(typed)), None) == first


def test_suggest_does_not_mix_in_what_only_an_alias_holds() -> None:
    for typed in ("park", "city", "yamuna", "jaypee"):
        for match in GAZETTEER.suggest(typed):
            assert typed in match.place.name.lower()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sector 150, Pusta Road", "Sector 150"),
        ("Silver City, Sector 93", "Sector 93"),
        ("Arun Vihar, Sector 37, Golf course Metro", "Sector 37"),
        ("Phase 2 Noida Extension", "Greater Noida West"),
        ("Noida Extensions", "Greater Noida West"),
        ("Sector 25 Yamuna Express Way", "Sector 25, Yamuna Expressway"),
        ("Sector 17B Yamuna Expressway", "Yamuna Expressway"),
        ("Sector MU 2", "Mu"),
        ("PI 2", "Pi 2"),
        ("Sector-Zeta", "Zeta"),
        ("Block C UPSIDC Site C", "Surajpur"),
        ("Tech Zone 4 Greater Noida Wes", "Techzone 4"),
        ("Sector 50, Link Road, Sector 1, Greater Noida, Delhi NCR", "Sector 1, Greater Noida"),
        ("Amarpali Silicon City", "Sector 76"),
        ("Noida Expressway", None),
        ("Greater Noida", None),
        ("Noida", None),
        ("Sector 88", None),
        ("Indirapuram", None),
        ("", None),
    ],
)
def test_locate(text: str, name: str | None) -> None:
    assert located(text) == name


def test_locate_tells_homonyms_apart() -> None:
    noida, greater = "Sector 16", "Sector 16, Greater Noida"
    assert located("Sector 16") == noida
    assert located("Sector 16", "Noida") == noida
    assert located("Sector-16", "greater noida") == greater
    assert located("Sector 16, Greater Noida", "Noida") == greater
    assert located("Sector 16", None, 28.578, 77.484) == greater
    assert located("Sector 16", "Greater Noida", 28.579, 77.315) == noida
    assert located("Sector 150", "Greater Noida") == "Sector 150"


def test_coordinates_name_no_sector_but_lie_near_one() -> None:
    assert located("Ambedkar City", None, 28.5095, 77.4104) is None
    assert located("Sector 137", None, 28.2000, 77.6000) == "Sector 137"
    nearest = GAZETTEER.nearest_sector(28.5095, 77.4104)
    assert nearest is not None
    assert SECTORS[nearest].name == "Sector 137"
    for far_from_all in ((28.2000, 77.6000), (28.6450, 77.3390), (float("nan"), 77.4)):
        assert GAZETTEER.nearest_sector(*far_from_all) is None


def test_every_name_and_alias_means_its_own_place() -> None:
    wrong = [
        (name, match)
        for record in RECORDS
        for name in (record.name, *record.aliases)
        if (match := GAZETTEER.resolve(name)) != PlaceMatch(record, 1.0)
    ]
    # Zones and families have a sector of the same name, for listings that say no more; a visitor means all of it.
    assert {name for name, _ in wrong} == {
        *("Greater Noida West", "Yamuna Expressway"),
        *("Eta", "Omicron", "Pi", "Sigma", "Zeta"),
    }
    assert {match.place.kind for _, match in wrong if match} == {PlaceKind.ZONE}


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[PlaceRecord, str]:
    record = draw(st.sampled_from([r for r in MAIN if any(map(long_enough, r.name.split()))]))
    words = record.name.split()
    at = draw(st.sampled_from([n for n, word in enumerate(words) if long_enough(word)]))
    word = words[at].lower()
    i = draw(st.integers(0, len(word) - 2))
    words[at] = draw(
        st.sampled_from(
            [
                word[:i] + word[i + 1 :],
                word[:i] + word[i + 1] + word[i] + word[i + 2 :],
                word[:i] + draw(st.sampled_from(string.ascii_lowercase)) + word[i:],
            ]
        )
    )
    return record, " ".join(words)


def long_enough(word: str) -> bool:
    return len(word) >= EDITED_FROM and word.isalpha()


@given(misspelt())
@settings(derandomize=True, max_examples=1000, deadline=None)
def test_one_slip_in_a_long_word_is_forgiven(case: tuple[PlaceRecord, str]) -> None:
    record, typed = case
    assert resolved(typed) == record.name, typed


PIECES = st.sampled_from(
    [
        *("sector", "sec", "setcor", "137", "16", "63", "a", "i", "v", "ii", "noida", "greater", "extension"),
        *(
            "extn",
            "west",
            "block",
            "pocket",
            "metro",
            "station",
            "delta",
            "phi",
            "pari",
            "yamuna",
            "express",
            "way",
            "yeida",
        ),
        *(
            "tech",
            "zone",
            "delhi",
            "ncr",
            "near",
            ",",
            "-",
            ".",
            "/",
            "201301",
            "ß",
            "İ",
            "नोएडा",
            "½",
            "\u0301",
            "\x00",
        ),
    ]
)
JOINED = st.sampled_from([" ", ""]).flatmap(lambda gap: st.lists(PIECES, max_size=14).map(gap.join))
TEXTS = st.one_of(st.text(max_size=120), JOINED)


@given(TEXTS)
@settings(derandomize=True, max_examples=500, deadline=None)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise_place(normalise_place(text)) == normalise_place(text)


@given(TEXTS, st.sampled_from([None, "Noida", "Greater Noida", "?"]), st.floats(), st.floats())
@settings(derandomize=True, max_examples=300, deadline=None)
def test_no_text_raises(text: str, city: str | None, latitude: float, longitude: float) -> None:
    match = GAZETTEER.resolve(text)
    assert match is None or 0 < match.score <= 1
    assert len(GAZETTEER.suggest(text)) <= 3
    assert GAZETTEER.locate(text, city) in {None, *SECTORS}
    assert GAZETTEER.locate(text, city, latitude, longitude) in {None, *SECTORS}
    assert GAZETTEER.nearest_sector(latitude, longitude) in {None, *SECTORS}
    inside_service_area(latitude, longitude)


def test_an_empty_gazetteer_knows_nothing() -> None:
    empty = Gazetteer([])
    assert empty.resolve("sector 137") is None
    assert empty.suggest("sector 137") == []
    assert empty.locate("sector 137") is None
    assert empty.locate("sector 137", None, 28.5, 77.4) is None


def test_trigrams_are_those_of_postgres() -> None:
    assert trigrams("pi 12") == {"  p", " pi", "pi ", "  1", " 12", "12 "}


def test_distance() -> None:
    assert distance_km(28.5, 77.4, 28.5, 77.4) == 0
    assert distance_km(28.5355, 77.3910, 28.5446, 77.3910) == pytest.approx(1.012, abs=0.002)
    assert distance_km(28.5355, 77.3910, 28.5355, 77.4012) == pytest.approx(0.997, abs=0.002)


@pytest.mark.parametrize(
    ("where", "latitude", "longitude", "served"),
    [
        ("Sector 15A", 28.5768, 77.3060, True),
        ("Electronic City", 28.6287, 77.3752, True),
        ("Gaur City 2", 28.6205, 77.4210, True),
        ("Sector 150", 28.4228, 77.4874, True),
        ("Gaur Yamuna City", 28.3100, 77.5590, True),
        ("Jewar", 28.1230, 77.5560, True),
        ("Vaishali, Ghaziabad", 28.6450, 77.3390, False),
        ("Indirapuram, Ghaziabad", 28.6410, 77.3710, False),
        ("Crossings Republik, Ghaziabad", 28.6300, 77.4350, False),
        ("Mayur Vihar, Delhi", 28.6040, 77.2950, False),
        ("Vasundhara Enclave, Delhi", 28.6000, 77.3180, False),
        ("Sector 85, Faridabad", 28.4020, 77.3380, False),
        ("Sector 56, Gurgaon", 28.4240, 77.1000, False),
        ("nowhere", float("nan"), 77.4, False),
    ],
)
def test_service_area(where: str, latitude: float, longitude: float, served: bool) -> None:  # noqa: FBT001 - a parametrized value
    assert inside_service_area(latitude, longitude) is served, where


def test_the_service_area_lies_in_its_box() -> None:
    middle = ((NOIDA_BOX.south + NOIDA_BOX.north) / 2, (NOIDA_BOX.west + NOIDA_BOX.east) / 2)
    assert inside_service_area(*middle)
    for latitude in (NOIDA_BOX.south - 0.01, NOIDA_BOX.north + 0.01):
        assert not inside_service_area(latitude, middle[1])
    for longitude in (NOIDA_BOX.west - 0.01, NOIDA_BOX.east + 0.01):
        assert not inside_service_area(middle[0], longitude)
