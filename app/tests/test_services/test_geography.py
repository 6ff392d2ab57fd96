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
    normalise_place,
)
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
        ("greater noida", "Greater Noida"),
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


@pytest.mark.parametrize("typed", ["", "noida", "pool", "sector 199", "delta 4", "theta 2", "alpha", "दिल्ली"])
def test_resolve_does_not_guess(typed: str) -> None:
    assert resolved(typed) is None


def test_order_of_kinds() -> None:
    homonyms = [PlaceRecord(1, kind, "Lake View") for kind in PlaceKind]
    for n, first in enumerate(homonyms):
        assert Gazetteer(reversed(homonyms[n:])).resolve("lake view") == PlaceMatch(first, 1.0)


def test_suggest() -> None:
    assert [match.place.name for match in GAZETTEER.suggest("alpha", limit=2)] == ["Alpha 1", "Alpha 2"]
    assert GAZETTEER.suggest("sector 199")[0].place.name == "Sector 19"
    assert GAZETTEER.suggest("") == []


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


def test_locate_by_coordinates_alone() -> None:
    assert located("Ambedkar City", None, 28.5095, 77.4104) == "Sector 137"
    assert located("Ambedkar City", None, 28.2000, 77.6000) is None
    assert located("Sector 137", None, 28.2000, 77.6000) == "Sector 137"


def test_every_name_and_alias_means_its_own_place() -> None:
    wrong = [
        (name, match)
        for record in RECORDS
        for name in (record.name, *record.aliases)
        if (match := GAZETTEER.resolve(name)) != PlaceMatch(record, 1.0)
    ]
    # Two zones have a sector of the same name, for listings that say no more; a visitor means the zone.
    assert {name for name, _ in wrong} == {"Greater Noida West", "Yamuna Expressway"}
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
def test_service_area(where: str, latitude: float, longitude: float, served: bool) -> None:  # noqa: FBT001
    assert inside_service_area(latitude, longitude) is served, where


def test_the_service_area_lies_in_its_box() -> None:
    middle = ((NOIDA_BOX.south + NOIDA_BOX.north) / 2, (NOIDA_BOX.west + NOIDA_BOX.east) / 2)
    assert inside_service_area(*middle)
    for latitude in (NOIDA_BOX.south - 0.01, NOIDA_BOX.north + 0.01):
        assert not inside_service_area(latitude, middle[1])
    for longitude in (NOIDA_BOX.west - 0.01, NOIDA_BOX.east + 0.01):
        assert not inside_service_area(middle[0], longitude)
