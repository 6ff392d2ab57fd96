"""The two languages of the pages and their texts (texts/*.toml)."""

import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from app.core.money import group_indian

FOLDER = Path(__file__).parent / "texts"


class Language(StrEnum):
    ENGLISH = "en"
    HINDI = "hi"


class Texts:
    """The texts of one language by dotted key. Values are put in escaped; a text may name them in {braces}."""

    def __init__(self, language: Language) -> None:
        self.language = language
        found = tomllib.loads((FOLDER / f"{language}.toml").read_text())
        self.by_key = {key: escape(text) for key, text in _flat(found)}

    def __call__(self, key: str, /, **values: Any) -> Markup:
        """Raises KeyError for a key or value that is missing."""
        text = self.by_key[key]
        return text.format(**values) if values else text

    def count(self, key: str, n: int, /, **values: Any) -> Markup:
        """The form for n homes: `key.one` or `key.other`, with n grouped as {n}."""
        # In English 0 takes the plural, in Hindi the singular.
        one = n == 1 or (n == 0 and self.language is Language.HINDI)
        return self.by_key[f"{key}.{'one' if one else 'other'}"].format(n=group_indian(n), **values)


def _flat(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


@cache
def texts(language: Language) -> Texts:
    return Texts(language)
