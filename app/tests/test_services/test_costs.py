"""The cost sheet line by line, and the table of rates it rests on."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.exceptions import InvalidInputError
from app.core.money import format_rupees
from app.core.vocabulary import ListingType, Possession, PropertyType
from app.repositories.costs import CostFacts
from app.schemas.base import MAX_RUPEES
from app.schemas.costs import Buyer, CostQuery, CostSheet, Rate
from app.services.costs import cost_rates, cost_sheet, instalment

SQFT_OF_60_SQM = Decimal("645.83")  # 645.8346…
READY: dict[str, Any] = {"possession": Possession.READY_TO_MOVE}
BUILDING: dict[str, Any] = {"possession": Possession.UNDER_CONSTRUCTION}


def facts(price: int, **fields: Any) -> CostFacts:
    """A flat for sale unless told otherwise."""
    return replace(CostFacts(ListingType.SALE, PropertyType.FLAT, price), **fields)


def sheet(price: int, buyer: Buyer = Buyer.OTHER, **fields: Any) -> CostSheet:
    return cost_sheet(facts(price, **fields), buyer, cost_rates())


def amounts(of: CostSheet) -> dict[str, int | None]:
    return {line.key: line.amount for line in of.lines}


def note(of: CostSheet, key: str) -> str:
    return next(line.note for line in of.lines if line.key == key)


def test_a_finished_flat() -> None:
    found = sheet(11_200_000, **READY)
    assert amounts(found) == {"price": 11_200_000, "stamp_duty": 784_000, "registration": 112_000, "gst": 0}
    assert (found.estimate, found.missing) == (12_096_000, [])


@pytest.mark.parametrize(
    ("buyer", "price", "duty"),
    [
        (Buyer.OTHER, 10_000_000, 700_000),
        (Buyer.WOMAN, 10_000_000, 600_000),
        (Buyer.WOMAN, 10_000_001, 700_001),
        (Buyer.JOINT, 10_000_000, 700_000),
        (Buyer.WOMAN, 1, 1),
    ],
)
def test_stamp_duty_by_buyer(buyer: Buyer, price: int, duty: int) -> None:
    assert amounts(sheet(price, buyer))["stamp_duty"] == duty


@pytest.mark.parametrize(
    ("buyer", "price", "saving"),
    [
        (Buyer.JOINT, 8_500_000, "₹85,000 less"),
        (Buyer.JOINT, 20_000_000, "₹1,00,000 less"),
        (Buyer.WOMAN, 20_000_000, "₹1,00,000 less"),
    ],
)
def test_where_accounts_of_the_womans_rate_differ_the_full_rate_says_so(buyer: Buyer, price: int, saving: str) -> None:
    assert saving in note(sheet(price, buyer), "stamp_duty")


def test_no_doubt_is_raised_where_there_is_none() -> None:
    plain = (sheet(8_500_000), sheet(8_500_000, Buyer.WOMAN))
    assert not any("differ" in note(each, "stamp_duty") for each in plain)


@pytest.mark.parametrize(
    ("price", "fields", "percent"),
    [
        (4_500_000, BUILDING | {"carpet_area_sqft": SQFT_OF_60_SQM}, 1),
        (4_500_000, BUILDING | {"carpet_area_sqft": SQFT_OF_60_SQM + 1}, 5),
        (4_500_001, BUILDING | {"carpet_area_sqft": SQFT_OF_60_SQM}, 5),
        (4_500_001, BUILDING, 5),
        (4_500_000, {"possession": Possession.NEW_LAUNCH, "carpet_area_sqft": Decimal(500)}, 1),
        (9_000_000, BUILDING | {"property_type": PropertyType.VILLA}, 5),
        (4_000_000, READY, 0),
        (9_000_000, READY | {"property_type": PropertyType.COMMERCIAL}, 0),
        (9_000_000, {"property_type": PropertyType.PLOT}, 0),
        (9_000_000, BUILDING | {"property_type": PropertyType.PLOT}, 0),
    ],
)
def test_gst_that_is_known(price: int, fields: dict[str, Any], percent: int) -> None:
    found = sheet(price, **fields)
    assert found.lines[-1].percent == percent
    assert amounts(found)["gst"] == -(-price * percent // 100)
    assert found.missing == []


@pytest.mark.parametrize(
    ("price", "fields", "words"),
    [
        (4_500_000, BUILDING, "1% or 5%: the carpet area is not given"),
        (9_000_000, {}, "0% or 5%: the listing does not say whether it is completed"),
        (4_500_000, {}, "0%, 1% or 5%: the listing does not say whether"),
        (4_500_000, {"carpet_area_sqft": Decimal(500)}, "0% or 1%: the listing does not say whether"),
        (9_000_000, BUILDING | {"property_type": PropertyType.COMMERCIAL}, "5% or 12%: the share of shops"),
        (9_000_000, {"property_type": PropertyType.COMMERCIAL}, "0%, 5% or 12%: the listing does not say whether"),
    ],
)
def test_gst_that_is_not_known_is_null_with_its_reason(price: int, fields: dict[str, Any], words: str) -> None:
    found = sheet(price, **fields)
    assert (found.lines[-1].amount, found.lines[-1].percent) == (None, None)
    assert note(found, "gst").startswith(words)
    assert found.missing == ["gst"]
    assert found.estimate == price + price * 8 // 100


@given(
    st.integers(1, MAX_RUPEES),
    st.sampled_from(Buyer),
    st.sampled_from(PropertyType),
    st.none() | st.sampled_from(Possession),
    st.none() | st.decimals(1, 10_000, places=2),
)
def test_the_estimate_is_the_sum_of_what_is_known(
    price: int, buyer: Buyer, kind: PropertyType, possession: Possession | None, carpet: Decimal | None
) -> None:
    found = sheet(price, buyer, property_type=kind, possession=possession, carpet_area_sqft=carpet)
    assert found.estimate == sum(line.amount or 0 for line in found.lines)
    assert found.missing == [line.key for line in found.lines if line.amount is None]
    assert all(line.note for line in found.lines)
    for line in found.lines[1:]:
        if line.amount is not None and line.percent is not None:
            exact = line.percent * price / 100
            assert exact <= line.amount < exact + 1


def test_the_visitors_loan() -> None:
    found = instalment(facts(11_200_000), CostQuery())
    assert (found.down_payment, found.principal, found.amount) == (2_240_000, 8_960_000, 77_757)
    assert found.interest == 77_757 * 240 - 8_960_000
    paid_at_once = instalment(facts(11_200_000), CostQuery(down_payment=11_200_000))
    assert (paid_at_once.principal, paid_at_once.amount, paid_at_once.interest) == (0, 0, 0)
    with pytest.raises(InvalidInputError, match="above the price, ₹1,12,00,000"):
        instalment(facts(11_200_000), CostQuery(down_payment=11_200_001))


RATES = [pytest.param(rate, id=name) for name, rate in cost_rates().rates]


@pytest.mark.parametrize("rate", RATES)
def test_every_rate_says_where_it_comes_from_and_its_limits_in_words(rate: Rate) -> None:
    assert len(rate.source) > 20
    assert rate.valid_from is None or rate.valid_from <= cost_rates().as_of
    if rate.price_up_to is not None:
        assert format_rupees(rate.price_up_to) in rate.condition
    if rate.carpet_up_to_sqm is not None:
        assert f"{rate.carpet_up_to_sqm} sq m" in rate.condition
