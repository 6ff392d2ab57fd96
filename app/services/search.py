"""Guided search: what an answer means, which page it shows, and what to offer when few homes match."""

from dataclasses import dataclass, replace
from typing import Any

import orjson

from app.config.database import DirectReads
from app.core.exceptions import InvalidInputError
from app.core.price_buckets import LOWER_BOUNDS, SCALES
from app.core.vocabulary import ListingType, PropertyType
from app.repositories import search
from app.repositories.search import Criteria
from app.schemas.search import (
    Answers,
    BudgetQuestion,
    BudgetScale,
    ChoiceQuestion,
    CountRequest,
    CountResponse,
    FiltersApplied,
    GuidedSearchRequest,
    HistogramBar,
    Option,
    PlaceApplied,
    PlainWordsRequest,
    PreferenceQuestion,
    QuestionsResponse,
    Step,
    Suggestion,
    Understood,
)
from app.services.gazetteer import KnownPlaces, Places
from app.services.geography import PlaceRecord
from app.services.plain_words.understanding import understand
from app.services.suggestions import offers

FEW = 6
HISTOGRAM_BARS = 24
NAMES = {
    PropertyType.FLAT: "Flat",
    PropertyType.VILLA: "Villa",
    PropertyType.PLOT: "Plot",
    PropertyType.COMMERCIAL: "Commercial",
}


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What a typed place was understood as; `place` is None when it was not."""

    typed: str
    place: PlaceRecord | None
    did_you_mean: tuple[str, ...] = ()

    def applied(self, known: KnownPlaces) -> PlaceApplied:
        place = self.place
        return PlaceApplied(
            typed=self.typed,
            kind=place.kind.value if place else None,
            name=place.name if place else None,
            sectors=[known.sector_names[number] for number in place.sector_ids] if place else [],
            did_you_mean=list(self.did_you_mean),
        )


def understand_place(typed: str | None, known: KnownPlaces) -> PlaceAnswer | None:
    if typed is None:
        return None
    match = known.gazetteer.resolve(typed)
    if match is None:
        return PlaceAnswer(typed, None, tuple(other.place.name for other in known.gazetteer.suggest(typed)))
    return PlaceAnswer(typed, match.place)


def _criteria(
    answers: GuidedSearchRequest | CountRequest, property_type: PropertyType, answer: PlaceAnswer | None
) -> Criteria:
    criteria = Criteria(
        listing_type=answers.listing_type,
        property_type=property_type,
        budget_min=answers.budget_min,
        budget_max=answers.budget_max,
        bhk=answers.bhk,
    )
    if answer is None:
        return criteria
    if answer.place is None:
        return replace(criteria, sector_ids=())  # not understood: nothing matches, nothing is silently widened
    if answer.place.society_id is not None:
        return replace(criteria, society_id=answer.place.society_id)
    return replace(criteria, sector_ids=answer.place.sector_ids)


def _filters(
    answers: GuidedSearchRequest | CountRequest, place: PlaceAnswer | None, known: KnownPlaces | None
) -> FiltersApplied:
    return FiltersApplied(
        listing_type=answers.listing_type,
        property_type=answers.property_type,
        budget_min=answers.budget_min,
        budget_max=answers.budget_max,
        bhk=answers.bhk,
        place=place.applied(known) if place and known else None,
    )


async def _understand(answers: Answers, places: Places) -> tuple[PlaceAnswer | None, KnownPlaces | None]:
    if answers.locality_preference is None:
        return None, None
    known = await places.known()
    return understand_place(answers.locality_preference, known), known


async def _read_words(body: CountRequest, q: str, places: Places) -> tuple[dict[str, Any], Understood]:
    """The answers said in plain words and given beside them; what is given goes first."""
    given = body.given()
    understood = understand(q, (await places.known()).gazetteer, given)
    return {chip.answer: chip.value for chip in understood.chips} | given, understood


async def _complete(body: PlainWordsRequest, places: Places) -> tuple[GuidedSearchRequest, Understood]:
    answers, understood = await _read_words(body, body.q, places)
    if not {"budget_min", "budget_max", "property_type"} <= answers.keys():
        reasons = "".join(f"; {each.text}: {each.reason}" for each in understood.not_used)
        raise InvalidInputError("q", f"says neither a budget, a type, BHK, buying or renting nor a place{reasons}")
    return GuidedSearchRequest(**answers, page=body.page, per_page=body.per_page), understood


async def guided(reads: DirectReads, places: Places, body: GuidedSearchRequest | PlainWordsRequest) -> bytes:
    """Answer as JSON bytes (GuidedSearchResponse): one statement, two when fewer than 6 match.

    Raises InvalidInputError for a page beyond the last one, and for plain words that say nothing or contradict.
    """
    understood = None
    if isinstance(body, PlainWordsRequest):
        request, understood = await _complete(body, places)
    else:
        request = body
    place, known = await _understand(request, places)
    criteria = _criteria(request, request.property_type, place)
    offset = (request.page - 1) * request.per_page
    page = await search.find_page(reads, criteria, limit=request.per_page, offset=offset)
    pages = -(-page.total // request.per_page)
    if request.page > max(pages, 1):
        raise InvalidInputError("page", f"the last page is {max(pages, 1)}")
    suggestions: list[Suggestion] = []
    if page.total < FEW:
        suggestions = await _suggest(reads, places, request, criteria, place, page.total)
    rest = {
        "total_count": page.total,
        "page": request.page,
        "per_page": request.per_page,
        "total_pages": pages,
        "has_next": request.page < pages,
        "has_prev": request.page > 1,
        "filters_applied": _filters(request, place, known).model_dump(mode="json"),
        "suggestions": [suggestion.model_dump(mode="json") for suggestion in suggestions],
        "understood": understood.model_dump(mode="json") if understood else None,
    }
    # The cards are finished JSON texts; everything else is small.
    return b'{"results":[' + page.cards.encode() + b"]," + orjson.dumps(rest)[1:]


async def _suggest(
    reads: DirectReads,
    places: Places,
    request: GuidedSearchRequest,
    criteria: Criteria,
    place: PlaceAnswer | None,
    total: int,
) -> list[Suggestion]:
    """Count every one-change relaxation in one statement and keep those that show more homes."""
    candidates = offers(request, criteria, place.place if place else None, await places.known())
    counts = await search.count_each(reads, [candidate.criteria for candidate in candidates])
    suggestions: list[Suggestion] = []
    # A wider step of the same answer is worth offering only when it shows more than the narrower one did.
    shown: dict[str, int] = {}
    for candidate, count in zip(candidates, counts, strict=True):
        if count <= (shown.get(candidate.change, total) if candidate.widens else 0):
            continue
        if candidate.widens:
            shown[candidate.change] = count
        label = f"{count} {'home' if count == 1 else 'homes'} {candidate.phrase}"
        suggestions.append(Suggestion(change=candidate.change, label=label, count=count, request=candidate.request))
    return suggestions


async def count(reads: DirectReads, places: Places, request: CountRequest) -> CountResponse:
    """The count and the slider's histogram for answers that may be partial; two statements.

    Raises InvalidInputError for plain words that contradict.
    """
    understood = None
    if request.q is not None:
        answers, understood = await _read_words(request, request.q, places)
        request = CountRequest(**answers)
    place, known = await _understand(request, places)
    criteria = [_criteria(request, kind, place) for kind in PropertyType]
    counts = dict(zip(PropertyType, await search.count_each(reads, criteria), strict=True))
    chosen = [request.property_type] if request.property_type else list(PropertyType)
    buckets = await search.count_by_bucket(reads, criteria[0], chosen)
    return CountResponse(
        count=sum(counts[kind] for kind in chosen),
        by_property_type=counts,
        histogram=histogram(request.listing_type, buckets),
        filters_applied=_filters(request, place, known),
        understood=understood,
    )


def histogram(listing_type: ListingType, buckets: dict[int, int]) -> list[HistogramBar]:
    """At most 24 bars of neighbouring price buckets, from the first to the last bucket that holds a home."""
    if not buckets:
        return []
    bounds = LOWER_BOUNDS[listing_type]
    first, last = min(buckets), max(buckets)
    width = -(-(last - first + 1) // HISTOGRAM_BARS)
    return [
        HistogramBar(
            price_from=bounds[start],
            price_to=bounds[start + width] if start + width < len(bounds) else None,
            count=sum(buckets.get(bucket, 0) for bucket in range(start, start + width)),
        )
        for start in range(first, last + 1, width)
    ]


def budget_scale(listing_type: ListingType, buckets: dict[int, int]) -> BudgetScale:
    """Slider bounds at the 1st and 99th percentile of active prices, on the scale's own steps."""
    bounds = LOWER_BOUNDS[listing_type]
    steps, end = SCALES[listing_type]
    low, high = 0, end
    total, seen = sum(buckets.values()), 0
    for bucket in sorted(buckets):
        if seen <= total * 0.01:
            low = bounds[bucket]
        seen += buckets[bucket]
        high = bounds[min(bucket + 1, len(bounds) - 1)]
        if seen >= total * 0.99:
            break
    inside = {bucket: number for bucket, number in buckets.items() if low <= bounds[bucket] < high}
    return BudgetScale(
        minimum=low,
        maximum=high,
        steps=[Step(price_from=start, step=step) for start, step in steps],
        histogram=histogram(listing_type, inside),
    )


async def questions(reads: DirectReads, places: Places) -> QuestionsResponse:
    """The three questions with what the data says: slider bounds, options and their counts. One statement."""
    overview = await search.read_overview(reads)
    known = await places.known()
    sale, rent = overview.listing_types.get(ListingType.SALE, 0), overview.listing_types.get(ListingType.RENT, 0)
    return QuestionsResponse(
        budget=BudgetQuestion(
            key="budget",
            text="What would you like to spend?",
            help="The whole price to buy, or the rent a month.",
            scales={kind: budget_scale(kind, overview.buckets[kind]) for kind in ListingType},
        ),
        property_type=ChoiceQuestion(
            key="property_type",
            text="What kind of place?",
            help="Counts are for all of Noida and Greater Noida.",
            options=[
                Option(value=kind, label=NAMES[kind], count=overview.property_types.get(kind, 0))
                for kind in PropertyType
            ],
        ),
        preference=PreferenceQuestion(
            key="preference",
            text="One more wish?",
            help="Rooms, buying or renting, or a place. One is enough.",
            choices=[
                ChoiceQuestion(
                    key="bhk",
                    text="How many bedrooms?",
                    help="BHK: bedrooms, hall, kitchen.",
                    options=[
                        Option(value=str(bhk), label=f"{bhk} BHK", count=number)
                        for bhk, number in sorted(overview.bhk.items())
                        if bhk
                    ],
                ),
                ChoiceQuestion(
                    key="listing_type",
                    text="Buy or rent?",
                    help="",
                    options=[
                        Option(value=ListingType.SALE, label="Buy", count=sale),
                        Option(value=ListingType.RENT, label="Rent", count=rent),
                    ],
                ),
                ChoiceQuestion(
                    key="locality_preference",
                    text="Where?",
                    help="A sector, a metro station, a society or one of these areas.",
                    options=[Option(value=zone.name, label=zone.name, count=None) for zone in known.zones],
                ),
            ],
        ),
    )
