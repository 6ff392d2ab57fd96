"""What the three questions show while they are answered: the slider, and how many homes each answer leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.config.database import DirectReads
from app.core.price_buckets import LOWER_BOUNDS
from app.core.vocabulary import ListingType, PropertyType
from app.repositories import search
from app.schemas.asked_questions import ChoiceQuestion, QuestionsResponse
from app.schemas.base import WITHOUT_BHK
from app.schemas.questions import QuestionsConfig
from app.schemas.search import CountRequest, HistogramBar
from app.services.gazetteer import Places
from app.services.questions import as_asked, configured
from app.services.search import PlaceAnswer, criteria_of, understand_place
from app.services.slider import slider_bars, stops


@dataclass(frozen=True, slots=True)
class Asked:
    """Counts are of listed homes of the purpose asked for."""

    questions: QuestionsResponse
    answers: CountRequest
    kind: PropertyType
    steps: Sequence[int]
    """The prices at which the slider's handles stand; at its first and last step homes beyond are meant as well."""
    bars: Sequence[HistogramBar]
    """Homes of the type and preference by price, along the slider."""
    total: int
    """What matches all answers."""
    by_type: dict[PropertyType, int]
    """Those offered, within the budget; BHK and place are not asked of them, since another type drops the former."""
    by_bhk: dict[int, int]
    """Those offered, of the type, within the budget and place; empty for a type without rooms."""
    listed: dict[PropertyType, int]
    """All there are."""
    place: PlaceAnswer | None


async def ask(
    reads: DirectReads, places: Places, answers: CountRequest, config: QuestionsConfig | None = None
) -> Asked:
    """As stored, or as they would be asked by `config`. Four statements at most, whatever the answers.

    What is not answered is as usual, where that is offered.
    """
    known = await places.known()
    overview = await search.read_overview(reads)
    if config is None:
        config, _ = await configured(reads)
    questions = as_asked(config, overview, known)
    rooms, purposes, _ = questions.preference.choices
    if not answers.model_fields_set:
        answers = CountRequest(listing_type=ListingType(_usual(purposes, ListingType.SALE)))
    kind = answers.property_type or PropertyType(_usual(questions.property_type, PropertyType.FLAT))
    place = understand_place(answers.locality_preference, known)
    chosen = criteria_of(answers, kind, place)
    anywhere = criteria_of(answers.model_copy(update={"bhk": None}), kind, None)
    kinds = [PropertyType(value) for value in _offered(questions.property_type)]
    bhks = [] if kind in WITHOUT_BHK else [int(value) for value in _offered(rooms)]
    alternatives = [replace(anywhere, property_type=each) for each in kinds] + [replace(chosen, bhk=n) for n in bhks]
    total, *counts = await search.count_each(reads, [chosen, *alternatives])
    priced = await search.count_by_bucket(reads, chosen, [kind])
    bounds, scale = LOWER_BOUNDS[answers.listing_type], questions.budget.scales[answers.listing_type]
    first, end = bounds.index(scale.minimum), bounds.index(scale.maximum)
    return Asked(
        questions=questions,
        answers=answers,
        kind=kind,
        steps=stops(scale),
        bars=slider_bars(answers.listing_type, priced, first, end),
        total=total,
        by_type=dict(zip(kinds, counts, strict=False)),
        by_bhk=dict(zip(bhks, counts[len(kinds) :], strict=True)),
        listed={each: overview.property_types[answers.listing_type].get(each, 0) for each in PropertyType},
        place=place,
    )


def _offered(question: ChoiceQuestion) -> list[str]:
    return [str(option.value) for option in question.options]


def _usual(question: ChoiceQuestion, usual: str) -> str:
    offered = _offered(question)
    return usual if usual in offered else offered[0]
