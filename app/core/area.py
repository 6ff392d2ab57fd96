"""Square feet, in which areas are kept, and square metres, in which the law states them."""

from decimal import Decimal

SQFT_PER_SQM = 1 / Decimal("0.09290304")
"""1 ft = 0.3048 m exactly."""
