"""The words of a search in plain words and what each says; the spellings of types and the like are those of imports."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from app.core.vocabulary import ListingType
from app.schemas.search import AnswerName
from app.services.imports import words

LEAST_SHARED = 4  # letters; shorter spellings of files ("e", "uc", "no") are other words in a sentence


class Meaning(NamedTuple):
    answer: AnswerName
    value: Any
    assumed: bool = False


def fold(text: str) -> str:
    """One spelling for each word: lower case, compatible characters merged, digits of any script as 0-9."""
    plain = "".join(unicodedata.normalize("NFKC", text).lower().split())
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)


def _by_spelling(spellings_of: Mapping[str, str]) -> dict[str, str]:
    return {fold(each): word for word, spellings in spellings_of.items() for each in spellings.split()}


# Hindi in both scripts and everyday short forms, word for word.
SAME_WORD = _by_spelling(
    {
        "lakh": "लाख",
        "crore": "करोड़ करोड karod",
        "thousand": "हजार हज़ार hazar hazaar hajar",
        "rupees": "rupee rupaye rupay रुपये रुपए",
        "month": "mahina mahine महीना महीने",
        "rent": "rented renting kiraya kiraye किराया किराये किराए",
        "buy": "buying purchase kharidna kharidni kharidne खरीदना खरीदनी खरीदने",
        "flat": "apt फ्लैट",
        "house": "makaan makan मकान",
        "shop": "dukaan dukan दुकान",
        "land": "zameen zamin jameen ज़मीन जमीन",
        "plot": "प्लॉट प्लाट",
        "home": "ghar घर",
        "bhk": "bhks बीएचके",
        "sector": "सेक्टर",
        "metro": "मेट्रो",
        "noida": "नोएडा",
        "near": "paas पास",
        "in": "mein me में",
        "of": "ke ka ki के का की",
        "se": "से",
        "tak": "तक",
        "andar": "अंदर",
        "kam": "कम",
        "zyada": "jyada ज्यादा ज़्यादा",
        "want": "wants wanted chahiye चाहिए",
        "is": "hai है",
        "or": "ya या",
        "and": "aur और",
    }
)
# Numbers only where a unit follows: "do" and "one" are other words as well.
NUMBER_WORDS = _by_spelling(
    {
        "1": "one ek एक",
        "1.5": "dedh डेढ़",
        "2": "two do दो",
        "2.5": "dhai ढाई",
        "3": "three teen तीन",
        "4": "four char चार",
        "5": "five panch paanch पांच",
    }
)
# These say nothing that a search could use or miss.
STOP_WORDS = frozenset(
    word
    for line in (
        "a an the i im m s we me my our you it this that there is are am be have has can would like will",
        "want need needed looking look search searching find finding show get give help please plz pls hi hello",
        "for in at on of to from with near nearby around about by and or se tak per only just any some which",
        "society area locality location place home homes property properties listing listings option options",
        "available budget price cost range rs inr rupees",
    )
    for word in line.split()
)
INSIDE_NAMES = {"in", "at"}  # "sector 16 in greater noida"
# Never the first or last word of a place.
LINKS = {"near", "nearby", "around", "and", "or", "opp", "opposite", "in", "at", "on", "of", "to", "for", "from", "se"}

SAYS: dict[str, Meaning] = (
    {spelling: Meaning("property_type", kind) for spelling, kind in words.PROPERTY_TYPES.items()}
    | {spelling: Meaning("listing_type", kind) for spelling, kind in words.LISTING_TYPES.items()}
    | dict.fromkeys(
        ("onrent", "permonth", "amonth", "month", "monthly", "pm"), Meaning("listing_type", ListingType.RENT)
    )
    | dict.fromkeys(("pg", "payingguest"), Meaning("listing_type", ListingType.RENT, assumed=True))
)
STUDIOS = {spelling for spelling in words.PROPERTY_TYPES if spelling.startswith("studio")}


def _not_asked(code: str, spellings: str, shared: Iterable[str] = ()) -> dict[str, str]:
    known = (*spellings.split(), *(spelling for spelling in shared if len(spelling) >= LEAST_SHARED))
    return dict.fromkeys(known, code)


SAY_BHK = dict.fromkeys(("room", "rooms", "roomset", "roomkitchen", "kamra", "kamre"), "how_many_bhk")
# Understood, but no answer of the search: the code of why it is not used (`not_used.CODE` of the sentences).
UNUSED: dict[str, str] = (
    _not_asked("area", "superbuiltup builtup", words.AREA_BASES)
    | _not_asked("ownership", "registry rera loan authority", words.OWNERSHIPS)
    | _not_asked("possession", "possession newproject handover", words.POSSESSIONS)
    | _not_asked("furnishing", "furnishing modularkitchen airconditioned", words.FURNISHINGS)
    | _not_asked("facing", "facing vastu vaastu corner parkfacing roadfacing poolfacing", words.FACINGS)
    | _not_asked("facing", "", (f"facing{facing}" for facing in words.FACINGS))
    | _not_asked("view", "view parkview poolview gardenview golfview")
    | _not_asked("floor", "floor groundfloor topfloor highfloor higherfloor lowfloor lowerfloor middlefloor")
    | _not_asked("equipment", "parking carparking coveredparking lift elevator gym pool swimmingpool club clubhouse")
    | _not_asked("equipment", "security gated gatedsociety gatedcommunity powerbackup backup balcony terrace garden")
    | _not_asked("equipment", "lawn playground servantroom servant study studyroom poojaroom pooja storeroom kitchen")
    | _not_asked("equipment", "bathroom wifi pipedgas ac amenities facilities petfriendly")
    | _not_asked("what_lies_near", "school hospital market mall park college university airport")
    | _not_asked("distance", "walk walking walkingdistance distance drive away")
    | _not_asked("age", "new old newlybuilt brandnew newconstruction")
    | _not_asked("residents", "family families bachelor girl boy couple student ladies")
    | _not_asked("seller", "owner broker brokerage nobroker nobrokerage withoutbroker dealer builder")
    | _not_asked("taste", "cheap affordable luxury luxurious spacious good best nice big large small premium beautiful")
    | _not_asked("taste", "airy ventilated sunny independent urgent")
    | SAY_BHK
    | {"residential": "which_type"}
    | dict.fromkeys(("metro", "metrostation", "station"), "which_station")
    | dict.fromkeys(("noida", "ncr", "delhincr"), "all_of_noida")
    | dict.fromkeys(("".join(city.split()) for city in words.OTHER_CITIES), "elsewhere")
)
# The same after a number: "1200 sq ft", "2nd floor".
MEASURES: dict[str, str] = (
    dict.fromkeys((unit for unit in (*words.AREA_UNITS, *words.UNCONVERTED_UNITS) if unit), UNUSED["builtup"])
    | _not_asked("age", "year yr yearold yearsold yrsold")
    | _not_asked("floor", "floor stfloor ndfloor rdfloor thfloor")
    | _not_asked("distance", "km m meter metre min minute minutewalk minuteswalk minwalk minswalk")
    | _not_asked("equipment", "bath bathroom toilet washroom balcony balconies parking carparking")
    | SAY_BHK
)
