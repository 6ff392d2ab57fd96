"""How the figures say things. Numbers hold together with their units by non-breaking spaces."""

from datetime import date

from app.core.language import say
from app.core.money import group_indian
from app.core.vocabulary import AreaBasis, Facing, Language

NBSP = "\u00a0"
KILOMETRE = 1000
NEAR_M = 50  # no position is known so well that fewer metres would mean something


def short(facing: Facing, language: Language) -> str:
    """north_east → NE"""
    return say(language, f"facing_short.{facing}")


def long(facing: Facing, language: Language) -> str:
    """north_east → north-east"""
    return say(language, f"facing.{facing}").lower()


def month(number: int, language: Language) -> str:
    return say(language, f"month.{number}")


def azimuth(facing: Facing) -> float:
    """Degrees clockwise from north."""
    return list(Facing).index(facing) * 45.0


def towards(bearing_deg: float) -> Facing:
    return list(Facing)[round(bearing_deg / 45) % 8]


def basis(area: AreaBasis) -> str:
    return area.replace("built_up", "built-up").replace("_", " ")


def day(of: date) -> str:
    return f"{of.day}{NBSP}{month(of.month, Language.ENGLISH)}{NBSP}{of.year}"


def metres(distance: float, language: Language) -> str:
    """As the reasons on the cards have it: 12 → "50 m or less", 654 → "650 m", 1240 → "1.2 km"."""
    if distance < NEAR_M:
        return say(language, "unit.near").replace(" ", NBSP, 1)
    if distance < KILOMETRE:
        return f"{int(distance) // 10 * 10}{NBSP}{say(language, 'unit.metre')}"
    return f"{distance / KILOMETRE:.1f}{NBSP}{say(language, 'unit.kilometre')}"


def reach(distance: int, language: Language) -> str:
    """500 → "500 m", 2000 → "2 km"."""
    if distance < KILOMETRE:
        return f"{distance}{NBSP}{say(language, 'unit.metre')}"
    return f"{distance // KILOMETRE}{NBSP}{say(language, 'unit.kilometre')}"


def rupees(per_area: float) -> str:
    """Grouped the Indian way; a rent per square foot keeps one decimal, unless it is a 0."""
    if per_area < 100:  # noqa: PLR2004 - rupees: below, a decimal matters
        return f"{per_area:.1f}".removesuffix(".0")
    return group_indian(round(per_area))


def between(low: float, high: float) -> str:
    return f"₹{rupees(low)}{NBSP}\u2013 ₹{rupees(high)}"


def count(key: str, number: int, language: Language) -> str:
    """ "1 duplicate": `key.one` or `key.other` of the sentences."""
    form = "one" if number == 1 else "other"
    return f"{number}{NBSP}{say(language, f'{key}.{form}')}"
