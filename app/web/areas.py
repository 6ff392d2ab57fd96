"""Areas and prices per area in the unit a visitor chose; their basis stays as it is."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.core.area import SQFT_IN, AreaUnit
from app.services.figures.words import rupees as rupees_of_area
from app.web.formats import NBSP, grouped
from app.web.language import Texts


def areas(t: Texts, unit: AreaUnit) -> dict[str, Callable[..., Any]]:
    """The template filters of one language and unit; what they take is in square feet, and rupees for each."""
    each = SQFT_IN[unit]

    def in_unit(sqft: float, unit: AreaUnit) -> str:
        return f"{grouped(Decimal(str(sqft)) / SQFT_IN[unit])}{NBSP}{t(f'unit.{unit}')}"

    def size(sqft: float) -> str:
        """1,295 sq ft."""
        return in_unit(sqft, unit)

    def in_other_units(sqft: float) -> str:
        """120 sq m · 144 gaj."""
        return " · ".join(in_unit(sqft, other) for other in AreaUnit if other is not unit)

    def area(sqft: float, basis: str | None) -> str:
        """1,295 sq ft carpet; never without its basis where it is known."""
        return f"{size(sqft)}{NBSP}{t(f'basis.{basis}')}" if basis else size(sqft)

    def rate_figure(rupees: float) -> str:
        """8,649; 17.8, as the figures have rents."""
        return rupees_of_area(float(Decimal(str(rupees)) * each))

    def rate(rupees: float, basis: str | None) -> str:
        """₹8,649 / sq ft carpet."""
        priced = f"₹{rate_figure(rupees)}{NBSP}/{NBSP}{t(f'unit.{unit}')}"
        return f"{priced} {t(f'basis.{basis}')}" if basis else priced

    return {made.__name__: made for made in (size, in_other_units, area, rate_figure, rate)}
