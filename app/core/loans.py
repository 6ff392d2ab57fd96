"""What a loan costs a month. In exact fractions, so that rounding up is never a rupee off."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

MONTHS_A_YEAR = 12
FORMULA = "P·r·(1 + r)^n / ((1 + r)^n − 1), r = yearly rate in per cent / 1200, n = months; P / n when r = 0"  # noqa: RUF001 - a minus sign


def monthly_instalment(principal: int, annual_percent: Decimal, months: int) -> int:
    """The smallest whole number of rupees that repays `principal` rupees in `months` equal instalments (FORMULA).

    Rounded up, so that the last instalment is the smaller one.
    """
    rate = Fraction(annual_percent) / (100 * MONTHS_A_YEAR)
    if not rate:
        return ceil(Fraction(principal, months))
    growth = (1 + rate) ** months
    return ceil(principal * rate * growth / (growth - 1))
