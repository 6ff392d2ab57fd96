"""A search in plain words: the answers it says, as chips, and what of it was not used. Deterministic and pure."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from app.core.exceptions import InvalidInputError
from app.core.language import say
from app.core.money import LAKH, format_rupees
from app.core.vocabulary import Language, ListingType, PropertyType
from app.schemas.base import MAX_RUPEES, WITHOUT_BHK
from app.schemas.search import AnswerName, Chip, NotUsed, Understood
from app.services.geography import Gazetteer, PlaceKind, PlaceRecord
from app.services.plain_words.lexicon import STOP_WORDS
from app.services.plain_words.phrases import (
    ONE_BHK,
    ONE_PLACE,
    read_measures,
    read_misspelt,
    read_places,
    read_rooms,
    read_words,
)
from app.services.plain_words.prices import read_prices
from app.services.plain_words.reading import Aside, Reading, Said
from app.services.suggestions import NOUNS

RENT_BELOW = 5 * LAKH  # rupees; hardly anything is sold for less, and hardly anything let for more a month
PURPOSES = {ListingType.SALE: "Buy", ListingType.RENT: "Rent"}
ANSWERS: tuple[AnswerName, ...] = get_args(AnswerName)
ONLY_ONE: dict[AnswerName, str] = {
    "property_type": "one_type",
    "budget_min": "one_budget",
    "budget_max": "one_budget",
    "listing_type": "one_purpose",
    "bhk": ONE_BHK,
    "locality_preference": ONE_PLACE,
}


def understand(q: str, gazetteer: Gazetteer, given: Mapping[str, Any]) -> Understood:
    """Chips for the answers that `q` says and, when it says any, for those that then have to be assumed.

    `given` are answers that go before those of `q`; they get no chip, unless `q` says the same.
    Raises InvalidInputError where `q` contradicts itself or an answer given.
    """
    reading = Reading(q)
    read_places(reading, gazetteer)
    read_rooms(reading)
    read_measures(reading)
    read_prices(reading)
    read_words(reading)
    read_misspelt(reading, gazetteer)
    kept = {answer: said for answer in ANSWERS if (said := _settle(reading, answer, given))}
    _check_type(reading, kept, given)
    _check_rooms(reading, kept, given)
    chips = {answer: _said_chip(reading, said, gazetteer) for answer, said in kept.items()}
    if chips or any(said.answer in given for said in reading.said):
        chips = {chip.answer: chip for chip in _assumed_chips(reading, kept, given)} | chips
    _check_budget({answer: chip.value for answer, chip in chips.items()} | dict(given))
    return Understood(
        chips=[chips[answer] for answer in ANSWERS if answer in chips],
        not_understood=[reading.quote(phrase) for phrase in reading.left(STOP_WORDS)],
        not_used=[
            _not_used(reading, aside) for _, aside in sorted({each.phrase: each for each in reading.unused}.items())
        ],
    )


def _not_used(reading: Reading, aside: Aside) -> NotUsed:
    _, code, figures = aside
    kind = figures.get("property_type")
    homes = {"homes": say(Language.ENGLISH, f"alike.{kind}")} if kind else {}
    reason = say(Language.ENGLISH, f"not_used.{code}", **figures | homes)
    return NotUsed(text=reading.quote(aside.phrase), reason=reason, code=code, figures=figures)


def _settle(reading: Reading, answer: AnswerName, given: Mapping[str, Any]) -> Said | None:
    """The one thing `q` says for an answer; what else it says for it is set aside with the reason."""
    said = sorted((each for each in reading.said if each.answer == answer), key=lambda each: each.assumed)
    if not said:
        return None
    kept: Said | None = said[0]
    why: tuple[str, dict[str, Any]] = (ONLY_ONE[answer], {})
    if answer in given and {_plain(each.value) for each in said} != {given[answer]}:
        kept, why = None, ("given_beside", {"answer": answer})
    elif answer == "locality_preference":
        kept = _narrowest(said)
        if kept:
            why = ("one_place_narrower", {"place": kept.value.name})
    elif len({each.value for each in said}) > 1:
        kept = None
    for each in said:
        if each is not kept:
            code, figures = ("said_again", {}) if kept and each.value == kept.value else why
            reading.set_aside(each.phrase, code, **figures)
    return kept


def _plain(value: Any) -> Any:
    return value.name if isinstance(value, PlaceRecord) else value


def _narrowest(said: list[Said]) -> Said | None:
    """The place that lies in every other one named, None when there is none. A zone only says where a place is."""
    said = [each for each in said if each.value.kind is not PlaceKind.ZONE] or said
    kept = min(said, key=lambda each: (len(each.value.sector_ids), each.value.society_id is None))
    inside = set(kept.value.sector_ids)
    for other in (each.value for each in said if each.value != kept.value):
        if not inside <= set(other.sector_ids) or other.society_id is not None:
            return None
    return kept


def _check_type(reading: Reading, kept: Mapping[AnswerName, Said], given: Mapping[str, Any]) -> None:
    kinds = dict.fromkeys(NOUNS[said.value][1] for said in reading.said if said.answer == "property_type")
    if kinds and "property_type" not in kept and "property_type" not in given:
        raise InvalidInputError("q", f"asks for {' and '.join(kinds)}; only one property type can be asked")


def _check_rooms(reading: Reading, kept: dict[AnswerName, Said], given: Mapping[str, Any]) -> None:
    kind = kept["property_type"].value if "property_type" in kept else given.get("property_type")
    if kind not in WITHOUT_BHK:
        return
    if "bhk" in given:
        raise InvalidInputError("bhk", f"does not apply to {WITHOUT_BHK[kind]}, which q asks for")
    if "bhk" in kept:
        reading.set_aside(kept.pop("bhk").phrase, "no_bhk", property_type=kind)


def _check_budget(answers: Mapping[str, Any]) -> None:
    low, high = answers.get("budget_min", 0), answers.get("budget_max", MAX_RUPEES)
    if high <= low:
        asked = f"asks for at least {format_rupees(low)} and at most {format_rupees(high)}"
        raise InvalidInputError("q", f"{asked}; the highest price must be more than the lowest")


def _assumed_chips(reading: Reading, kept: Mapping[AnswerName, Said], given: Mapping[str, Any]) -> Iterator[Chip]:
    def quote(*answers: AnswerName) -> str | None:
        return next((reading.quote(kept[answer].phrase) for answer in answers if answer in kept), None)

    prices = {answer: said.value for answer, said in kept.items()} | dict(given)
    price = prices.get("budget_max", prices.get("budget_min"))
    purpose = ListingType.RENT if price is not None and price < RENT_BELOW else ListingType.SALE
    assumptions: dict[AnswerName, tuple[Any, str | None]] = {
        "budget_min": (0, None),
        "budget_max": (MAX_RUPEES, None),
        "property_type": (PropertyType.FLAT, quote("bhk")),
        "listing_type": (purpose, quote("budget_max", "budget_min")),
    }
    for answer, (value, words) in assumptions.items():
        if answer not in kept and answer not in given:
            yield Chip(answer=answer, value=value, label=_label(answer, value), text=words, assumed=True)


def _said_chip(reading: Reading, said: Said, gazetteer: Gazetteer) -> Chip:
    value = said.value
    if isinstance(value, PlaceRecord):
        match = gazetteer.resolve(value.name)
        # Two places may share a name; then what was typed says which.
        value = value.name if match and match.place == value else reading.name(said.phrase)
    label = _label(said.answer, said.value)
    return Chip(answer=said.answer, value=value, label=label, text=reading.quote(said.phrase), assumed=said.assumed)


def _label(answer: AnswerName, value: Any) -> str:
    match answer:
        case "budget_min":
            return f"from {format_rupees(value)}" if value else "no lowest price"
        case "budget_max":
            return f"up to {format_rupees(value)}" if value < MAX_RUPEES else "no highest price"
        case "property_type":
            return str(value).capitalize()
        case "listing_type":
            return PURPOSES[value]
        case "bhk":
            return f"{value} BHK"
        case "locality_preference":
            nearby = value.kind in {PlaceKind.STATION, PlaceKind.PLACE}
            return f"{'near' if nearby else 'in'} {value.name}"
