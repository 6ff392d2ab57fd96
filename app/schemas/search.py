"""Guided search on the wire."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints, model_validator

from app.core.vocabulary import AreaBasis, ListingType, PropertyType
from app.schemas.base import MAX_BHK, MAX_RUPEES, WITHOUT_BHK, RequestModel, Rupees, refused
from app.schemas.image import Image
from app.schemas.paging import MAX_DEPTH, check_depth

Bhk = Annotated[StrictInt, Field(ge=1, le=MAX_BHK, description="Bedrooms; the third answer for flats and villas")]
PlaceText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=100),
    Field(description="A sector, zone, metro station, society or locality as people type it", examples=["sector 137"]),
]


class Answers(RequestModel):
    """What the visitor answered so far."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"budget_min": 5_000_000, "budget_max": 10_000_000, "property_type": "flat", "bhk": 2}]
        }
    )

    listing_type: ListingType = ListingType.SALE
    bhk: Bhk | None = None
    locality_preference: PlaceText | None = None


def check_answers(
    budget_min: int | None, budget_max: int | None, property_type: PropertyType | None, bhk: int | None
) -> None:
    if budget_min is not None and budget_max is not None and budget_max <= budget_min:
        raise refused(("budget_max", "must be more than budget_min"))
    if bhk is not None and property_type in WITHOUT_BHK:
        raise refused(("bhk", f"does not apply to {WITHOUT_BHK[property_type]}; leave it out"))


class GuidedSearchRequest(Answers):
    budget_min: Rupees
    budget_max: Rupees
    property_type: PropertyType
    page: Annotated[StrictInt, Field(ge=1, le=MAX_DEPTH)] = 1
    per_page: Annotated[StrictInt, Field(ge=1, le=100)] = 20

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_answers(self.budget_min, self.budget_max, self.property_type, self.bhk)
        check_depth(self.page, self.per_page)
        return self


class CountRequest(Answers):
    """Any of the answers may still be missing."""

    budget_min: Rupees = 0
    budget_max: Rupees = MAX_RUPEES
    property_type: PropertyType | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_answers(self.budget_min, self.budget_max, self.property_type, self.bhk)
        return self


class KeyMetrics(BaseModel):
    vastu_score: int | None
    natural_light_score: int | None
    price_vs_market: str | None


class Card(BaseModel):
    id: UUID
    title: str
    price: int = Field(description="Rupees; for rent, rupees a month")
    area_sqft: float | None
    area_basis: AreaBasis | None
    price_per_sqft: float | None
    locality: str
    sector: str | None
    bhk: int | None
    property_type: PropertyType
    listing_type: ListingType
    primary_image: Image | None
    key_metrics: KeyMetrics
    reasons: list[str] = Field(max_length=3, description="The strongest reasons, each with the figure it rests on")


class PlaceApplied(BaseModel):
    """What the place answer was understood as."""

    typed: str
    kind: str | None = Field(description="city, zone, sector, station, society, place; null when not understood")
    name: str | None
    sectors: list[str] = Field(description="The sectors searched")
    did_you_mean: list[str] = Field(
        description="Names that were not understood but come close, or that are called the same"
    )


class FiltersApplied(BaseModel):
    listing_type: ListingType
    property_type: PropertyType | None
    budget_min: int
    budget_max: int
    bhk: int | None
    place: PlaceApplied | None


class Suggestion(BaseModel):
    """One changed answer that would show more homes."""

    change: str = Field(
        description="The answer it changes. With listing_type the budget is freed as well, because a rent is no price; "
        "`several`, offered when no single change helps, keeps the type only",
        examples=["budget_max"],
    )
    label: str = Field(examples=["14 homes if the budget grows by ₹8 L"])
    count: int
    request: GuidedSearchRequest


class GuidedSearchResponse(BaseModel):
    results: list[Card]
    total_count: int
    page: int
    per_page: int
    total_pages: int
    has_next: bool
    has_prev: bool
    filters_applied: FiltersApplied
    suggestions: list[Suggestion] = Field(description="One-change relaxations; only when fewer than 6 match")


class HistogramBar(BaseModel):
    price_from: int | None = Field(description="Null for an open bar of all that is cheaper")
    price_to: int | None = Field(description="Exclusive; null for an open bar of all that is dearer")
    count: int


class CountResponse(BaseModel):
    count: int
    by_property_type: dict[PropertyType, int] = Field(description="With the other answers unchanged")
    histogram: list[HistogramBar] = Field(description="Over all prices, whatever the budget")
    filters_applied: FiltersApplied


class Option(BaseModel):
    value: int | str = Field(description="To be sent as this answer")
    label: str
    count: int | None = Field(
        description="Listed homes, for sale where that is not the question; null where it is not counted"
    )
    by_listing_type: dict[ListingType, int] | None = Field(
        default=None, description="The same count for each purpose; null where purpose is the question"
    )


class BudgetScale(BaseModel):
    """The slider for one purpose. Steps hold from their price upwards.

    About 1% of the homes lie below `minimum` and 1% above `maximum`: a handle at its end may be sent as 0 or as the
    largest budget to take them in.
    """

    minimum: int
    maximum: int
    steps: list["Step"]
    histogram: list[HistogramBar] = Field(
        description="From minimum to maximum; homes beyond are counted in an open bar at that end"
    )


class Step(BaseModel):
    price_from: int
    step: int


class Question(BaseModel):
    key: str
    text: str
    help: str


class BudgetQuestion(Question):
    scales: dict[ListingType, BudgetScale]


class ChoiceQuestion(Question):
    options: list[Option]


class PreferenceQuestion(Question):
    choices: list[ChoiceQuestion] = Field(description="One of these is enough")


class QuestionsResponse(BaseModel):
    budget: BudgetQuestion
    property_type: ChoiceQuestion
    preference: PreferenceQuestion
