"""What services say of a home, in each language: app/data/sentences/*.toml."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from app.core.vocabulary import Language


@cache
def sentences(language: Language) -> Mapping[str, str]:
    """By dotted key; each may name figures in {braces}. Both languages have the same keys with the same figures."""
    text = (files("app.data") / "sentences" / f"{language}.toml").read_text(encoding="utf-8")
    return dict(by_dotted_key(tomllib.loads(text)))


def say(language: Language, key: str, /, **figures: Any) -> str:
    """Raises KeyError for a key or figure that is missing."""
    return sentences(language)[key].format(**figures)


def by_dotted_key(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from by_dotted_key(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
