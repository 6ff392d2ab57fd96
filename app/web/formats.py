"""Figures as a page shows them, unbroken at the end of a line."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.core.area import SQFT_PER_SQM
from app.core.clock import INDIA
from app.core.money import group_indian, in_words
from app.web.language import Texts

NBSP = "\u00a0"
KILOMETRE = 1000
SQFT_PER_GAJ = 9


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

    def distance(metres: int) -> str:
        """In tens of metres, as the reasons have it."""
        if metres < KILOMETRE:
            return f"{metres // 10 * 10}{NBSP}{t('unit.metre')}"
        return f"{metres / KILOMETRE:.1f}{NBSP}{t('unit.kilometre')}"

    def day(moment: datetime | date | str) -> str:
        """26 Nov 2026, in India; ISO text as the API has it is taken too."""
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        local = moment.astimezone(INDIA) if isinstance(moment, datetime) else moment
        return f"{local.day}{NBSP}{t(f'month.{local.month}')}{NBSP}{local.year}"

    def area(sqft: float, basis: str | None) -> str:
        """1,295 sq ft carpet; never without its basis where it is known."""
        size = f"{grouped(sqft)}{NBSP}{t('unit.sqft')}"
        return f"{size}{NBSP}{t(f'basis.{basis}')}" if basis else size

    def per_sqft(rupees_each: float, basis: str | None) -> str:
        """₹8,649 / sq ft carpet."""
        each = f"₹{grouped(rupees_each)}{NBSP}/{NBSP}{t('unit.sqft')}"
        return f"{each} {t(f'basis.{basis}')}" if basis else each

    made = (rupees, rupees_long, grouped, distance, day, area, per_sqft, square_metres, square_yards, percent)
    return {each.__name__: each for each in made}


def grouped(number: float | Decimal) -> str:
    """12,34,567; fractions are rounded away."""
    return group_indian(round(number))


def square_metres(square_feet: float) -> str:
    return grouped(Decimal(str(square_feet)) / SQFT_PER_SQM)


def square_yards(square_feet: float) -> str:
    """Gaj: 9 square feet."""
    return grouped(square_feet / SQFT_PER_GAJ)


def percent(value: Decimal | float) -> str:
    """7.00 as 7."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
