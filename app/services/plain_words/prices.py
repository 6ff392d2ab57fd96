"""Budgets in plain words: "under 1.2 cr", "50-80 lac", "between 40 and 60 lakhs", "25k", "1 cr 20 lakh tak"."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from app.core.money import CRORE, LAKH
from app.core.vocabulary import ListingType
from app.schemas.base import MAX_RUPEES
from app.schemas.search import AnswerName
from app.services.imports import words
from app.services.imports.parsers import rupees
from app.services.plain_words.lexicon import NUMBER_WORDS
from app.services.plain_words.reading import TOKEN, Phrase, Reading, any_of

MOST_LETTERS = 60  # of one amount
LEAST_ALONE = 1_000  # rupees; a smaller number without a unit may count anything
UNMARKED = range(10_000, 1_000_000_000)  # neither a year nor a phone number
PIN_CODES = range(200_000, 210_000)
ABOUT_PERCENT = 10


class NoPriceError(ValueError):
    """A number that is no budget; its text is the code of why (`not_used.CODE` of the sentences)."""


UNITS = {unit: factor for unit, factor in words.MONEY_UNITS.items() if factor > 1}
BEFORE = {
    **dict.fromkeys(("under", "below", "within", "upto", "up to", "max", "maximum", "less than", "till", "<"), "max"),
    **dict.fromkeys(("not more than", "no more than", "at most", "atmost", "until", "not above"), "max"),
    **dict.fromkeys(("above", "over", "min", "minimum", "more than", "at least", "atleast", "greater than"), "min"),
    **dict.fromkeys(("starting", "starting from", "from", ">"), "min"),
    **dict.fromkeys(("around", "about", "approx", "approximately", "roughly", "nearly", "near", "~"), "about"),
    **dict.fromkeys(("lagbhag", "karib"), "about"),
}
AFTER = {
    **dict.fromkeys(("tak", "max", "maximum", "or less", "or below", "and below", "se kam", "andar"), "max"),
    **dict.fromkeys(("of andar", "tak max"), "max"),
    **dict.fromkeys(("+", "plus", "min", "minimum", "or more", "or above", "and above", "and more"), "min"),
    **dict.fromkeys(("onwards", "onward", "se zyada", "se upar"), "min"),
}
FIGURES = r"\d[\d,]*(?:\.\d+)?(?= )"
NUMBER = rf"(?:{FIGURES}|{any_of(NUMBER_WORDS)})"
SIGN = r"(?:₹|rs|inr|rupees)"
CRORES, LAKHS, THOUSANDS = (
    f"{NUMBER} {any_of(unit for unit, its in UNITS.items() if its == factor)}" for factor in (CRORE, LAKH, 1_000)
)
SUM = f"(?:{CRORES}(?:(?: and)? {LAKHS})?(?:(?: and)? {THOUSANDS})?|{LAKHS}(?:(?: and)? {THOUSANDS})?|{THOUSANDS})"
AMOUNT = f"(?:{SIGN} )?(?:{SUM}|{FIGURES})(?: {SIGN}(?= ))?(?: / -)?"
LOW = f"(?P<low>{AMOUNT}|{NUMBER})"
HIGH = f"(?P<high>{AMOUNT})(?: (?P<after>{any_of(AFTER)}))?(?= )"
TO = "(?:to|-|se|till|upto|up to|/)"
NOUN = "(?P<noun> (?:budget|price|cost|rent)(?: (?:is|of))?)?"
BETWEEN = re.compile(f" (?P<before>between){NOUN} {LOW} (?:and|&|{TO}) {HIGH}")
PRICE = re.compile(f"(?<! sector)(?: (?P<before>{any_of(BEFORE)}))?{NOUN}(?: {LOW} {TO})? {HIGH}")
A_WHOLE = re.compile(f" {AMOUNT} ")
# What may stand between the tokens of an amount, also unseen, as copied text has it; "$" would change what it is.
NOTHING = re.compile(r"[\s.\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*")
A_MONTH = re.compile(r" (?:/ )?(?:per|pm|p m|a month|month|monthly) ")


def read_amount(text: str) -> int | None:
    """ "85 lakh", "1 crore 20 lakh", "₹ 45 हज़ार" → whole rupees; None where the text is anything but one amount."""
    if len(text) > MOST_LETTERS or not NOTHING.fullmatch(TOKEN.sub("", text)):
        return None
    reading = Reading(text)
    line = reading.line(Phrase(0, len(reading.tokens)))
    try:
        return _amount(line, "", marked=True) if A_WHOLE.fullmatch(line) else None
    except NoPriceError:
        return None


def read_prices(reading: Reading) -> None:
    """Take every number that is not taken yet: as a budget, or set aside with the reason why it is none."""
    for pattern in (BETWEEN, PRICE):
        for match, phrase in reading.find(pattern):
            signs = (match["before"], match["noun"], match["after"], A_MONTH.match(reading.rest(phrase)))
            try:
                bounds = list(_bounds(match, marked=any(signs)))
            except NoPriceError as problem:
                reading.set_aside(phrase, str(problem))
                continue
            for answer, value, assumed in bounds:
                reading.say(answer, value, phrase, assumed=assumed)
            if "rent" in (match["noun"] or ""):
                reading.say("listing_type", ListingType.RENT, phrase)


def _bounds(match: re.Match[str], *, marked: bool) -> Iterator[tuple[AnswerName, int, bool]]:
    high = _amount(match["high"], match["low"] or "", marked=marked)
    if match["low"]:
        yield "budget_min", _amount(match["low"], match["high"], marked=marked), False
        yield "budget_max", high, False
        return
    kind = BEFORE.get(match["before"] or "") or AFTER.get(match["after"] or "")
    if kind == "about":
        yield "budget_min", high * (100 - ABOUT_PERCENT) // 100, True
        yield "budget_max", high * (100 + ABOUT_PERCENT) // 100, True
    elif kind == "min":
        yield "budget_min", high, False
    else:
        yield "budget_max", high, kind is None


def _amount(text: str, other_end: str, *, marked: bool) -> int:
    """Whole rupees. A small number without a unit takes the one of the range's other end. Raises NoPriceError."""
    parts = list(_parts(text))
    [(number, unit), *_] = parts
    if not unit:
        bare = Decimal(number.replace(",", ""))
        marked = marked or "," in number or re.search(SIGN, text) is not None
        unit = next((unit for _, unit in _parts(other_end)), "")
        if bare >= LEAST_ALONE and (marked or unit or (int(bare) in UNMARKED and int(bare) not in PIN_CODES)):
            unit = ""
        elif bare >= LEAST_ALONE or not unit:
            raise NoPriceError("no_unit")
        parts = [(number, unit)]
    total = sum(rupees(number, unit) or 0 for number, unit in parts)
    if not 1 <= total <= MAX_RUPEES:
        raise NoPriceError("no_price")
    return total


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Each number with its unit, "" where it has none."""
    written = [word for word in text.split() if word != "and"]
    for word, following in pairwise([*written, ""]):
        number = NUMBER_WORDS.get(word, word)
        if number[0].isdigit():
            yield number, following if following in UNITS else ""
