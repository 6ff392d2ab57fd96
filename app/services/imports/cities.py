"""Which city a text says its place is in, by what addresses end with: a city, a state, a PIN code."""

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from app.core.vocabulary import City
from app.services.imports import words
from app.services.imports.parsers import letters

# What a row may give as its city.
SERVED = dict.fromkeys(("noida", "gautambuddhanagar", "gautambudhnagar", "gbnagar"), City.NOIDA) | dict.fromkeys(
    ("greaternoida", "greaternoidawest", "noidaextension", "gnoida"), City.GREATER_NOIDA
)
REGION = re.compile(r"delhi[ /-]?ncr|ncr|uttar pra?des[h]?.*|uttar pardes|u\.?p\.?|india|\d{6}", re.IGNORECASE)
FAR = frozenset((files("app.data") / "geography" / "other_cities.txt").read_text(encoding="utf-8").split("\n")) - {""}

HERE = re.compile(r"\bnoida\b|\bgautam bud\w+ nagar\b")
NEARBY = re.compile(rf"\b(?:{'|'.join(words.OTHER_CITIES)})\b(?!\s+(?:road|marg|expressway|highway))")
# "Noida, Delhi" and "Delhi NCR" name the region.
DELHI_REGION = re.compile(r"\bdelhi[ /-]?ncr\b|(?<=noida)\W+(?:new )?delhi\b")
BESIDE = re.compile(r"\b(?:near|opp|opposite|beside|behind|next to|close to|towards|adjacent to)\b[^,]*")
STATE = re.compile(rf"(?:^|\W)({'|'.join(words.OTHER_STATES)})$")
LEADING_SECTOR = re.compile(r"^sector\W?\d+\W?[a-z]?\b\W*")
PIN = re.compile(r"\b[1-8]\d{5}$", re.ASCII)
PINS_SERVED = re.compile(r"2013|203[12]")


def outside(city_text: str, text: str) -> str | None:
    """Say why a home is not in Noida or Greater Noida by its words, or None when they do not tell."""
    if city_text and letters(city_text) not in SERVED:
        return _rule(city_text)
    found = other_city(text)
    return _rule(found) if found else None


def _rule(city: str) -> str:
    return f"is not Noida or Greater Noida: '{city}'"


def names_noida(text: str) -> bool:
    """Whether a text says that its place is in Noida, Greater Noida or their district."""
    return HERE.search(text.lower()) is not None


@lru_cache(maxsize=16_384)
def other_city(text: str) -> str | None:
    """Return the city, state or PIN code outside the area that a text ends with; of cities the last one counts.

    "Sector 62, Mohali" and "Andheri West, Mumbai 400053" are elsewhere; "Indirapuram Road, Noida" and
    "Sector 62, near Indirapuram" are not.
    """
    text = BESIDE.sub("", DELHI_REGION.sub("", _plain(text)))
    for part in reversed([part.strip(" .-") for part in text.split(",")]):
        if pin := PIN.search(part):
            return None if PINS_SERVED.match(pin[0]) else pin[0]
        if not part or REGION.fullmatch(part):
            continue
        city = LEADING_SECTOR.sub("", part.removesuffix(" india"))
        if state := STATE.search(city):
            return state[1]
        if city in FAR:
            return city
        break
    last = max(HERE.finditer(text), key=lambda found: found.end(), default=None)
    return next(
        (found[0] for found in NEARBY.finditer(text) if last is None or found.start() > last.end()),
        None,
    )


def _plain(text: str) -> str:
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(text.lower().split())
