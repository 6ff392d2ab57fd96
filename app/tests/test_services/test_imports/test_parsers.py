import re
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.csv_lines import neutral
from app.core.vocabulary import Facing, Furnishing, Ownership, Possession, PropertyType
from app.models.property import MAX_AREA_SQFT, MAX_PRICE, RERA_PATTERN
from app.schemas.properties import MAX_AMENITIES, Amenity, named_once
from app.services.imports import parsers, texts
from app.services.imports.fields import PARSERS
from app.services.imports.texts import FieldProblem

anything = (
    st.text(max_size=60) | st.from_regex(r"[₹0-9 .,/+\-a-z']{0,30}") | st.floats().map(str) | st.integers().map(str)
)

AMENITIES = TypeAdapter(list[Amenity])


def grouped(rupees: int) -> str:
    """Group in the Indian way: 1,25,00,000."""
    head, tail = f"{rupees}"[:-3], f"{rupees}"[-3:]
    pairs = re.findall(r"\d{1,2}(?=(?:\d{2})*$)", head)
    return ",".join([*pairs, tail]) if head else tail


@pytest.mark.parametrize(
    ("text", "rupees"),
    [
        ("2.09 Cr", 20_900_000),
        ("43 Lac", 4_300_000),
        ("₹1,25,00,000", 12_500_000),
        ("12,500,000", 12_500_000),
        ("85 L", 8_500_000),
        ("6932000.0", 6_932_000),
        ("1.5 crore", 15_000_000),
        ("Rs. 75000", 75_000),
        ("INR 45k", 45_000),
        ("1e7", 10_000_000),
        ("  90 Lakhs ", 9_000_000),
        ("75,000/-", 75_000),
    ],
)
def test_prices_are_read(text: str, rupees: int) -> None:
    assert parsers.parse_price(text) == rupees


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "0.0", "-5", "nan", "inf", "-inf", "1e99", "1,2,3", "1,5 Cr", "85 L - 1.2 Cr", "85 lakh dollars"),
        *("price on request", "10001 Cr", "१२", "1_000", "0x10", "9" * 5000),
    ],
)
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(FieldProblem):
        parsers.parse_price(text)


@given(st.integers(1, MAX_PRICE))
def test_every_price_survives_being_written(rupees: int) -> None:
    assert parsers.parse_price(str(rupees)) == rupees
    assert parsers.parse_price(f"₹ {grouped(rupees)}") == rupees
    assert parsers.parse_price(f"{Decimal(rupees) / 100_000} Lac") == rupees
    assert parsers.parse_price(f"{Decimal(rupees) / 10_000_000} Cr") == rupees


@given(st.decimals(1, MAX_AREA_SQFT // 11, places=2))
def test_areas_are_converted(area: Decimal) -> None:
    sqft = parsers.parse_area(str(area))
    assert sqft == area == parsers.parse_area(str(area), "Sq-ft") == parsers.parse_area(f"{area} sq. ft.", "Sq-m")
    assert parsers.parse_area(f"{area} gaj") == parsers.parse_area(str(area), "Sq-yrd") == (9 * area).quantize(sqft)
    square_metres = parsers.parse_area(str(area), "sq m")
    assert abs(square_metres * Decimal("0.09290304") - area) < Decimal("0.001")
    # A square yard is 0.83612736 square metres.
    assert abs(parsers.parse_area(str(area), "gaj") - square_metres * Decimal("0.83612736")) < Decimal("0.02")


@pytest.mark.parametrize(
    ("text", "unit"), [("2", "bigha"), ("1.5 acre", ""), ("900", "furlong"), ("0", ""), ("-9", "")]
)
def test_other_units_and_no_areas_are_refused_by_name(text: str, unit: str) -> None:
    with pytest.raises(FieldProblem) as problem:
        parsers.parse_area(text, unit)
    assert (unit or "acre" if "acre" in text else unit) in str(problem.value)


@given(
    st.sampled_from(Facing), st.sampled_from([" - ", "-", " -", "", "_", " "]), st.sampled_from([str.upper, str.title])
)
def test_facings_are_read_in_every_spelling(facing: Facing, between: str, case: type) -> None:
    words = facing.value.split("_")
    assert parsers.parse_facing(case(between.join(words))) is facing
    assert parsers.parse_facing(case(between.join(word[0] for word in words))) is facing
    assert parsers.parse_facing(case(between.join(words) + " facing")) is facing


def test_furnishing_types_and_ownership_are_read() -> None:
    assert parsers.parse_furnishing("Semi-Furnished") is Furnishing.SEMI_FURNISHED
    assert parsers.parse_furnishing("Un Furnished") is Furnishing.UNFURNISHED
    assert parsers.parse_ownership("Co-operative Society") is Ownership.COOPERATIVE_SOCIETY
    for text, kind in {
        "Builder Floor Apartment": PropertyType.FLAT,
        "Penthouse": PropertyType.FLAT,
        "Residential House": PropertyType.VILLA,
        "Office in IT Park/ SEZ": PropertyType.COMMERCIAL,
        "Residential Plot": PropertyType.PLOT,
    }.items():
        assert parsers.parse_property_type(text) is kind
    with pytest.raises(FieldProblem, match="flat, villa, plot or commercial"):
        parsers.parse_property_type("PG")


@given(st.integers(0, 200), st.integers(0, 200))
def test_floors_are_read(floor: int, total: int) -> None:
    assert parsers.parse_floor(f"{floor} of {total} Floor") == (floor, total)
    assert parsers.parse_floor(f"{floor}/{total}") == (floor, total)
    assert parsers.parse_floor(f"Ground of {total} Floors") == (0, total)
    assert parsers.parse_floor(f"{floor}th floor") == (floor, None)


def test_floor_words_are_read() -> None:
    assert parsers.parse_floor("Lower Basement") == (-2, None)
    assert parsers.parse_floor("Upper Basement of 9") == (-1, 9)
    assert parsers.parse_floor("2nd Floor") == (2, None)
    assert parsers.parse_floor("ground") == (0, None)
    for text in ("201", "-6", "G+4", "top", "3 of 201"):
        with pytest.raises(FieldProblem):
            parsers.parse_floor(text)


def test_bedrooms_are_read() -> None:
    texts = {"3BHK": 3, "3.0": 3, "2.5 BHK": 2, "4 Bedrooms": 4, "1 RK": None, "Studio": None}
    assert {text: parsers.parse_bhk(text) for text in texts} == texts
    for text in ("21", "3 or 4", "5+", "2.3"):
        with pytest.raises(FieldProblem):
            parsers.parse_bhk(text)


def test_ages_parking_and_maintenance_are_read() -> None:
    ages = {"5 to 10 years": 7, "New Construction": 0, "Less than 5 years": 2, "Above 20 years": 20, "12": 12, "3.0": 3}
    assert {text: parsers.parse_years(text) for text in ages} == ages
    assert parsers.parse_parking("1 Covered, 2 Open") == 3
    assert parsers.parse_parking("2.0") == 2
    assert parsers.parse_maintenance("3,500", "Monthly") == 3500
    assert parsers.parse_maintenance("0") is None
    with pytest.raises(FieldProblem, match="per sq"):
        parsers.parse_maintenance("3", "Per sq. Unit Monthly")


def test_possession_and_dates_are_read() -> None:
    assert parsers.parse_possession("Ready To Move") == (Possession.READY_TO_MOVE, None)
    assert parsers.parse_possession("Dec '27") == (Possession.UNDER_CONSTRUCTION, date(2027, 12, 1))
    assert parsers.parse_date("31/12/2027") == parsers.parse_date("2027-12-31T10:00:00Z") == date(2027, 12, 31)
    assert parsers.parse_date("Immediately") is None
    assert parsers.parse_date("1 Nov 2026") == parsers.parse_date("1st november '26") == date(2026, 11, 1)
    for text in ("13/13/2027", "Foo '27", "2027-02-30", "31 Feb 2027", "0001-01-01"):
        with pytest.raises(FieldProblem):
            parsers.parse_date(text)


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)))
def test_every_date_survives_being_written(day: date) -> None:
    assert parsers.parse_date(day.isoformat()) == parsers.parse_date(day.strftime("%d/%m/%Y")) == day
    assert parsers.parse_date(day.strftime("%b %Y")) == day.replace(day=1)


def test_the_time_of_listing_is_read_as_a_moment_or_any_date() -> None:
    assert parsers.parse_listed_at("2026-06-27T23:45:17.000Z") == datetime(2026, 6, 27, 23, 45, 17, tzinfo=UTC)
    begun = datetime(2025, 10, 31, 18, 30, tzinfo=UTC)  # midnight in India
    for text in ("2025-11-01", "1/11/2025", "1 Nov 2025", "Nov '25", "2025-11-01 00:00", "2025-11-01T00:00:00+05:30"):
        assert parsers.parse_listed_at(text) == begun, text


def test_a_day_counts_as_past_once_it_has_begun_in_india(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsers, "utc_now", lambda: datetime(2026, 11, 23, 20, tzinfo=UTC))
    assert parsers.parse_listed_at("24/11/2026") == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    for text in (
        "25/11/2026",
        "2026-11-23T20:00:01Z",
        "2030-01-01",
        "Dec 2026",
        "1999-12-31",
        "0001-01-01T00:00:00+14:00",
    ):
        with pytest.raises(FieldProblem, match="between 2000 and now"):
            parsers.parse_listed_at(text)


@pytest.mark.parametrize("text", ["yesterday", "Immediately", "2026-13-01", "31 Feb 2026", "45000"])
def test_what_is_no_time_of_listing_is_told_what_is(text: str) -> None:
    with pytest.raises(FieldProblem, match=r"2026-11-01.*1/11/2026.*2026-11-01T09:30:00Z"):
        parsers.parse_listed_at(text)


def test_rera_numbers_are_taken_from_a_list() -> None:
    assert parsers.parse_rera("NA|null,UPRERAPRJ4171|05/2026") == "UPRERAPRJ4171"
    assert parsers.parse_rera("UPRERAPRJ622344/11/2025|-1") == "UPRERAPRJ622344/11/2025"
    assert parsers.parse_rera("NA|null") is None
    for text in ("UPRERAPRJ", "UPRERAAGT123", "UPRERAPRJ123456789"):
        with pytest.raises(FieldProblem):
            parsers.parse_rera(text)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(("price", f"85{{}}{end}") for end in ("lakh", "x!", "/-")),
        *(("area", f"1350{{}}{end}") for end in ("sq ft", "7")),
        *(("floor", f"ground{{}}{end}") for end in ("of{}4", "!")),
        *(("age_years", f"5{{}}{end}") for end in ("to{}10", "!")),
        ("bhk", "3{}bhk"),
        ("parking_spaces", "1{}covered,{}1 open"),
        ("available_from", "1{}dec{}2027"),
    ],
)
def test_white_space_says_nothing_however_much_there_is(field: str, text: str) -> None:
    """Patterns that try each way to share it out would not come to an end here."""

    def read(space: str) -> object:
        try:
            return PARSERS[field](text.replace("{}", space))
        except FieldProblem as problem:
            return str(problem)

    assert read(" \t" * 30_000) == read(" ")


def test_what_is_remembered_of_spellings_is_bounded() -> None:
    for number in range(10_000):
        parsers.letters(f"x{number}")
    assert 0 < parsers._spelling.cache_info().currsize < 10_000


def test_texts_are_tidied_and_markup_stays_text() -> None:
    assert texts.parse_text("  a\t b\x07\u200b ", 10) == "a b\u200b"
    assert texts.parse_text("\u202e731 rotceS\u2069", 20) == "731 rotceS"
    assert texts.parse_text("<b>Corner</b>", 20) == "<b>Corner</b>"
    assert texts.parse_description("one \r\n\r\n two") == "one\ntwo"
    assert texts.parse_amenities("Lift, Park;Lift | none, lift") == ["Lift", "Park"]
    with pytest.raises(FieldProblem, match="11 characters"):
        texts.parse_text("x" * 11, 10)


def named(text: str) -> bool:
    with suppress(ValidationError):
        return AMENITIES.validate_python([text]) == [text]
    return False


@given(
    st.lists((st.text(st.characters(codec="utf-8"), max_size=12) | st.text("ab ,;|\"'=-", max_size=12)).filter(named))
)
@example(["na", "N/A", "'=x", "a, b", '"', '"a", "b"', '""', "=", "Lift"])
def test_amenities_that_may_be_stored_come_back_from_their_cell(names: list[str]) -> None:
    names = named_once(names)[:MAX_AMENITIES]
    assert texts.parse_amenities(neutral(texts.amenities_cell(names))) == names


@given(st.sampled_from(sorted(PARSERS)), anything)
def test_every_parser_answers_or_states_its_rule(field: str, text: str) -> None:
    try:
        value = PARSERS[field](text)
    except FieldProblem:
        return
    if field == "price":
        assert 1 <= value <= MAX_PRICE
    if field in ("area", "carpet_area"):
        assert 1 <= value <= MAX_AREA_SQFT
    if field == "rera_number" and value is not None:
        assert re.match(RERA_PATTERN, value)
    if isinstance(value, str):
        assert "\0" not in value
        value.encode()
