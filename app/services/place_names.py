"""One spelling for every way in which people write the name of a place."""

import re
import unicodedata
from functools import lru_cache

from app.services.spelling import slips

MAX_WORDS = 60  # from the end, where addresses name the sector; longer texts would only cost time
WORD = re.compile("[a-z]{1,40}|[0-9]{1,12}")
STRUCTURAL = ("sector", "greater", "central", "extension", "yamuna", "expressway")
SPELLINGS = {
    # Words that tell homonyms apart are mended here, before they are read; the others by the gazetteer.
    **{slip: word for word in STRUCTURAL for slip in slips(word)},
    **dict.fromkeys(("sec", "sect", "sctr"), "sector"),
    **dict.fromkeys(("ext", "extn"), "extension"),
    **dict.fromkeys(("gr", "gtr"), "greater"),
    **dict.fromkeys(("and", "near", "opp", "opposite", "india", "ncr"), ""),
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "center": "centre",
    "blk": "block",
    "stn": "station",
}
GREEK = "alpha|beta|gamma|delta|zeta|eta|omega|omicron|sigma|chi|phi|pi|mu|xu|rho"
SECTOR = r"sector [0-9]{1,3}[a-d]?"
ROMAN_AFTER = rf"\b({GREEK}|park|phase|techzone|view|village|avenue)"
NUMERALS = ("one", "two", "three", "four", "five")
RULES = tuple(
    (word, re.compile(pattern), replacement)
    for word, pattern, replacement in (  # a rule is tried only on texts that hold its word
        ("way", r"\bexpress way\b", "expressway"),
        ("zone", r"\btech zone\b", "techzone"),
        ("g noida", r"\bg noida\b", "greater noida"),
        ("great noida", r"\bgreat noida\b", "greater noida"),
        ("noida u", r"\bnoida u ?p\b", "noida"),
        ("noida w", r"\bgreater noida w(?:es)?$", "greater noida west"),
        ("station", r"\bmetro(?: station)+\b", "metro"),
        ("delhi", r"\bdelhi(?: |$)", ""),
        ("pradesh", r"\buttar pradesh(?: |$)", ""),
        ("gautam", r"\bgautam bud\w+ nagar(?: |$)", ""),
        ("20", r"\b20[0-9]{4}(?: |$)", ""),
        ("block ", r"\bblock (?:[a-z]|[0-9]{1,3})(?: |$)", ""),
        (" block", r"\b[a-z] block(?: |$)", ""),
        ("pocket ", r"\bpocket (?:[a-z]|[0-9]{1,3})(?: |$)", ""),
        (" pocket", r"\b[a-z] pocket(?: |$)", ""),
        (" i", rf"{ROMAN_AFTER} i\b", r"\1 1"),
        (" v", rf"{ROMAN_AFTER} v\b", r"\1 5"),
        *((f" {name}", rf"{ROMAN_AFTER} {name}\b", rf"\1 {number}") for number, name in enumerate(NUMERALS, 1)),
        ("sector ", rf"\bsector (?=(?:{GREEK})\b)", ""),
        ("sector ", r"\b(sector [0-9]{1,3}) ([a-d])\b", r"\1\2"),
        ("noida sector", r"(?<!greater )\bnoida (?=sector [0-9])", ""),
        ("noida", rf"^(?:greater noida(?: west)?|noida extension) ({SECTOR})$", r"\1 greater noida"),
        ("west", rf"\b({SECTOR}) greater noida west\b", r"\1 greater noida"),
        ("extension", rf"\b({SECTOR}) noida extension\b", r"\1 greater noida"),
        ("yeida", rf"\b({SECTOR}) yeida\b", r"\1 yamuna expressway"),
        ("noida", rf"\b({SECTOR}) noida\b(?! extension| expressway)", r"\1"),
    )
)
RULE_WORDS = {word for words, _, _ in RULES for word in words.split()}
SAID_TWICE = re.compile(r"\b(.+) \1\b")
NUMBERED = re.compile(rf"\b({SECTOR})\b(?! metro)(?: (greater noida|yamuna expressway)\b)?")
CITIES = ("noida", "greater noida")
KEPT_WHOLE = ("greater", "central", "old", "new", "of")


@lru_cache(maxsize=16_384)
def normalise_place(text: str) -> str:
    """Reduce a place as typed to the one spelling it is compared by; "" when nothing nameable is left.

    "Sec-137, Noida" and "sector137" give "sector 137"; "A Block Sector 63 A" gives "sector 63a"; "Delta-II"
    gives "delta 2". The city stays where it tells homonyms apart: "Sector 16, Noida Extn" gives
    "sector 16 greater noida".
    """
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    before, after = "", text.lower()
    while after != before:  # one rule makes room for another; each shortens or settles the text, so this ends
        before, after = after, _normalise_once(after)
    return after


def _normalise_once(text: str) -> str:
    words = WORD.findall(text)[-MAX_WORDS:]
    text = " ".join(filter(None, (SPELLINGS.get(word, word) for word in words)))
    for word, pattern, replacement in RULES:
        if word in text:
            text = pattern.sub(replacement, text)
    if len(words) > len(set(words)):
        text = SAID_TWICE.sub(r"\1", text)
    return _without_city(text.strip())


def _without_city(text: str) -> str:
    head, _, last = text.rpartition(" ")
    if last != "noida" or not head:
        return text
    if head.endswith(" greater") and not NUMBERED.search(head):
        return head.removesuffix(" greater")
    return text if head.rpartition(" ")[2] in KEPT_WHOLE else head
