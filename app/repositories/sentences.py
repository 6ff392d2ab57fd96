"""What services say (app/core/language.py), said by a statement."""

from string import Formatter

from app.core.language import sentences
from app.core.vocabulary import Language


def sql(key: str, language: Language = Language.ENGLISH, /, **figures: str) -> str:
    """SQL for a sentence, each of its figures an SQL expression; null where one of them is null."""
    parts: list[str] = []
    for words, name, _, _ in Formatter().parse(sentences(language)[key]):
        if words:
            parts.append("'" + words.replace("'", "''") + "'")
        if name is not None:
            parts.append(figures[name])
    return f"({' || '.join(parts)})"


def sql_day(moment: str, language: Language = Language.ENGLISH, /) -> str:
    """SQL for the day of a moment in India: 26 Nov 2026."""
    local = f"({moment}) AT TIME ZONE 'Asia/Kolkata'"
    month = f"CASE to_char({local}, 'FMMM') {sql_case('month', language)} END"
    return f"(to_char({local}, 'FMDD') || ' ' || {month} || to_char({local}, ' YYYY'))"


def sql_case(key: str, language: Language = Language.ENGLISH, /) -> str:
    """SQL for the branches of a CASE on the last part of the keys that begin with `key` and a dot."""
    begun = f"{key}."
    return " ".join(
        f"WHEN '{name.removeprefix(begun)}' THEN {sql(name, language)}"
        for name in sentences(language)
        if name.startswith(begun)
    )
