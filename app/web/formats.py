"""Figures as a page shows them, unbroken at the end of a line."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.core.clock import INDIA
from app.core.money import group_indian, in_words
from app.core.phones import spoken_phone
from app.services.figures import words
from app.web.language import Texts

NBSP = "\u00a0"
NUMBERED = re.compile(r"(?<=\d) (?=BHK|sq)|(?<=sq) (?=ft)|(?<=[Ss]ector) (?=\d)")


def formats(t: Texts) -> dict[str, Callable[..., Any]]:
    """The template filters of one language."""

    def rupees(amount: int) -> str:
        """₹60 L, in Hindi ₹60 लाख."""
        figure, unit = in_words(amount)
        return f"₹{figure}{NBSP}{t(f'unit.{unit}')}" if unit else f"₹{figure}"

    def rupees_long(amount: int) -> str:
        """₹60 lakh."""
        figure, unit = in_words(amount)
        return f"₹{figure}{NBSP}{t(f'unit.{unit}_long')}" if unit else f"₹{figure}"

    def distance(metres: float) -> str:
        return words.metres(metres, t.language)

    def day(moment: datetime | date | str) -> str:
        """26 Nov 2026, in India; ISO text as the API has it is taken too."""
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        local = moment.astimezone(INDIA) if isinstance(moment, datetime) else moment
        return f"{local.day}{NBSP}{t(f'month.{local.month}')}{NBSP}{local.year}"

    def floor(number: int, of: int | None = None) -> str:
        """floor 4 of 14; ground floor of 14."""
        if number < 0:
            return t("card.basement")
        told = t("card.floor", floor=number) if number else t("card.ground")
        return told if of is None else t("card.floor_of", floor=told, floors=of)

    def unbroken(title: str) -> str:
        """Of a home: a number stays with what it counts or names."""
        return NUMBERED.sub(NBSP, title)

    made = (spoken_phone, unbroken, rupees, rupees_long, grouped, distance, day, floor, percent)
    return {each.__name__: each for each in made}


def grouped(number: float | Decimal) -> str:
    """12,34,567; fractions are rounded away."""
    return group_indian(round(number))


def percent(value: Decimal | float) -> str:
    """7.00 as 7."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
