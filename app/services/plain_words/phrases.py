"""Places, rooms, types, purpose and what is understood but not asked, found in a query."""

import re
from collections.abc import Mapping
from itertools import dropwhile
from typing import TypeVar

from app.schemas.base import MAX_BHK
from app.services.geography import Gazetteer, PlaceKind, PlaceRecord
from app.services.imports import words
from app.services.plain_words.lexicon import (
    LINKS,
    MEASURES,
    NUMBER_WORDS,
    SAYS,
    STOP_WORDS,
    STUDIOS,
    UNUSED,
)
from app.services.plain_words.prices import BEFORE, NUMBER, UNITS
from app.services.plain_words.reading import Phrase, Reading, Token, any_of
from app.services.spelling import SpellingIndex

LONGEST_NAME = 9  # words
LONGEST_SAYING = 4
ONE_PLACE, ONE_BHK = "one_place", "one_bhk"
NAMED_BY_ONE_WORD = {PlaceKind.ZONE, PlaceKind.SECTOR, PlaceKind.STATION}
SURE = 0.6  # trigram similarity from which a misspelt place is taken, as an assumption

ROOM = r"(?:bhk|b h k|bed rooms?|bedrooms?|beds?|br)(?= )"
FEW = rf"(?:(?:10|[1-9](?:\.5)?)(?= )|{any_of(NUMBER_WORDS)})"
OR = r"(?:,|/|-|\+|&|to|or|and|se)"
ROOMS = re.compile(rf"(?<! sector) (?P<numbers>{FEW}(?: {OR} {FEW})*|{NUMBER})(?P<more> \+)?(?: -)? {ROOM}")
ROOM_KITCHEN = re.compile(r" (?:(?:1|one|ek) )?(?:rk|r k)(?= )")
A_UNIT = (
    rf"(?:{any_of([*UNITS, *MEASURES, *(f'{unit}s' for unit in MEASURES), 'sq', 'rk', 'rs', 'rupees'])}|{ROOM}|/ - )"
)
COUNTS = re.compile(f" {A_UNIT}")
LISTED = re.compile(f"(?: {OR} {NUMBER})* {A_UNIT}")  # "sector 62, 50-80 lakh"
SEVERAL_SECTORS = re.compile(rf" sector \d{{1,3}}(?: {OR}(?: sector)? \d{{1,3}})+ ")
CITY = any_of(words.OTHER_CITIES)
CITY_WORDS = {word for city in words.OTHER_CITIES for word in city.split()}
PLACE_ELSEWHERE = re.compile(rf" (?:sector \d+(?: [a-d])?(?: ,| in)? {CITY}|{CITY}(?: ,)? (?:sector \d+|expressway)) ")
TYPES = SpellingIndex(words.PROPERTY_TYPES)

T = TypeVar("T")


def read_places(reading: Reading, gazetteer: Gazetteer) -> None:
    def in_names(token: Token) -> bool:
        return token.word in LINKS or token.word in CITY_WORDS or gazetteer.has_word(token.name)

    for phrase in reading.phrases(LONGEST_NAME, across=",-/&+", only=in_names):
        line, following = reading.line(phrase), reading.rest(phrase)
        if place := _named(reading, phrase, gazetteer):
            reading.say("locality_preference", place, phrase)
        elif SEVERAL_SECTORS.fullmatch(line) and not LISTED.match(following):
            reading.set_aside(phrase, ONE_PLACE)
        elif PLACE_ELSEWHERE.fullmatch(line):
            reading.set_aside(phrase, "elsewhere")


def _named(reading: Reading, phrase: Phrase, gazetteer: Gazetteer) -> PlaceRecord | None:
    spelled, following = reading.words(phrase), reading.rest(phrase)
    if spelled[0] in LINKS or spelled[-1] in LINKS:
        return None
    if spelled[-1] == "noida":
        longer = gazetteer.named(f"noida {following.split(' ', 2)[1]}")
        if longer and longer != gazetteer.named("noida"):
            return None  # "sector 150 noida expressway"
    if spelled[-1][0].isdigit() and spelled[-2:-1] != ["sector"] and COUNTS.match(following):
        return None  # "Gaur City 2 bhk"
    place = gazetteer.named(reading.name(phrase))
    # One word alone does not name a society: too many are called by a common word.
    return place if place and (len(spelled) > 1 or place.kind in NAMED_BY_ONE_WORD) else None


def read_rooms(reading: Reading) -> None:
    for match, phrase in reading.find(ROOMS):
        numbers = [NUMBER_WORDS.get(word, word) for word in match["numbers"].split()]
        numbers = [number for number in numbers if number[0].isdigit()]
        if match["more"] or len(numbers) > 1:
            reading.set_aside(phrase, ONE_BHK)
            continue
        bhk = int(float(numbers[0].replace(",", "")))
        if 1 <= bhk <= MAX_BHK:
            reading.say("bhk", bhk, phrase, assumed="." in numbers[0])  # the half is a study
        else:
            reading.set_aside(phrase, "bhk_range", most=MAX_BHK)
    for _, phrase in reading.find(ROOM_KITCHEN):
        reading.say("bhk", 1, phrase, assumed=True)


def read_measures(reading: Reading) -> None:
    """Numbers of something that is not asked: "above 1200 sq ft", "2nd floor"."""
    for phrase in reading.phrases(LONGEST_SAYING + 1, across="-"):
        spelled = reading.words(phrase)
        counted = spelled[1:] if spelled[0] in BEFORE else spelled
        unit = list(dropwhile(_is_number, counted))
        if len(unit) < len(counted) and (code := _one_or_many(MEASURES, "".join(unit))):
            reading.set_aside(phrase, code)


def read_words(reading: Reading) -> None:
    for phrase in reading.phrases(LONGEST_SAYING, across="-"):
        together = "".join(reading.words(phrase))
        if meaning := _one_or_many(SAYS, together):
            reading.say(meaning.answer, meaning.value, phrase, assumed=meaning.assumed)
            if together.removesuffix("s") in STUDIOS:
                reading.say("bhk", 1, phrase, assumed=True)
        elif code := _one_or_many(UNUSED, together):
            reading.set_aside(phrase, code)


def read_misspelt(reading: Reading, gazetteer: Gazetteer) -> None:
    """Types with one slip, then a place if none was found; both are assumptions."""
    for phrase in reading.phrases(1):
        [word] = reading.words(phrase)
        corrected = next(TYPES.corrections(word), "") if word not in STOP_WORDS else ""
        if kind := words.PROPERTY_TYPES.get(corrected):
            reading.say("property_type", kind, phrase, assumed=True)
    if any(said.answer == "locality_preference" for said in reading.said):
        return
    for phrase in reading.left(STOP_WORDS):
        typed = reading.name(phrase)
        place = gazetteer.named(typed)
        similar = gazetteer.resolve(typed) if not place and " " in typed else None
        if similar and similar.score >= SURE:
            place = similar.place
        if place:
            reading.say("locality_preference", place, phrase, assumed=True)


def _is_number(word: str) -> bool:
    return word[0].isdigit()


def _one_or_many(meanings: Mapping[str, T], spelling: str) -> T | None:
    return meanings.get(spelling) or meanings.get(spelling.removesuffix("s"))
