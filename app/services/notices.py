"""The notice a person reads before consenting to be contacted; API and pages show this one."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from app.core.exceptions import InvalidInputError
from app.core.vocabulary import Language
from app.schemas.inquiries import ConsentNotice

_YEAR_DAYS = 365
_UNITS = {Language.ENGLISH: ("year", "years", "days"), Language.HINDI: ("वर्ष", "वर्ष", "दिन")}


def present_notice(retention_days: int, language: Language) -> ConsentNotice:
    edition = _editions()[0]
    return ConsentNotice(
        version=_version(edition, retention_days),
        language=language,
        text=edition[language].strip().format(kept=_period(retention_days, language)),
    )


def check_notice_version(retention_days: int, version: str) -> None:
    """Raises InvalidInputError. A page that was loaded before an upgrade may still show an earlier edition."""
    known = [_version(edition, retention_days) for edition in _editions()]
    if version not in known:
        raise InvalidInputError("notice_version", f"is not known; there is {', '.join(known)}")


@cache
def _editions() -> list[dict[str, Any]]:
    read = tomllib.loads((files("app.data") / "consent_notice.toml").read_text(encoding="utf-8"))
    editions: list[dict[str, Any]] = read["editions"]
    return editions


def _version(edition: dict[str, Any], retention_days: int) -> str:
    """The text names the time, so the version does too: what is stored tells what was read."""
    return f"{edition['version']}-{retention_days}d"


def _period(days: int, language: Language) -> str:
    one_year, years, in_days = _UNITS[language]
    if days % _YEAR_DAYS:
        return f"{days:,} {in_days}"
    return f"{days // _YEAR_DAYS} {one_year if days == _YEAR_DAYS else years}"
