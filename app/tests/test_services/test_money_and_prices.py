"""Rupees as people write them, and the price scale that Python and the database share."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.config.database import Database
from app.core.money import format_rupees, group_indian
from app.core.price_buckets import LOWER_BOUNDS, cut_budget, price_bucket
from app.core.vocabulary import ListingType
from app.schemas.base import MAX_RUPEES

TYPES = st.sampled_from(list(ListingType))


@pytest.mark.parametrize(
    ("rupees", "grouped"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (99_999, "99,999"),
        (100_000, "1,00,000"),
        (12_345_678, "1,23,45,678"),
        (100_000_000_000, "1,00,00,00,00,000"),
        (-1234, "-1,234"),
    ],
)
def test_groups_of_three_two_two(rupees: int, grouped: str) -> None:
    assert group_indian(rupees) == grouped


@pytest.mark.parametrize(
    ("rupees", "text"),
    [
        (45_000, "₹45,000"),
        (99_999, "₹99,999"),
        (100_000, "₹1 L"),
        (8_500_000, "₹85 L"),
        (8_550_000, "₹85.5 L"),
        (10_000_000, "₹1 Cr"),
        (12_500_000, "₹1.25 Cr"),
        (1_000_000_000, "₹100 Cr"),
        (9_999_999, "₹1 Cr"),
    ],
)
def test_lakh_and_crore(rupees: int, text: str) -> None:
    assert format_rupees(rupees) == text


@given(TYPES, st.integers(0, MAX_RUPEES))
def test_a_price_lies_in_its_bucket(listing_type: ListingType, price: int) -> None:
    bounds, bucket = LOWER_BOUNDS[listing_type], price_bucket(listing_type, price)
    assert bounds[bucket] <= price
    assert bucket == len(bounds) - 1 or price < bounds[bucket + 1]


@given(TYPES, st.data())
def test_a_cut_budget_holds_exactly_its_prices(listing_type: ListingType, data: st.DataObject) -> None:
    edges = st.sampled_from(LOWER_BOUNDS[listing_type]).flatmap(
        lambda bound: st.sampled_from([max(bound - 1, 0), bound, bound + 1])
    )
    prices = edges | st.integers(0, MAX_RUPEES)
    low, high, price = data.draw(prices), data.draw(prices), data.draw(prices)
    if low > high:
        low, high = high, low
    cut = cut_budget(listing_type, low, high)
    times = (
        (cut.first_bucket <= price_bucket(listing_type, price) <= cut.last_bucket)
        + (cut.low_edge[0] <= price <= cut.low_edge[1])
        + (cut.high_edge[0] <= price <= cut.high_edge[1])
    )
    assert times == (low <= price <= high)


async def test_the_database_has_the_same_scale(database: Database) -> None:
    rng = random.Random(7)
    async with database.read() as session:
        for listing_type in ListingType:
            edges = [bound + step for bound in LOWER_BOUNDS[listing_type] for step in (-1, 0, 1)]
            anywhere = [round(10 ** rng.uniform(0, 11)) for _ in range(2000)]
            prices = [price for price in (*edges, *anywhere) if price >= 0]
            statement = text(
                "SELECT price_bucket(:kind, p) FROM unnest(CAST(:prices AS bigint[]))"
                " WITH ORDINALITY AS u (p, n) ORDER BY n"
            )
            found = await session.execute(statement, {"kind": listing_type.value, "prices": prices})
            assert list(found.scalars()) == [price_bucket(listing_type, price) for price in prices]
