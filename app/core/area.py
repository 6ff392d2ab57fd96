"""Square feet, in which areas are kept, square metres, in which the law states them, and square yards (gaj)."""

from decimal import Decimal
from enum import StrEnum

SQFT_PER_SQM = 1 / Decimal("0.09290304")
"""1 ft = 0.3048 m exactly."""
SQFT_PER_SQYD = Decimal(9)


class AreaUnit(StrEnum):
    SQFT = "sqft"
    SQM = "sqm"
    GAJ = "gaj"
    """The square yard."""


SQFT_IN: dict[AreaUnit, Decimal] = {
    AreaUnit.SQFT: Decimal(1),
    AreaUnit.SQM: SQFT_PER_SQM,
    AreaUnit.GAJ: SQFT_PER_SQYD,
}
