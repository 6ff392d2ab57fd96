"""The monthly instalment, against known figures and against the loan it repays, in exact fractions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.loans import monthly_instalment
from app.schemas.base import MAX_RUPEES

PRINCIPALS = st.integers(0, MAX_RUPEES)
PERCENTS = st.decimals(0, 30, places=2)
MONTHS = st.integers(1, 480)


@pytest.mark.parametrize(
    ("principal", "percent", "months", "instalment"),
    [
        # 1.01 × 100 in one month; 100 · 0.01 · 1.0201 / 0.0201 = 50.75… in two.  # noqa: RUF003 - × and · as in the formula
        (100, "12", 1, 101),
        (100, "12", 2, 51),
        # The textbook's ₹25 lakh at 9% over 15 years: 25,356.66.
        (2_500_000, "9", 180, 25_357),
        # 77,756.96.
        (8_960_000, "8.5", 240, 77_757),
        (1_200_000, "0", 120, 10_000),
        (1_200_001, "0", 120, 10_001),
        (0, "8.5", 240, 0),
    ],
)
def test_known_figures(principal: int, percent: str, months: int, instalment: int) -> None:
    assert monthly_instalment(principal, Decimal(percent), months) == instalment


def left_after(principal: int, percent: Decimal, months: int, instalment: int) -> Fraction:
    """What is still owed when `months` instalments have been paid, month by month."""
    owed = Fraction(principal)
    for _ in range(months):
        owed += owed * Fraction(percent) / 1200 - instalment
    return owed


@given(PRINCIPALS, PERCENTS, st.integers(1, 60))
def test_it_is_the_smallest_that_repays_the_loan(principal: int, percent: Decimal, months: int) -> None:
    instalment = monthly_instalment(principal, percent, months)
    assert left_after(principal, percent, months, instalment) <= 0
    assert principal == 0 or left_after(principal, percent, months, instalment - 1) > 0


@given(PRINCIPALS, PERCENTS, MONTHS)
def test_never_less_than_the_loan_is_paid_back(principal: int, percent: Decimal, months: int) -> None:
    assert monthly_instalment(principal, percent, months) * months >= principal


@given(PRINCIPALS, PRINCIPALS, PERCENTS, PERCENTS, MONTHS, MONTHS)
def test_more_money_or_a_higher_rate_costs_more_and_more_time_less(
    principal: int, other: int, percent: Decimal, other_percent: Decimal, months: int, other_months: int
) -> None:
    cheapest = monthly_instalment(min(principal, other), min(percent, other_percent), max(months, other_months))
    dearest = monthly_instalment(max(principal, other), max(percent, other_percent), min(months, other_months))
    assert cheapest <= monthly_instalment(principal, percent, months) <= dearest
