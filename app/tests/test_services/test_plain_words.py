"""What people type into one box, over the shipped places: what it says, what is assumed, and that no word is lost."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.exceptions import InvalidInputError
from app.core.vocabulary import ListingType, PropertyType
from app.schemas.base import MAX_RUPEES
from app.schemas.search import CountRequest, GuidedSearchRequest, Understood
from app.services.plain_words.lexicon import MEASURES, NUMBER_WORDS, SAME_WORD, SAYS, STOP_WORDS, UNUSED
from app.services.plain_words.prices import AFTER, BEFORE, UNITS, read_amount
from app.services.plain_words.reading import TOKEN, Reading
from app.services.plain_words.understanding import understand
from app.tests.test_services.test_geography import GAZETTEER, RECORDS

CR, LAKH = 10_000_000, 100_000


def read(q: str, beside: Mapping[str, Any] | None = None) -> Understood:
    return understand(q, GAZETTEER, beside or {})


def said(understood: Understood) -> dict[str, int | str]:
    return {chip.answer: chip.value for chip in understood.chips if not chip.assumed}


def money(low: float | None = None, high: float | None = None) -> dict[str, int]:
    """A budget in lakh."""
    bounds = {"budget_min": low, "budget_max": high}
    return {name: round(value * LAKH) for name, value in bounds.items() if value is not None}


def where(place: str) -> dict[str, str]:
    return {"locality_preference": place}


FLAT, VILLA, PLOT, SHOP = ({"property_type": kind} for kind in ("flat", "villa", "plot", "commercial"))
BUY, RENT = {"listing_type": "sale"}, {"listing_type": "rent"}


@pytest.mark.parametrize(
    ("q", "says"),
    [
        ("3bhk near sector 137 metro under 1.2 cr", where("Sector 137 metro") | {"bhk": 3} | money(high=120)),
        ("I want to buy a 3 BHK flat in sector 137", where("Sector 137") | {"bhk": 3} | FLAT | BUY),
        ("2bhk sec 75 below 60 lakh", where("Sector 75") | {"bhk": 2} | money(high=60)),
        ("50 lakh to 1 crore", money(50, 100)),
        ("50-80 lac", money(50, 80)),
        ("₹1.8 Cr–₹2.2 Cr", money(180, 220)),  # noqa: RUF001 - as phones write it
        ("1-1.5 cr", money(100, 150)),
        ("25 lakh - 40", money(25, 40)),
        ("between 40 and 60 lakhs 2 bedroom", money(40, 60) | {"bhk": 2}),
        ("between 1 cr and 1 cr 20 lakh", money(100, 120)),
        ("upto 1 crore and 20 lakh", money(high=120)),
        ("above 2cr villa", money(low=200) | VILLA),
        (".5 cr to .75 cr", money(50, 75)),
        ("min 2cr kothi sector 50", money(low=200) | VILLA | where("Sector 50")),
        ("20 lakh+ plot", money(low=20) | PLOT),
        ("plots 30 lakh onwards in jewar", money(low=30) | PLOT | where("Yamuna Expressway")),
        ("over 1cr, not more than 1.5 cr", money(100, 150)),
        ("less than 20k", money(high=0.2)),
        ("5000 to 10k", money(0.05, 0.1)),
        ("Rs. 15,000/- max for rent", money(high=0.15) | RENT),
        ("2 BHK below Rs.60,00,000", {"bhk": 2} | money(high=60)),
        ("1.2 cr or less", money(high=120)),
        ("budget 20-25k on rent", money(0.2, 0.25) | RENT),
        ("max rent 20k 1bhk", money(high=0.2) | RENT | {"bhk": 1}),
        ("office 25-30k per month sector 63", money(0.25, 0.3) | SHOP | RENT | where("Sector 63")),
        ("2bhk 15k-20k pm", {"bhk": 2} | money(0.15, 0.2) | RENT),
        ("shop for lease in sector 18", SHOP | RENT | where("Sector 18")),
        ("resale apartment", FLAT | BUY),
        ("four bhk penthouse", {"bhk": 4} | FLAT),
        ("3-bedroom builder floor sector 41", {"bhk": 3} | FLAT | where("Sector 41")),
        ("independent houses in sector 122", VILLA | where("Sector 122")),
        ("row house", VILLA),
        ("farmhouse yamuna expressway 1-2 cr", VILLA | where("Yamuna Expressway") | money(100, 200)),
        ("commercial plot sector 63", PLOT | where("Sector 63")),
        ("residential land near pari chowk", PLOT | where("Pari Chowk")),
        ("office space wave city centre", SHOP | where("City Centre metro")),
        ("showrooms upto 5cr", SHOP | money(high=500)),
        # places
        ("noida city centre metro station", where("City Centre metro")),
        ("setor 137", where("Sector 137")),
        ("sector-62,noida", where("Sector 62")),
        ("a block sector 50 noida 201301", where("Sector 50")),
        ("sector 63 a", where("Sector 63A")),
        ("gaur city 2", where("Sector 16C, Greater Noida")),
        ("gaur city 2 3bhk", where("Sector 16C, Greater Noida") | {"bhk": 3}),
        ("gaur city 2 bhk", where("Sector 4, Greater Noida") | {"bhk": 2}),
        ("gaur city 50-80 lakh", where("Sector 4, Greater Noida") | money(50, 80)),
        ("2bhk noida extention", where("Greater Noida West") | {"bhk": 2}),
        ("gr noida west 2 bhk upto 35L", where("Greater Noida West") | {"bhk": 2} | money(high=35)),
        ("sector 16 in greater noida", where("Sector 16, Greater Noida")),
        ("sectors 70 to 79 2bhk", where("Sector 70s") | {"bhk": 2}),
        ("7x 3bhk", where("Sector 70s") | {"bhk": 3}),
        ("knowledge park ii", where("Knowledge Park 2")),
        ("shop dlf mall of india", SHOP | where("DLF Mall of India")),
        ("near fortis hospital", where("Fortis Hospital")),
        ("sunworld vanalika", where("Sunworld Vanalika Phase 2")),
        ("sector 121 cleo county", where("Cleo County Phase 1")),
        ("sector 150 noida expressway", where("Sector 150")),
        ("palm valley noida extension", where("Palm Valley")),
        ("sector 62 under 62 lakh", where("Sector 62") | money(high=62)),
        ("sector 62, 50-75 lakh", where("Sector 62") | money(50, 75)),
        ("sector 62 - 2 bathrooms, max 75 lakh", where("Sector 62") | money(high=75)),
        # Hindi
        ("kiraye ka makaan sector 12, 15000 tak", RENT | VILLA | where("Sector 12") | money(high=0.15)),
        ("sector 18 ke paas dukaan", SHOP | where("Sector 18")),
        ("zameen 50 lakh se kam", PLOT | money(high=50)),
        ("80 lakh se 1 crore tak 3bhk", money(80, 100) | {"bhk": 3}),
        ("dedh crore ke andar", money(high=150)),
        ("ek se do crore", money(100, 200)),
        ("do crore se zyada", money(low=200)),
        ("३ बीएचके फ्लैट सेक्टर १३७ में ८० लाख तक", {"bhk": 3} | FLAT | where("Sector 137") | money(high=80)),
        ("किराया १५ हज़ार से कम", RENT | money(high=0.15)),
        ("१ करोड़ से १.५ करोड़", money(100, 150)),
    ],
)
def test_what_people_type(q: str, says: dict[str, Any]) -> None:
    understood = read(q)
    assert said(understood) == says
    assert understood.not_understood == []


@pytest.mark.parametrize(
    ("q", "assumes"),
    [
        ("sector 137", {"property_type": None, "listing_type": None, "budget_min": None, "budget_max": None}),
        ("3 bhk upto 80 lakh", {"property_type": "3 bhk", "listing_type": "upto 80 lakh", "budget_min": None}),
        ("villa for sale 3 cr", {"budget_max": "3 cr", "budget_min": None}),
        ("around 75 lakh shop to buy", {"budget_min": "around 75 lakh", "budget_max": "around 75 lakh"}),
        ("1rk under 10k", {"bhk": "1rk", "property_type": "1rk", "listing_type": "under 10k", "budget_min": None}),
        ("studio for rent 8k-10k", {"bhk": "studio"}),
        ("2.5 bhk flat to buy, 1-2 cr", {"bhk": "2.5 bhk"}),
        ("flat in pari chok for rent 10-12k", {"locality_preference": "pari chok"}),
        ("appartment on rent 10-12k", {"property_type": "appartment"}),
        ("pg 8k-10k", {"listing_type": "pg", "property_type": None}),
    ],
)
def test_assumptions_are_said_with_what_led_to_them(q: str, assumes: dict[str, str | None]) -> None:
    assert {chip.answer: chip.text for chip in read(q).chips if chip.assumed} == assumes


@pytest.mark.parametrize(
    ("q", "label"),
    [
        ("under 1.2 cr", "up to ₹1.2 Cr"),
        ("above 50 lakh", "from ₹50 L"),
        ("above 50 lakh", "no highest price"),
        ("under 1.2 cr", "no lowest price"),
        ("3bhk", "3 BHK"),
        ("3bhk", "Buy"),
        ("25k", "Rent"),
        ("shop", "Commercial"),
        ("sector 137 metro", "near Sector 137 metro"),
        ("sector 137", "in Sector 137"),
    ],
)
def test_labels(q: str, label: str) -> None:
    assert label in [chip.label for chip in read(q).chips]


@pytest.mark.parametrize(
    ("q", "value"),
    [
        *(("75 lakh", 75 * LAKH), ("1 cr 20 lakh", 120 * LAKH), ("₹ 85,00,000", 85 * LAKH), ("5000000", 50 * LAKH)),
        *(("25k", 25_000), ("30000 per month", 30_000), ("rent 8000", 8_000), ("around 70 lakh", 77 * LAKH)),
    ],
)
def test_a_price_alone_is_the_highest_one(q: str, value: int) -> None:
    [chip] = [chip for chip in read(q).chips if chip.answer == "budget_max"]
    assert (chip.value, chip.assumed) == (value, True)


@pytest.mark.parametrize(
    ("q", "text", "reason"),
    [
        ("3bhk east facing", "east facing", "do not search by facing"),
        ("3bhk facing north-east", "facing north-east", "do not search by facing"),
        ("semi-furnished 3bhk", "semi-furnished", "do not search by furnishing"),
        ("3bhk ready to move", "ready to move", "do not search by possession"),
        ("3bhk under construction", "under construction", "do not search by possession"),
        ("3bhk 2nd floor", "2nd floor", "do not search by floor"),
        ("3bhk with 2 bathrooms", "2 bathrooms", "do not search by amenities"),
        ("3bhk with swimming pool", "swimming pool", "do not search by amenities"),
        ("plot above 200 sq yards", "above 200 sq yards", "do not search by area"),
        ("3bhk 1500-1800 sqft", "1500-1800 sqft", "do not search by area"),
        ("3bhk within 5 km of sector 62", "within 5 km", "do not search by distance"),
        ("2bhk for family", "family", "do not search by who will live there"),
        ("2bhk near metro", "metro", "say which metro station"),
        ("2bhk in noida", "noida", "all of Noida is searched"),
        ("2bhk in gurgaon", "gurgaon", "only homes in Noida and Greater Noida"),
        ("2bhk sector 62 gurgaon", "sector 62 gurgaon", "only homes in Noida and Greater Noida"),
        ("2/3 bhk sector 62", "2/3 bhk", "only one BHK"),
        ("3+ bhk sector 62", "3+ bhk", "only one BHK"),
        ("3bhk or 4bhk", "4bhk", "only one BHK"),
        ("25bhk flat", "25bhk", "BHK is 1 to 20"),
        ("3bhk plot", "3bhk", "BHK does not apply to plots"),
        ("2 bhk office", "2 bhk", "BHK does not apply to commercial units"),
        ("3bhk 3 bedroom", "3 bedroom", "says the same again"),
        ("sector 75/76 2bhk", "sector 75/76", "only one place"),
        ("2bhk pari chowk or sector 62", "sector 62", "only one place"),
        ("2bhk cleo county sector 121", "sector 121", "Cleo County Phase 1 is narrower"),
        ("2bhk cleo county or dream homes 2", "dream homes 2", "only one place"),
        ("buy or rent 2bhk", "rent", "only buying or renting"),
        ("flat 50 lakh 80 lakh", "80 lakh", "only one budget"),
        ("flat under 50", "under 50", "without its unit"),
        ("3bhk 75", "75", "without its unit"),
        ("flat 2027", "2027", "without its unit"),
        ("flat in noida 201301", "201301", "without its unit"),
        ("flat 9876543210", "9876543210", "without its unit"),
        ("flat 99999999999999 crore", "99999999999999 crore", "not a price that can be asked"),
        ("flat under 0 lakh", "under 0 lakh", "not a price that can be asked"),
    ],
)
def test_what_is_understood_and_not_used_is_said_with_its_reason(q: str, text: str, reason: str) -> None:
    understood = read(q)
    assert [reason in each.reason for each in understood.not_used if each.text == text] == [True]
    assert understood.not_understood == []
    assert text not in [chip.text for chip in understood.chips]


@pytest.mark.parametrize(
    ("q", "left"),
    [
        ("3bhk sector 1377", ["sector 1377"]),
        ("flat qwerty zxcvb under 1 cr, haunted", ["qwerty zxcvb", "haunted"]),
        ("bhk", ["bhk"]),
        ("flat 12345678901234567", []),
    ],
)
def test_what_is_not_understood_is_said(q: str, left: list[str]) -> None:
    assert read(q).not_understood == left


@pytest.mark.parametrize(
    "q", ["", "  ", "!?", "hello", "I am looking for a home", "🏠", "metro", "2/3 bhk", "buy or rent"]
)
def test_without_an_answer_nothing_is_assumed(q: str) -> None:
    assert read(q).chips == []


@pytest.mark.parametrize(
    ("q", "beside", "field"),
    [
        ("2 crore to 1 crore", {}, "q"),
        ("1 cr to 1 cr", {}, "q"),
        ("90-1.2 cr", {}, "q"),
        ("above 2 cr under 1 cr", {}, "q"),
        ("flat or villa", {}, "q"),
        ("under 50 lakh", {"budget_min": 60 * LAKH}, "q"),
        ("plot in sector 62", {"bhk": 2}, "bhk"),
    ],
)
def test_contradictions_are_refused(q: str, beside: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read(q, beside)
    assert refused.value.extra["errors"][0]["loc"] == ["body", field]


def test_an_answer_given_beside_goes_first() -> None:
    understood = read("3bhk villa under 1 cr", {"bhk": 2, "property_type": "villa", "budget_max": 50 * LAKH})
    assert said(understood) == VILLA
    assert [(each.text, each.reason) for each in understood.not_used] == [
        ("3bhk", "bhk is given beside it"),
        ("under 1 cr", "budget_max is given beside it"),
    ]
    assert [chip.answer for chip in understood.chips if chip.assumed] == ["budget_min", "listing_type"]


def test_types_that_contradict_do_no_harm_when_the_type_is_given() -> None:
    assert len(read("flat or villa", {"property_type": "plot"}).not_used) == 2


def test_every_place_is_found_inside_a_sentence() -> None:
    lost = []
    for name in {name for record in RECORDS for name in (record.name, *record.aliases)}:
        place = GAZETTEER.named(name)
        understood = read(f"2bhk near {name}, under 50 lakh")
        chips = {chip.answer: chip.value for chip in understood.chips}
        found = GAZETTEER.resolve(str(chips.get("locality_preference")))
        if found is None or found.place != place or (chips.get("bhk"), chips.get("budget_max")) != (2, 50 * LAKH):
            lost.append((name, understood))
    assert lost == []


# Sentences of the grammar's own words in any order, so that its rules meet each other.
pieces = st.one_of(
    st.sampled_from([*SAYS, *UNUSED, *MEASURES, *SAME_WORD, *NUMBER_WORDS, *BEFORE, *AFTER, *UNITS, *STOP_WORDS]),
    st.sampled_from(
        ["bhk", "bedroom", "rk", "sector", "₹", "rs", "/-", "per month", "between", "gurgaon", "137", "20"]
    ),
    st.sampled_from([name for record in RECORDS for name in (record.name, *record.aliases)]),
    st.integers(0, 10**16).map(str),
    st.decimals(0, 200, places=1).map(str),
    st.sampled_from([",", "-", "/", "+", "&", "–", "<", "_", "."]),  # noqa: RUF001 - as phones write it
    st.text(max_size=8),
)
sentences = st.lists(st.tuples(pieces, st.sampled_from([" ", " ", " ", ""])), max_size=14).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)
queries = st.text(max_size=200) | sentences


def taken(q: str, understood: Understood) -> set[int]:
    """The positions in `q` of all that was said about it."""
    texts = [chip.text for chip in understood.chips if chip.text is not None]
    texts += [*understood.not_understood, *(each.text for each in understood.not_used)]
    assert all(text and text in q for text in texts)
    starts = [(start, len(text)) for text in texts for start in range(len(q)) if q.startswith(text, start)]
    return {position for start, length in starts for position in range(start, start + length)}


@given(queries)
def test_no_word_is_silently_ignored(q: str) -> None:
    tokens = list(TOKEN.finditer(q))
    assert {i for i, char in enumerate(q) if char.isalnum()} <= {i for token in tokens for i in range(*token.span())}
    try:
        understood = read(q)
    except InvalidInputError as refused:
        assert refused.detail.startswith("q: asks for")  # noqa: PT017 - the only refusal there may be
        return
    covered = taken(q, understood)
    words = {token.start: token.word for token in Reading(q).tokens if token.kind != "symbol"}
    assert {word for start, word in words.items() if start not in covered} <= STOP_WORDS


beside = st.fixed_dictionaries(
    {},
    optional={
        "budget_min": st.sampled_from([0, 20_000, 60 * LAKH]),
        "budget_max": st.sampled_from([30_000, 90 * LAKH, MAX_RUPEES]),
        "property_type": st.sampled_from(PropertyType),
        "listing_type": st.sampled_from(ListingType),
        "bhk": st.integers(1, 10),
        "locality_preference": st.sampled_from(["Sector 62", "nowhere"]),
    },
)


@given(queries, beside)
def test_the_chips_complete_a_search_that_means_the_same_again(q: str, answers: dict[str, Any]) -> None:
    try:
        given_beside = CountRequest(**answers).given()
        understood = read(q, given_beside)
    except (ValidationError, InvalidInputError):
        return
    answers = {chip.answer: chip.value for chip in understood.chips} | given_beside
    CountRequest(**answers)
    if not understood.chips:
        return
    request = GuidedSearchRequest(**answers)
    again = read(q, request.model_dump(exclude_unset=True))
    assert {chip.answer: chip.value for chip in again.chips}.items() <= answers.items()
    for chip in understood.chips:
        if chip.answer == "locality_preference":
            found = GAZETTEER.resolve(str(chip.value))
            assert found is not None
            assert found.place.name in chip.label


@given(queries)
def test_the_same_words_are_always_understood_the_same(q: str) -> None:
    def outcome() -> object:
        try:
            return read(q)
        except InvalidInputError as refused:
            return refused.detail

    assert outcome() == outcome()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        *(("85 lakh", 85 * LAKH), ("85L", 85 * LAKH), ("1.2 Crore", 12 * CR // 10), ("1 cr 20 lakh", 12 * CR // 10)),
        *(("₹85,00,000/-", 85 * LAKH), ("Rs. 85 lac", 85 * LAKH), ("45k", 45_000), ("₹ 45 हज़ार", 45_000)),
        *((text, None) for text in ("", "85", "80-85 lakh", "85 lakh, negotiable", "-5 lakh", "2 BHK", "9" * 99)),
        # Signs that a search passes over change what an amount is; those that nobody sees do not.
        *((text, None) for text in ("\u22125 lakh", "$120000", "\u20ac85 lakh", "85\0lakh", "(5 lakh)")),
        *((text, 85 * LAKH) for text in ("\u200e85 lakh", "85\u00a0lakh", "Rs.85 lakh.", "\u20b9.85 cr")),
    ],
)
def test_one_amount_of_money_is_read_and_nothing_beside_it(text: str, amount: int | None) -> None:
    assert read_amount(text) == amount
