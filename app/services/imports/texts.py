"""What a cell says in words: titles, descriptions, amenities. Each parser raises FieldProblem with the rule."""

import re
import unicodedata
from collections.abc import Iterable

from app.core.csv_lines import plain
from app.schemas.properties import MAX_AMENITIES, MAX_AMENITY_LENGTH, named_once
from app.services.imports import words

SEPARATORS = frozenset(",;|")
AMENITY = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?=[,;|]|\Z)|([^,;|]+)')
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


class FieldProblem(ValueError):  # noqa: N818 - what is wrong with one value, not a failure of the program
    """A value that cannot be taken. Its text is the rule it breaks, worded to stand after the value."""


def is_missing(text: str) -> bool:
    """Whether a stripped text stands for no value."""
    return not text or text.lower() in words.MISSING


def _is_unshown(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs"} or unicodedata.bidirectional(char) in TURNING


def parse_text(text: str, limit: int) -> str:
    """Collapse white space, drop control characters, those that turn the text round, and the quote before a formula.

    At most `limit` characters are taken.

    Markup stays as text.
    """
    return _tidied(plain(text), limit)


def _tidied(text: str, limit: int) -> str:
    tidy = " ".join(text.split())
    if not tidy.isprintable():
        tidy = "".join(char for char in tidy if not _is_unshown(char))
    if len(tidy) > limit:
        msg = f"has {len(tidy)} characters; at most {limit} are kept here"
        raise FieldProblem(msg)
    return tidy


def parse_description(text: str, limit: int = 20_000) -> str:
    """Keep paragraphs: each line is tidied like any text, and empty ones are joined."""
    tidy = "\n".join(line for line in (_tidied(line, limit) for line in plain(text).splitlines()) if line)
    if len(tidy) > limit:
        msg = f"has {len(tidy)} characters; at most {limit} are kept here"
        raise FieldProblem(msg)
    return tidy


def parse_amenities(text: str) -> list[str]:
    """Split by comma, semicolon or bar, but not in quotes; each once, whatever its case, in their order."""
    names = []
    for quoted, bare in AMENITY.findall(plain(text)):
        name = _tidied(quoted.replace('""', '"') or bare, MAX_AMENITY_LENGTH)
        if name and (quoted or not is_missing(name)):
            names.append(name)
    kept = named_once(names)
    if len(kept) > MAX_AMENITIES:
        msg = f"names {len(kept)} amenities; at most {MAX_AMENITIES} are kept here"
        raise FieldProblem(msg)
    return kept


def amenities_cell(names: Iterable[str]) -> str:
    """Names as parse_amenities reads them: in quotes where they would be read as something else."""
    return ", ".join(map(_in_a_list, names))


def _in_a_list(name: str) -> str:
    if is_missing(name) or name.startswith('"') or not SEPARATORS.isdisjoint(name):
        doubled = name.replace('"', '""')
        return f'"{doubled}"'
    return name
