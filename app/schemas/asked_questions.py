"""The three guided questions on the wire, as visitors get them; how admins set them is in schemas/questions.py."""

from pydantic import BaseModel, Field

from app.core.vocabulary import ListingType
from app.schemas.search import HistogramBar


class Option(BaseModel):
    value: int | str = Field(description="To be sent as this answer")
    label: str
    label_hi: str
    count: int | None = Field(
        description="Listed homes, for sale where that is not the question; null where it is not counted"
    )
    by_listing_type: dict[ListingType, int] | None = Field(
        default=None, description="The same count for each purpose; null where purpose is the question"
    )


class Step(BaseModel):
    price_from: int
    step: int


class BudgetScale(BaseModel):
    """The slider for one purpose. Steps hold from their price upwards.

    Some homes lie below `minimum` and above `maximum`, 1% each unless an admin set them: a handle at its end may be
    sent as 0 or as the largest budget to take them in.
    """

    minimum: int
    maximum: int
    steps: list[Step]
    histogram: list[HistogramBar] = Field(
        description="From minimum to maximum; homes beyond are counted in an open bar at that end"
    )


class Question(BaseModel):
    key: str
    text: str
    text_hi: str = Field(description="In Hindi, as `help_hi` and each `label_hi`")
    help: str
    help_hi: str


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
