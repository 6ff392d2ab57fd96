"""How the guided questions are asked. The defaults are what is shipped."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, ValidationError, model_validator

from app.core.price_buckets import LOWER_BOUNDS, SCALES
from app.core.vocabulary import Language, ListingType, PropertyType
from app.schemas.base import Line, RequestModel, Rupees, refused
from app.schemas.search import Bhk, PlaceText

MOST_OPTIONS = 60
MOST_STEPS = 10
# Parts of which nothing may be absent.
WHOLE = {"text", "help", "steps", "options"}
Words = Annotated[Line, StringConstraints(max_length=200)]
V = TypeVar("V")


class Text(RequestModel):
    en: Words
    hi: Words

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        empty = [language for language, words in self if not any(map(str.isalnum, words))]
        if empty:
            raise refused(*((language, f"needs words in {Language(language).name.title()}") for language in empty))
        return self


class Help(RequestModel):
    """Empty: none is shown."""

    en: Words
    hi: Words


class Asked(RequestModel):
    """The words of a question."""

    text: Text
    help: Help


class StepConfig(RequestModel):
    """From this price upwards a handle moves in such steps."""

    price_from: Rupees
    step: Annotated[Rupees, Field(ge=1)]


class Scale(RequestModel):
    """A slider. Where it ends is a price at which homes are counted apart, so that its bars end there too."""

    listing_type: ClassVar[ListingType]

    minimum: Rupees | None = Field(default=None, description="Null: the 1st percentile of the prices of the day")
    maximum: Rupees | None = Field(default=None, description="Null: the 99th percentile")
    steps: Annotated[list[StepConfig], Field(min_length=1, max_length=MOST_STEPS)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        broken = [*self._bound_rules(), *self._step_rules()]
        if broken:
            raise refused(*broken)
        return self

    def _bound_rules(self) -> Iterator[tuple[str, str]]:
        bounds = LOWER_BOUNDS[self.listing_type]
        # The slider has a length, whatever its other end.
        for name, allowed in (("minimum", bounds[:-1]), ("maximum", bounds[1:])):
            price = getattr(self, name)
            if price is not None and price not in allowed:
                nearest = min(allowed, key=lambda bound: abs(bound - price))
                yield name, f"is no price at which this end can be; the nearest is {nearest}"
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            yield "maximum", "must be more than minimum"

    def _step_rules(self) -> Iterator[tuple[str, str]]:
        starts = [each.price_from for each in self.steps]
        if starts[0] != 0:
            yield "steps", "must begin with price_from 0"
        elif any(start >= following for start, following in pairwise(starts)):
            yield "steps", "must be in order of price_from, each once"
        elif (missed := self._missed(starts)) is not None:
            yield "steps", f"must lead to {missed}, where the slider may end or the step changes"

    def _missed(self, starts: Sequence[int]) -> int | None:
        """The first price that a handle must be able to stand on, and cannot."""
        given = {self.minimum, self.maximum}
        ends = LOWER_BOUNDS[self.listing_type] if None in given else sorted(filter(None, given))
        for price in sorted({*starts[1:], *ends}):
            last = [each for each in self.steps if each.price_from < price]
            if last and (price - last[-1].price_from) % last[-1].step:
                return price
        return None


def _shipped_steps(listing_type: ListingType) -> list[StepConfig]:
    return [StepConfig(price_from=start, step=step) for start, step in SCALES[listing_type][0]]


class SaleScale(Scale):
    listing_type = ListingType.SALE
    steps: Annotated[list[StepConfig], Field(min_length=1, max_length=MOST_STEPS)] = _shipped_steps(ListingType.SALE)


class RentScale(Scale):
    listing_type = ListingType.RENT
    steps: Annotated[list[StepConfig], Field(min_length=1, max_length=MOST_STEPS)] = _shipped_steps(ListingType.RENT)


class BudgetConfig(Asked):
    text: Text = Text(en="What would you like to spend?", hi="आप कितना खर्च करना चाहेंगे?")
    help: Help = Help(en="The whole price to buy, or the rent a month.", hi="खरीदने की पूरी कीमत, या महीने का किराया।")
    sale: SaleScale = SaleScale()
    rent: RentScale = RentScale()


class OptionConfig(RequestModel, Generic[V]):
    """What is left out is as shipped. A hidden option is not offered; a search takes it all the same."""

    value: V
    label: Text | None = None
    hidden: StrictBool = False


class ChoiceConfig(Asked, Generic[V]):
    """Options that are named come first, in their order; the others follow in the usual one."""

    all_values: ClassVar[frozenset[str]] = frozenset()
    """Of which one at least must be shown."""

    options: list[OptionConfig[V]] = Field(default=[], max_length=MOST_OPTIONS)

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        values = [option.value for option in self.options]
        if len(set(values)) < len(values):
            raise refused(("options", "must name each value once"))
        hidden = {option.value for option in self.options if option.hidden}
        if self.all_values and self.all_values <= hidden:
            raise refused(("options", "must leave one that is not hidden"))
        return self


class PropertyTypeConfig(ChoiceConfig[PropertyType]):
    all_values = frozenset(PropertyType)

    text: Text = Text(en="What kind of place?", hi="किस तरह की जगह?")
    help: Help = Help(en="Counts are for all of Noida and Greater Noida.", hi="संख्याएँ पूरे नोएडा और ग्रेटर नोएडा की हैं।")


class BhkConfig(ChoiceConfig[Bhk]):
    text: Text = Text(en="How many bedrooms?", hi="कितने बेडरूम?")
    help: Help = Help(en="BHK: bedrooms, hall, kitchen.", hi="BHK: बेडरूम, हॉल, किचन।")


class ListingTypeConfig(ChoiceConfig[ListingType]):
    all_values = frozenset(ListingType)

    text: Text = Text(en="Buy or rent?", hi="खरीदना है या किराये पर लेना है?")
    help: Help = Help(en="", hi="")


class PlaceConfig(ChoiceConfig[PlaceText]):
    text: Text = Text(en="Where?", hi="कहाँ?")
    help: Help = Help(
        en="A sector, a metro station, a society or one of these areas.",
        hi="कोई सेक्टर, मेट्रो स्टेशन, सोसाइटी या इनमें से कोई इलाका।",
    )


class PreferenceConfig(Asked):
    text: Text = Text(en="One more wish?", hi="एक और पसंद?")
    help: Help = Help(
        en="Rooms, buying or renting, or a place. One is enough.",
        hi="कमरे, खरीदना या किराये पर लेना, या कोई जगह। एक काफ़ी है।",
    )
    bhk: BhkConfig = BhkConfig()
    listing_type: ListingTypeConfig = ListingTypeConfig()
    locality_preference: PlaceConfig = PlaceConfig()


class QuestionsConfig(RequestModel):
    """All of it; what is left out of a PUT becomes as shipped."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "budget": {"sale": {"minimum": 2_000_000, "maximum": 50_000_000}},
                    "property_type": {"options": [{"value": "villa"}, {"value": "commercial", "hidden": True}]},
                }
            ]
        }
    )

    budget: BudgetConfig = BudgetConfig()
    property_type: PropertyTypeConfig = PropertyTypeConfig()
    preference: PreferenceConfig = PreferenceConfig()


def usable(document: Any) -> tuple[QuestionsConfig, dict[str, str]]:
    """What of a stored document these rules let through, and by part what they refuse, which is as shipped instead.

    They may be stricter than those under which it was stored. The document is changed.
    """
    broken: dict[str, str] = {}
    while True:
        try:
            return QuestionsConfig.model_validate(document), broken
        except ValidationError as refused:
            problem = refused.errors(include_url=False, include_context=False)[0]
            part = _leave_out(document, problem["loc"])
            broken.setdefault(part or "everything", problem["msg"])
            if not part:
                return QuestionsConfig(), broken


def _leave_out(document: Any, loc: Sequence[int | str]) -> str:
    """Take out the smallest part around this place that may be absent; "" when there is none."""
    holder, way = document, []
    for name in loc:
        if not isinstance(holder, dict) or name not in holder:
            break
        way.append((holder, str(name)))
        holder = holder[name]
        if name in WHOLE:
            break
    if way:
        inner, last = way[-1]
        del inner[last]
    return ".".join(name for _, name in way)


class StoredQuestions(BaseModel):
    """`version` is the number in the ETag."""

    questions: QuestionsConfig
    refused: dict[str, str] = Field(
        description="Parts as they are stored that this release refuses, and why; they are asked as shipped"
    )
    version: int
    updated_at: datetime
