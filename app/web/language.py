"""The texts of the pages (texts/*.toml), with what the services say (app/core/language.py)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from app.core.language import by_dotted_key, sentences
from app.core.money import group_indian
from app.core.vocabulary import Language

FOLDER = Path(__file__).parent / "texts"


class Texts:
    """The texts of one language by dotted key. Values are put in escaped; a text may name them in {braces}."""

    def __init__(self, language: Language) -> None:
        self.language = language
        found = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
        said = dict(sentences(language)) | dict(by_dotted_key(found))
        self.by_key = {key: escape(text) for key, text in said.items()}

    def __call__(self, key: str, /, **values: Any) -> Markup:
        """Raises KeyError for a key or value that is missing."""
        text = self.by_key[key]
        return text.format(**values) if values else text

    def count(self, key: str, n: int, /, **values: Any) -> Markup:
        """The form for n homes: `key.one` or `key.other`, with n grouped as {n}."""
        # In English 0 takes the plural, in Hindi the singular.
        one = n == 1 or (n == 0 and self.language is Language.HINDI)
        return self.by_key[f"{key}.{'one' if one else 'other'}"].format(n=group_indian(n), **values)


@cache
def texts(language: Language) -> Texts:
    return Texts(language)
