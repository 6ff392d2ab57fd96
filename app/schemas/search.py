"""Guided search on the wire."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictInt,
    StringConstraints,
    WrapValidator,
    model_validator,
)

from app.core.vocabulary import AreaBasis, ListingType, PriceCategory, PropertyType
from app.schemas.base import MAX_BHK, MAX_RUPEES, WITHOUT_BHK, Paragraphs, RequestModel, Rupees, refused
from app.schemas.image import Image
from app.schemas.paging import MAX_DEPTH, check_depth

Bhk = Annotated[StrictInt, Field(ge=1, le=MAX_BHK, description="Bedrooms; the third answer for flats and villas")]
PlaceText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=100),
    Field(description="A sector, zone, metro station, society or locality as people type it", examples=["sector 137"]),
]
PlainWords = Annotated[
    Paragraphs,
    Field(
        max_length=200,
        description="The answers in plain words; those given beside it go before it",
        examples=["3bhk near sector 137 metro under 1.2 cr"],
    ),
]
PageNumber = Annotated[StrictInt, Field(ge=1, le=MAX_DEPTH)]
PageSize = Annotated[StrictInt, Field(ge=1, le=100)]
ANSWERS_EXAMPLE: dict[str, JsonValue] = {
    "budget_min": 5_000_000,
    "budget_max": 10_000_000,
    "property_type": "flat",
    "bhk": 2,
}
WORDS_EXAMPLE: dict[str, JsonValue] = {"q": "3bhk near sector 137 metro under 1.2 cr east facing"}
SuggestionChange = Literal[
    "budget_min", "budget_max", "property_type", "listing_type", "bhk", "locality_preference", "several"
]
AnswerName = Literal["budget_min", "budget_max", "property_type", "listing_type", "bhk", "locality_preference"]


class Answers(RequestModel):
    """What the visitor answered so far."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANSWERS_EXAMPLE]})

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
    page: PageNumber = 1
    per_page: PageSize = 20

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_answers(self.budget_min, self.budget_max, self.property_type, self.bhk)
        check_depth(self.page, self.per_page)
        return self


class CountRequest(Answers):
    """Any of the answers may still be missing."""

    q: PlainWords | None = None
    budget_min: Rupees = 0
    budget_max: Rupees = MAX_RUPEES
    property_type: PropertyType | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_answers(self.budget_min, self.budget_max, self.property_type, self.bhk)
        return self

    def given(self) -> dict[str, Any]:
        """The answers that were given themselves."""
        return self.model_dump(exclude={"q", "page", "per_page"}, exclude_unset=True, exclude_none=True)


class PlainWordsRequest(CountRequest):
    """Guided search by a sentence; what it does not say may be given beside it."""

    model_config = ConfigDict(json_schema_extra={"examples": [WORDS_EXAMPLE]})

    q: PlainWords
    page: PageNumber = 1
    per_page: PageSize = 20

    @model_validator(mode="after")
    def _check_page(self) -> Self:
        check_depth(self.page, self.per_page)
        return self


def _by_q(body: Any, _: Any) -> GuidedSearchRequest | PlainWordsRequest:
    # Not left to the union, which would name both models' rules in its errors.
    if isinstance(body, dict) and "q" in body:
        if body["q"] is not None:
            return PlainWordsRequest.model_validate(body)
        body = {name: value for name, value in body.items() if name != "q"}
    return GuidedSearchRequest.model_validate(body, from_attributes=True)


GuidedSearchBody = Annotated[GuidedSearchRequest | PlainWordsRequest, WrapValidator(_by_q)]


class PricePosition(BaseModel):
    """Where the price per sq ft stands among its comparables, in percent from their median."""

    difference_percentage: float
    p25_percentage: float
    p75_percentage: float
    sample_size: int


class KeyMetrics(BaseModel):
    vastu_score: int | None
    natural_light_score: int | None
    heat_score: int | None = Field(description="Summer heat of the same wall; 100 is the hottest of the eight")
    price_vs_market: PriceCategory | None
    price_position: PricePosition | None = Field(description="There with a verdict")


class Reason(BaseModel):
    """What is said in English elsewhere, for a sentence in another language."""

    code: str = Field(examples=["metro"])
    figures: dict[str, int | str | None] = Field(examples=[{"distance_m": 654, "station": "Sector 137 metro"}])


class Card(BaseModel):
    id: UUID
    title: str
    price: int = Field(description="Rupees; for rent, rupees a month")
    area_sqft: float | None
    area_basis: AreaBasis | None
    price_per_sqft: float | None
    locality: str
    sector: str | None
    society_name: str | None = Field(description="As the listing says it")
    bhk: int | None
    floor_number: int | None = Field(default=None, description="0 is the ground floor; below it a basement")
    total_floors: int | None = None
    property_type: PropertyType
    listing_type: ListingType
    primary_image: Image | None
    key_metrics: KeyMetrics
    reasons: list[str] = Field(max_length=3, description="The strongest reasons, each with the figure it rests on")
    reason_figures: list[Reason] = Field(max_length=3, description="The same reasons as code and figures")


class PlaceApplied(BaseModel):
    """What the place answer was understood as."""

    typed: str
    kind: str | None = Field(
        description="city, zone, sector, station, society, place, locality; null when not understood"
    )
    name: str | None
    sectors: list[str] = Field(description="The sectors searched; none for a locality whose sector is not known")
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


class Chip(BaseModel):
    """One answer that was read out of `q`, to show and to change."""

    answer: AnswerName
    value: int | str = Field(description="To be sent as this answer")
    label: str = Field(examples=["up to ₹1.2 Cr"])
    text: str | None = Field(description="The words of `q` it comes from; null when none of them says so")
    assumed: bool = Field(description="Whether `q` leaves it open, so that it is worth a look")


class NotUsed(Reason):
    """Words that are understood and are no answer of this search, or not a single one."""

    text: str = Field(examples=["east facing"])
    reason: str
    code: str = Field(examples=["facing"])


class Understood(BaseModel):
    chips: list[Chip] = Field(description="With the answers given beside `q`, all that was searched for")
    not_understood: list[str]
    not_used: list[NotUsed]


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
    understood: Understood | None = Field(description="What `q` was understood as; null without it")


class HistogramBar(BaseModel):
    price_from: int | None = Field(description="Null for an open bar of all that is cheaper")
    price_to: int | None = Field(description="Exclusive; null for an open bar of all that is dearer")
    count: int


class CountResponse(BaseModel):
    count: int
    by_property_type: dict[PropertyType, int] = Field(description="With the other answers unchanged")
    histogram: list[HistogramBar] = Field(description="Over all prices, whatever the budget")
    filters_applied: FiltersApplied
    understood: Understood | None = Field(description="What `q` was understood as; null without it")
