"""What a home costs: the visitor's inputs, the month, the sheet, and the rates they rest on."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from app.core.vocabulary import ListingType
from app.schemas.base import MAX_RUPEES, RequestModel

DOWN_PAYMENT_PERCENT = 20
# Exact inside, a number on the wire.
Percent = Annotated[Decimal, PlainSerializer(float)]


class Buyer(StrEnum):
    """In whose name the deed will be."""

    WOMAN = "woman"
    JOINT = "joint"
    OTHER = "other"


class CostQuery(RequestModel):
    """A visitor's own assumptions. All but the buyer are for the loan; for rent they mean nothing and are ignored."""

    down_payment: Annotated[int, Field(ge=0, le=MAX_RUPEES)] | None = Field(
        default=None,
        description=f"Rupees paid from one's own money, at most the price; left out: {DOWN_PAYMENT_PERCENT}% of it",
    )
    annual_rate: Annotated[Decimal, Field(ge=0, le=30, decimal_places=2, allow_inf_nan=False)] = Field(
        default=Decimal("8.5"), description="Interest, per cent a year"
    )
    years: Annotated[int, Field(ge=1, le=40)] = 20
    buyer: Buyer = Field(
        default=Buyer.OTHER, description="woman: women only; joint: a woman with others; other: everyone else"
    )


class Instalment(BaseModel):
    """A purchase: the loan for what is not paid at once."""

    kind: Literal["instalment"] = "instalment"
    amount: int = Field(description="Rupees a month, rounded up; the last instalment is the smaller one")
    down_payment: int
    principal: int
    annual_rate: Percent
    years: int
    interest: int = Field(description="Paid over the whole term if the rate stays")
    maintenance: int | None = Field(description="Rupees a month, on top")


class Rent(BaseModel):
    kind: Literal["rent"] = "rent"
    amount: int = Field(description="Rupees a month")
    maintenance: int | None = Field(description="Rupees a month; the listing does not say whether the rent holds it")
    deposit: int | None = Field(description="Always null so far: listings do not carry it")


class CostLine(BaseModel):
    key: Literal["price", "stamp_duty", "registration", "gst"]
    label: str
    percent: Percent | None = Field(description="Of the price; null for the price itself and where it is not known")
    amount: int | None = Field(description="Rupees, rounded up; null when not known")
    note: str = Field(description="What the line rests on; when the amount is null, why")


class CostSheet(BaseModel):
    buyer: Buyer
    lines: list[CostLine]
    estimate: int = Field(description="The sum of the lines that are known; complete when `missing` is empty")
    missing: list[str] = Field(description="Keys of the lines that are not known and so not in the estimate")
    not_included: list[str] = Field(description="What else a buyer pays")


class Costs(BaseModel):
    """A part that is not known is null, and `unknown` says why."""

    property_id: UUID
    listing_type: ListingType
    monthly: Annotated[Instalment | Rent, Field(discriminator="kind")]
    sheet: CostSheet | None = Field(description="For a purchase only")
    assumed: list[Literal["down_payment", "annual_rate", "years", "buyer"]] = Field(
        description="The inputs the visitor did not give and that count here, so that their defaults were taken"
    )
    unknown: dict[str, str] = Field(
        description="The reason for each part that is null, by its path",
        examples=[{"monthly.maintenance": "The listing does not give it"}],
    )
    rates_as_of: date
    label: str = Field(examples=["Estimate, confirm before you pay"])
    method: Literal["costs"] = Field(default="costs", description="Key of its entry in GET /api/v1/method")


class Rate(BaseModel):
    """A rate fixed by law, with its limits."""

    model_config = ConfigDict(extra="forbid")

    percent: Percent = Field(description="Of the price")
    condition: str
    condition_hi: str = Field(description="In Hindi, as `source_hi`")
    price_up_to: int | None = Field(default=None, description="Rupees")
    carpet_up_to_sqm: int | None = None
    valid_from: date | None = Field(default=None, description="Null where the day was not established")
    source: str
    source_hi: str


class Rates(BaseModel):
    model_config = ConfigDict(extra="forbid")

    stamp_duty: Rate
    stamp_duty_woman: Rate
    registration: Rate
    gst_home: Rate
    gst_affordable_home: Rate
    gst_commercial_in_homes: Rate
    gst_commercial: Rate
    gst_completed: Rate
    gst_land: Rate


class CostRates(BaseModel):
    """The table as it stands in app/data/cost_rates.toml."""

    model_config = ConfigDict(extra="forbid")

    as_of: date = Field(description="When the table was last compared with what is published")
    not_included: list[str]
    not_included_hi: list[str] = Field(description="In Hindi")
    rates: Rates
