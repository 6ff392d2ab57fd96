"""Listing texts as people and portals write them → values. Pure functions; each raises FieldProblem with the rule."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TypeVar

from app.core.area import SQFT_PER_SQM, SQFT_PER_SQYD
from app.core.clock import EARLIEST, utc_now
from app.core.vocabulary import Possession
from app.models.property import MAX_AREA_SQFT, MAX_PRICE
from app.schemas.properties import MAX_COUNT, MAX_FLOOR, MIN_FLOOR
from app.services.imports import words
from app.services.imports.texts import FieldProblem

DIGITS = r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}|\d{1,15})(?:\.\d{1,20})?"
NUMBER = rf"{DIGITS}(?:e[+-]?\d{{1,2}})?"
AMOUNT = re.compile(rf"(?:₹|rs\.?|inr)?\s*({NUMBER})\s*([a-z]*)\.?\s*(?:/-|only)?", re.ASCII)
AREA = re.compile(rf"({NUMBER})\s*(\D*)", re.ASCII)
NOT_LETTERS = re.compile(r"[\W\d_]+")
BHK = re.compile(r"(\d{1,2})(?:\.([05])0?)?\s*(?:bhk|bed\s?rooms?|beds?|br)?", re.ASCII)
ROOM_WITHOUT_BHK = {"1rk", "1 rk", "rk", "studio", "studio apartment", "0", "0.0"}
FLOOR = re.compile(
    r"(-?\d{1,3}(?:\.0)?(?:st|nd|rd|th)?|[a-z][a-z0-9 ]*?)(?:\s+floor)?"
    r"(?:\s*(?:of|out of|/)\s*(\d{1,3}))?(?:\s+floors?)?",
    re.ASCII,
)
YEARS = re.compile(
    r"(?:(less than|below|under|above|over|more than)\s+)?"
    r"(\d{1,3})(?:\.0+)?(?:\s*(?:to|-)\s*(\d{1,3}))?\+?\s*(?:years?|yrs?)?(?:\s+old)?",
    re.ASCII,
)
BELOW = {"less than", "below", "under"}
MAX_YEARS = 200
# In a list ("NA|null,UPRERAPRJ1234|05/2026") numbers end before a comma or a bar.
RERA = re.compile(r"UPRERAPRJ\d{1,7}(?:/\d{2}/\d{4})?(?![\d/])", re.ASCII)
MONTH_YEAR = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+)?([a-z]{3,9})\.?[\s,'’-]*(\d{4}|\d{2})",  # noqa: RUF001 - typed so by portals
    re.ASCII,
)
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
INDIA = timezone(timedelta(hours=5, minutes=30))
COUNT = re.compile(r"(\d{1,5})(?:\.0+)?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1950, 2100
CENT = Decimal("0.01")
SQFT_PER_UNIT = {words.SQFT: Decimal(1), words.SQM: SQFT_PER_SQM, words.SQYD: SQFT_PER_SQYD}
MAX_WORD_LENGTH = 60
MAX_VALUE_LENGTH = 100

T = TypeVar("T")


def _short(text: str) -> str:
    """Lower case, white space collapsed; "" for what is too long to be one value. Patterns try spaces in many ways."""
    tidy = " ".join(text.lower().split())
    return tidy if len(tidy) <= MAX_VALUE_LENGTH else ""


@lru_cache(maxsize=8192)
def _spelling(text: str) -> str:
    return NOT_LETTERS.sub("", text.lower())


def letters(text: str) -> str:
    """Keep the letters, in lower case: 'North - East' and 'north_east' both give 'northeast'."""
    return _spelling(text) if len(text) <= MAX_WORD_LENGTH else ""


def word_parser(meanings: Mapping[str, T], rule: str) -> Callable[[str], T]:
    """Return a parser of texts whose letters are one of the given spellings."""

    def parse(text: str) -> T:
        meaning = meanings.get(letters(text))
        if meaning is None:
            raise FieldProblem(rule)
        return meaning

    return parse


parse_facing = word_parser(words.FACINGS, "is not one of the eight directions")
parse_furnishing = word_parser(words.FURNISHINGS, "is not furnished, semi-furnished or unfurnished")
parse_listing_type = word_parser(words.LISTING_TYPES, "is not sale or rent")
parse_property_type = word_parser(
    words.PROPERTY_TYPES, "is no type of property this site has: flat, villa, plot or commercial"
)
parse_area_basis = word_parser(words.AREA_BASES, "is not carpet, built_up, super_built_up or plot")
parse_ownership = word_parser(words.OWNERSHIPS, "is not freehold, leasehold, cooperative society or power of attorney")


def rupees(number: str, unit: str) -> int | None:
    """'2.09' and 'cr' → whole rupees, MAX_PRICE + 1 for anything more; None for a unit that money has not."""
    factor = words.MONEY_UNITS.get(unit)
    if factor is None:
        return None
    amount = Decimal(number.replace(",", "")) * factor
    # Compared before it is made an int: 1e99 would be a very long one.
    return int(amount.to_integral_value(ROUND_HALF_UP)) if amount <= MAX_PRICE else MAX_PRICE + 1


def _rupees(text: str) -> int | None:
    match = AMOUNT.fullmatch(_short(text))
    return rupees(match[1], match[2]) if match else None


def parse_price(text: str) -> int:
    """'2.09 Cr', '43 Lac', '₹1,25,00,000' or '6932000.0' → whole rupees from 1 to MAX_PRICE."""
    price = _rupees(text)
    if price is None:
        msg = "is not one amount, such as 8500000, 85 lakh or 1.25 Cr"
        raise FieldProblem(msg)
    if not 1 <= price <= MAX_PRICE:
        msg = f"is not between 1 and {MAX_PRICE} rupees"
        raise FieldProblem(msg)
    return price


def parse_maintenance(text: str, unit: str = "") -> int | None:
    """Monthly charge in rupees. 0 is how forms say that none was given, and gives None."""
    if unit and letters(unit) not in {"monthly", "permonth", "month", "pm"}:
        msg = f"is given {unit.lower()}; only a monthly charge can be taken"
        raise FieldProblem(msg)
    charge = _rupees(text)
    if charge is None or charge > MAX_PRICE:
        msg = "is not an amount of rupees a month"
        raise FieldProblem(msg)
    return charge or None


def parse_area(text: str, unit: str = "") -> Decimal:
    """'1,350', '162' with unit 'Sq-m', '200 gaj' → square feet with two decimals, from 1 to MAX_AREA_SQFT.

    A unit inside the text goes before the separate one; without either it is square feet.
    """
    match = AREA.fullmatch(_short(text))
    if match is None:
        msg = "is not one area, such as 1350, 1350 sq ft, 125 sq m or 200 gaj"
        raise FieldProblem(msg)
    name = letters(match[2]) or letters(unit)
    if name in words.UNCONVERTED_UNITS:
        msg = f"is in {name}, which is not converted; give sq ft, sq m or sq yd (gaj)"
        raise FieldProblem(msg)
    if name not in words.AREA_UNITS:
        msg = f"has the unit '{(match[2] or unit)[:20]}'; sq ft, sq m or sq yd (gaj) is expected"
        raise FieldProblem(msg)
    area = Decimal(match[1].replace(",", "")) * SQFT_PER_UNIT[words.AREA_UNITS[name]]
    if not 1 <= area <= MAX_AREA_SQFT:
        msg = f"is not between 1 and {MAX_AREA_SQFT} sq ft"
        raise FieldProblem(msg)
    return area.quantize(CENT, ROUND_HALF_UP)


def parse_bhk(text: str) -> int | None:
    """'3BHK', '3.0' or '2.5 BHK' → 3, 3 and 2 bedrooms: the half is a study. A studio or 1 RK gives None."""
    lowered = _short(text)
    if lowered in ROOM_WITHOUT_BHK:
        return None
    match = BHK.fullmatch(lowered)
    if match is None or not 1 <= int(match[1]) <= 20:  # noqa: PLR2004 - as the table has it
        msg = "is not a number of bedrooms from 1 to 20"
        raise FieldProblem(msg)
    return int(match[1])


def parse_floor(text: str) -> tuple[int | None, int | None]:
    """'17 of 27 Floor', 'Ground of 4', 'Lower Basement', '3/4', '2nd floor' → (floor, floors of the building)."""
    match = FLOOR.fullmatch(_short(text))
    floor = None
    if match:
        word = match[1].strip()
        floor = words.FLOOR_WORDS.get(word) if word[0].isalpha() else int(float(word.rstrip("sthndr")))
    if match is None or floor is None or not MIN_FLOOR <= floor <= MAX_FLOOR:
        msg = f"is not a floor from {MIN_FLOOR} to {MAX_FLOOR}, such as 17 of 27 or Ground"
        raise FieldProblem(msg)
    total = int(match[2]) if match[2] else None
    if total is not None and total > MAX_FLOOR:
        msg = f"is in a building of more than {MAX_FLOOR} floors"
        raise FieldProblem(msg)
    return floor, total


def parse_count(text: str) -> int:
    """'3', '3.0' → 3, from 0 to MAX_COUNT."""
    match = COUNT.fullmatch(_short(text))
    if match is None or int(match[1]) > MAX_COUNT:
        msg = f"is not a whole number from 0 to {MAX_COUNT}"
        raise FieldProblem(msg)
    return int(match[1])


def parse_total_floors(text: str) -> int:
    """'27' → 27, from 0 to 200."""
    match = COUNT.fullmatch(_short(text))
    if match is None or int(match[1]) > MAX_FLOOR:
        msg = f"is not a whole number from 0 to {MAX_FLOOR}"
        raise FieldProblem(msg)
    return int(match[1])


def parse_parking(text: str) -> int:
    """'1 Covered, 2 Open' → 3; '2.0' → 2. Not bounded here: a slot's number in this column is dropped later."""
    parts = [part.strip() for part in _short(text).split(",")]
    counts = [re.fullmatch(r"(\d{1,6})(?:\.0+)?\s*(?:covered|open|reserved)?", part, re.ASCII) for part in parts]
    if not all(counts):
        msg = "is not a number of parking spaces, such as 2 or 1 Covered, 1 Open"
        raise FieldProblem(msg)
    return sum(int(count[1]) for count in counts if count)


def parse_years(text: str) -> int:
    """'12', '5 to 10 years', 'New Construction', 'Less than 5 years', 'Above 20 years' → years, bands by middle."""
    if (new := words.AGE_WORDS.get(letters(text))) is not None:
        return new
    match = YEARS.fullmatch(_short(text))
    if match is None:
        msg = "is not an age in years, such as 7, 5 to 10 years or New Construction"
        raise FieldProblem(msg)
    first, last = int(match[2]), int(match[3] or match[2])
    years = first // 2 if match[1] in BELOW else (first + last) // 2
    if years > MAX_YEARS:
        msg = f"is not between 0 and {MAX_YEARS} years"
        raise FieldProblem(msg)
    return years


def parse_date(text: str) -> date | None:
    """'Dec '27', '1 Dec 2027', '2027-12-31', '31/12/2027', an ISO moment → a date, of a month its first day.

    'Immediately' gives None.
    """
    lowered = _short(text)
    if letters(lowered) in {"immediate", "immediately", "readytomove"}:
        return None
    year, month, day = 0, 1, 1
    if match := MONTH_YEAR.fullmatch(lowered):
        day, month, year = int(match[1] or 1), words.MONTHS.get(match[2], 0), int(match[3])
        year += 2000 if year < 100 else 0  # noqa: PLR2004 - written with two digits
    elif match := DAY_FIRST.fullmatch(lowered):
        day, month, year = int(match[1]), int(match[2]), int(match[3])
    elif re.match(r"\d{4}-\d{2}-\d{2}(?:[t ]|$)", lowered, re.ASCII):
        year, month, day = int(lowered[:4]), int(lowered[5:7]), int(lowered[8:10])
    try:
        parsed = date(year, month, day)
    except ValueError:
        parsed = date.min
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        msg = "is not a date such as 2027-12-31, 31/12/2027 or Dec 2027"
        raise FieldProblem(msg)
    return parsed


def parse_listed_at(text: str) -> datetime:
    """Parse an ISO moment, or a date as parse_date reads it, from EARLIEST to now.

    What names no offset is India's: a date is the midnight there with which it begins.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            day = parse_date(text)
        except FieldProblem:
            day = None
        if day is None:
            msg = "is not a date such as 2026-11-01, 1/11/2026 or Nov 2026, nor a moment such as 2026-11-01T09:30:00Z"
            raise FieldProblem(msg) from None
        moment = datetime.combine(day, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=INDIA)
    if not EARLIEST <= moment <= utc_now():
        msg = "does not lie between 2000 and now"
        raise FieldProblem(msg)
    return moment.astimezone(UTC)


def parse_possession(text: str) -> tuple[Possession, date | None]:
    """'Ready To Move' → (ready_to_move, None); a month ('Dec '27') means under construction until then."""
    status = words.POSSESSIONS.get(letters(text))
    if status:
        return status, None
    try:
        available = parse_date(text)
    except FieldProblem:
        msg = "is not ready to move, under construction, new launch or a month such as Dec 2027"
        raise FieldProblem(msg) from None
    return Possession.UNDER_CONSTRUCTION, available


def parse_rera(text: str) -> str | None:
    """Return the first well-formed UP-RERA project number of a list; None when the list names none at all."""
    tidy = text.upper().replace(" ", "")
    match = RERA.search(tidy)
    if match is None and "RERA" in tidy:
        msg = "is not a UP-RERA project number such as UPRERAPRJ1234 or UPRERAPRJ123456/04/2024"
        raise FieldProblem(msg)
    return match[0] if match else None


def parse_coordinate(text: str, limit: int) -> float:
    """Return degrees within ±limit; the zeros some portals write for 'unknown' are left for the caller to see."""
    try:
        degrees = float(text)
    except ValueError:
        degrees = float("nan")
    if not -limit <= degrees <= limit or "_" in text:
        msg = f"is not a coordinate between -{limit} and {limit} degrees"
        raise FieldProblem(msg)
    return degrees
