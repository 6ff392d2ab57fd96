"""Figures as a page shows them, unbroken at the end of a line."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.core.clock import INDIA
from app.core.money import group_indian, in_words
from app.web.language import Texts

NBSP = "\u00a0"
KILOMETRE = 1000


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

    def grouped(number: float) -> str:
        """12,34,567; fractions are rounded away."""
        return group_indian(round(number))

    def distance(metres: int) -> str:
        if metres < KILOMETRE:
            return f"{metres}{NBSP}{t('unit.metre')}"
        return f"{metres / KILOMETRE:.1f}{NBSP}{t('unit.kilometre')}"

    def day(moment: datetime) -> str:
        """26 Nov 2026, in India."""
        local = moment.astimezone(INDIA)
        return f"{local.day}{NBSP}{t(f'month.{local.month}')}{NBSP}{local.year}"

    def area(sqft: float, basis: str | None) -> str:
        """1,295 sq ft carpet; never without its basis where it is known."""
        size = f"{grouped(sqft)}{NBSP}{t('unit.sqft')}"
        return f"{size}{NBSP}{t(f'basis.{basis}')}" if basis else size

    def per_sqft(rupees_each: float, basis: str | None) -> str:
        """₹8,649 / sq ft carpet."""
        each = f"₹{grouped(rupees_each)}{NBSP}/{NBSP}{t('unit.sqft')}"
        return f"{each} {t(f'basis.{basis}')}" if basis else each

    made = (rupees, rupees_long, grouped, distance, day, area, per_sqft)
    return {each.__name__: each for each in made}
