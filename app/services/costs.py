"""What a home costs: the month and the sheet. Rates are in app/data/cost_rates.toml and nowhere else."""

import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Literal
from uuid import UUID

from app.config.database import DirectReads
from app.core.area import SQFT_PER_SQM
from app.core.exceptions import InvalidInputError, NoSuchListingError
from app.core.language import say
from app.core.loans import MONTHS_A_YEAR, monthly_instalment
from app.core.money import group_indian
from app.core.vocabulary import Language, ListingType, Possession, PropertyType
from app.repositories.costs import CostFacts, find_cost_facts
from app.schemas.costs import (
    DOWN_PAYMENT_PERCENT,
    Buyer,
    CostLine,
    CostQuery,
    CostRates,
    Costs,
    CostSheet,
    Instalment,
    Rate,
    Rates,
    Rent,
)

LABEL = "Estimate, confirm before you pay"
NOT_GIVEN = "The listing does not give it"
NO_DEPOSIT = "Listings do not carry the deposit; ask for it"
NO_SHEET = "The sheet is for a purchase; the stamp duty and fee of a rent agreement are not estimated"


@cache
def cost_rates() -> CostRates:
    text = (files("app.data") / "cost_rates.toml").read_text(encoding="utf-8")
    return CostRates.model_validate(tomllib.loads(text))


async def read(reads: DirectReads, property_id: UUID, query: CostQuery) -> Costs:
    """The costs of a listed home under the visitor's assumptions, in one statement.

    Raises NotFoundError, and InvalidInputError for a down payment above the price.
    """
    facts = await find_cost_facts(reads, property_id)
    if facts is None:
        raise NoSuchListingError(property_id)
    return costs_of(property_id, facts, query)


async def read_leniently(
    reads: DirectReads, property_id: UUID, query: CostQuery, language: Language
) -> tuple[Costs, bool]:
    """As read; but instead of refusing a down payment, the costs with the usual one and True."""
    facts = await find_cost_facts(reads, property_id)
    if facts is None:
        raise NoSuchListingError(property_id)
    return lenient_costs(property_id, facts, query, language)


def lenient_costs(property_id: UUID, facts: CostFacts, query: CostQuery, language: Language) -> tuple[Costs, bool]:
    """The costs, and whether the down payment was above the price and so not taken."""
    try:
        return costs_of(property_id, facts, query, language), False
    except InvalidInputError:
        usual = query.model_copy(update={"down_payment": None})
        return costs_of(property_id, facts, usual, language), True


def costs_of(property_id: UUID, facts: CostFacts, query: CostQuery, language: Language = Language.ENGLISH) -> Costs:
    """`language` is that of the notes on the sheet. Raises InvalidInputError for a down payment above the price."""
    table = cost_rates()
    unknown = {} if facts.maintenance_monthly is not None else {"monthly.maintenance": NOT_GIVEN}
    monthly: Instalment | Rent
    if facts.listing_type is ListingType.RENT:
        monthly = Rent(amount=facts.price, maintenance=facts.maintenance_monthly, deposit=None)
        sheet, assumed = None, []
        unknown |= {"monthly.deposit": NO_DEPOSIT, "sheet": NO_SHEET}
    else:
        monthly, sheet = instalment(facts, query), cost_sheet(facts, query.buyer, table, language)
        assumed = [name for name in CostQuery.model_fields if name not in query.model_fields_set]
    return Costs(
        property_id=property_id,
        listing_type=facts.listing_type,
        monthly=monthly,
        sheet=sheet,
        assumed=assumed,
        unknown=unknown,
        rates_as_of=table.as_of,
        label=LABEL,
    )


def instalment(facts: CostFacts, query: CostQuery) -> Instalment:
    """Raises InvalidInputError for a down payment above the price."""
    down_payment = query.down_payment
    if down_payment is None:
        down_payment = facts.price * DOWN_PAYMENT_PERCENT // 100
    if down_payment > facts.price:
        message = f"must not be above the price, ₹{group_indian(facts.price)}"
        raise InvalidInputError("down_payment", message, location="query")
    principal = facts.price - down_payment
    months = query.years * MONTHS_A_YEAR
    amount = monthly_instalment(principal, query.annual_rate, months)
    return Instalment(
        amount=amount,
        down_payment=down_payment,
        principal=principal,
        annual_rate=query.annual_rate,
        years=query.years,
        interest=amount * months - principal,
        maintenance=facts.maintenance_monthly,
    )


def cost_sheet(facts: CostFacts, buyer: Buyer, table: CostRates, language: Language = Language.ENGLISH) -> CostSheet:
    """What a purchase costs by line; a line that cannot be known is null with its reason, and not in the estimate."""
    lines = [
        CostLine(key="price", label="Asking price", percent=None, amount=facts.price, note=say(language, "cost.asked")),
        _stamp_duty(facts.price, buyer, table.rates, language),
        _line(facts.price, "registration", "Registration fee", table.rates.registration, language),
        _gst(facts, table.rates, language),
    ]
    return CostSheet(
        buyer=buyer,
        lines=lines,
        estimate=sum(line.amount for line in lines if line.amount is not None),
        missing=[line.key for line in lines if line.amount is None],
        not_included=table.not_included if language is Language.ENGLISH else table.not_included_hi,
    )


def _part(price: int, rate: Rate) -> int:
    return ceil(rate.percent * price / 100)


def _line(
    price: int, key: Literal["stamp_duty", "registration", "gst"], label: str, rate: Rate, language: Language
) -> CostLine:
    note = rate.condition if language is Language.ENGLISH else rate.condition_hi
    return CostLine(key=key, label=label, percent=rate.percent, amount=_part(price, rate), note=note)


def _stamp_duty(price: int, buyer: Buyer, rates: Rates, language: Language) -> CostLine:
    woman = rates.stamp_duty_woman
    within = _within(price, woman.price_up_to)
    rate = woman if buyer is Buyer.WOMAN and within else rates.stamp_duty
    line = _line(price, "stamp_duty", "Stamp duty, UP", rate, language)
    if buyer is Buyer.JOINT or (buyer is Buyer.WOMAN and not within):
        covered = min(price, woman.price_up_to or price)
        saving = group_indian(_part(covered, rates.stamp_duty) - _part(covered, woman))
        line.note = say(language, "cost.joint", saving=saving)
    return line


def _gst(facts: CostFacts, rates: Rates, language: Language) -> CostLine:
    possible, doubt = _gst_rates(facts, rates)
    if len(possible) == 1:
        return _line(facts.price, "gst", "GST", possible[0], language)
    *others, last = (f"{rate.percent}%" for rate in possible)
    note = say(language, f"cost.{doubt}", others=", ".join(others), last=last)
    return CostLine(key="gst", label="GST", percent=None, amount=None, note=note)


def _gst_rates(facts: CostFacts, rates: Rates) -> tuple[list[Rate], str]:
    """The rates that may hold, and which sentence says what would have to be known when they are several."""
    if facts.property_type is PropertyType.PLOT:
        return [rates.gst_land], ""
    if facts.possession is Possession.READY_TO_MOVE:
        return [rates.gst_completed], ""
    if facts.property_type is PropertyType.COMMERCIAL:
        before, doubt = [rates.gst_commercial_in_homes, rates.gst_commercial], "no_share"
    else:
        before, doubt = _home_rates(facts, rates), "no_carpet"
    if facts.possession is None:
        return [rates.gst_completed, *before], "no_possession"
    return before, doubt


def _home_rates(facts: CostFacts, rates: Rates) -> list[Rate]:
    affordable, carpet = rates.gst_affordable_home, facts.carpet_area_sqft
    if not _within(facts.price, affordable.price_up_to):
        return [rates.gst_home]
    if carpet is None:
        return [affordable, rates.gst_home]
    return [affordable if _within(carpet / SQFT_PER_SQM, affordable.carpet_up_to_sqm) else rates.gst_home]


def _within(value: Decimal | int, limit: int | None) -> bool:
    return limit is None or value <= limit
