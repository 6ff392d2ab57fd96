"""Guided search: what an answer means, which page it shows, and what to offer when few homes match."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from app.config.database import DirectReads
from app.core.exceptions import InvalidInputError
from app.core.price_buckets import LOWER_BOUNDS, SCALES
from app.core.vocabulary import City, ListingType, PropertyType
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
from app.services.imports.cities import other_city
from app.services.plain_words.understanding import understand
from app.services.suggestions import Offer, last_resorts, offers, within

FEW = 6
DID_YOU_MEAN = 3
HISTOGRAM_BARS = 24
NAMES = {
    PropertyType.FLAT: "Flat",
    PropertyType.VILLA: "Villa",
    PropertyType.PLOT: "Plot",
    PropertyType.COMMERCIAL: "Commercial",
}


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What a typed place was understood as; `place` is None when it was not. `others` may be meant instead."""

    typed: str
    place: PlaceRecord | None
    others: Sequence[PlaceRecord] = ()

    def applied(self, known: KnownPlaces) -> PlaceApplied:
        place = self.place
        return PlaceApplied(
            typed=self.typed,
            kind=place.kind.value if place else None,
            name=place.name if place else None,
            sectors=[known.sector_places[number].name for number in place.sector_ids] if place else [],
            did_you_mean=[other.name for other in self.others],
        )


def understand_place(typed: str | None, known: KnownPlaces) -> PlaceAnswer | None:
    if typed is None:
        return None
    gazetteer = known.gazetteer
    if other_city(typed) and not gazetteer.named(typed):
        return PlaceAnswer(typed, None)  # "Sector 62, Gurgaon"
    if match := gazetteer.resolve(typed):
        return PlaceAnswer(typed, match.place, gazetteer.also_meant(typed, match.place))
    similar = [place for place, _ in gazetteer.suggest(typed, limit=DID_YOU_MEAN * 2)]
    return PlaceAnswer(typed, None, [place for place in similar if gazetteer.means(place.name, place)][:DID_YOU_MEAN])


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
    return within(criteria, answer.place)


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
    return b'{"results":[' + page.cards.encode() + b"]" + _AFTER_CARDS + orjson.dumps(rest)[len(_AFTER_CARDS) :]


# What the rest begins with, and stands nowhere else in it.
_AFTER_CARDS = b',"total_count":'


def totals_of(answer: bytes) -> bytes:
    """The part of a guided search's answer that follows the cards: the only small one."""
    return answer[answer.rindex(_AFTER_CARDS) :]


def read_totals(part: bytes) -> dict[str, Any]:
    totals: dict[str, Any] = orjson.loads(b"{" + part[1:])
    return totals


async def _suggest(
    reads: DirectReads,
    places: Places,
    request: GuidedSearchRequest,
    criteria: Criteria,
    place: PlaceAnswer | None,
    total: int,
) -> list[Suggestion]:
    """Count every one-change relaxation in one statement and keep those that show more homes."""
    known = await places.known()
    candidates = offers(request, criteria, place.place if place else None, place.others if place else (), known)
    last = last_resorts(request, criteria)
    counts = await search.count_each(reads, [offer.criteria for offer in (*candidates, *last)])
    suggestions: list[Suggestion] = []
    # A wider step of the same answer is worth offering only when it shows more than the narrower one did.
    shown: dict[str, int] = {}
    for candidate, count in zip(candidates, counts, strict=False):
        if count <= (shown.get(candidate.change, total) if candidate.widens else 0):
            continue
        if candidate.widens:
            shown[candidate.change] = count
        suggestions.append(_suggestion(candidate, count))
    if not suggestions:
        fallen_back = zip(last, counts[len(candidates) :], strict=True)
        suggestions = [_suggestion(offer, count) for offer, count in fallen_back if count > total][:1]
    return suggestions


def _suggestion(offer: Offer, count: int) -> Suggestion:
    return Suggestion(change=offer.change, label=offer.label(count), count=count, request=offer.request)


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
    return _bars(listing_type, buckets, min(buckets), max(buckets) + 1)


def _bars(listing_type: ListingType, buckets: dict[int, int], first: int, end: int) -> list[HistogramBar]:
    """Bars over the buckets from `first` to before `end`, the last one narrower where they do not divide."""
    bounds = [*LOWER_BOUNDS[listing_type], None]
    width = -(-(end - first) // HISTOGRAM_BARS)
    starts = range(first, end, width)
    return [
        HistogramBar(
            price_from=bounds[start],
            price_to=bounds[stop],
            count=sum(buckets.get(bucket, 0) for bucket in range(start, stop)),
        )
        for start, stop in zip(starts, [*starts[1:], end], strict=True)
    ]


def budget_scale(listing_type: ListingType, buckets: dict[int, int]) -> BudgetScale:
    """Slider bounds at the 1st and 99th percentile of active prices, on the scale's own steps; bars for all prices."""
    bounds = LOWER_BOUNDS[listing_type]
    dearest = len(bounds) - 1  # the open bucket, which the slider stops before
    first, end = 0, dearest
    total, seen = sum(buckets.values()), 0
    for bucket in sorted(buckets):
        if seen <= total * 0.01:
            first = min(bucket, dearest - 1)
        seen += buckets[bucket]
        end = min(bucket + 1, dearest)
        if seen >= total * 0.99:
            break
    low, high = bounds[first], bounds[end]
    below = sum(number for bucket, number in buckets.items() if bucket < first)
    above = sum(number for bucket, number in buckets.items() if bucket >= end)
    bars = _bars(listing_type, buckets, first, end) if buckets else []
    if below:
        bars.insert(0, HistogramBar(price_from=None, price_to=low, count=below))
    if above:
        bars.append(HistogramBar(price_from=high, price_to=None, count=above))
    return BudgetScale(
        minimum=low,
        maximum=high,
        steps=[Step(price_from=start, step=step) for start, step in SCALES[listing_type][0]],
        histogram=bars,
    )


def _option(value: int | str, label: str, counts: dict[ListingType, int]) -> Option:
    return Option(value=value, label=label, count=counts[ListingType.SALE], by_listing_type=counts)


async def questions(reads: DirectReads, places: Places) -> QuestionsResponse:
    """The three questions with what the data says: slider bounds, options and their counts. One statement."""
    overview = await search.read_overview(reads)
    known = await places.known()
    rooms = sorted({bhk for counts in overview.bhk.values() for bhk in counts if bhk})
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
                _option(kind, NAMES[kind], {each: overview.property_types[each].get(kind, 0) for each in ListingType})
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
                        _option(bhk, f"{bhk} BHK", {each: overview.bhk[each].get(bhk, 0) for each in ListingType})
                        for bhk in rooms
                    ],
                ),
                ChoiceQuestion(
                    key="listing_type",
                    text="Buy or rent?",
                    help="",
                    options=[
                        Option(value=kind, label=label, count=overview.listing_types[kind])
                        for kind, label in ((ListingType.SALE, "Buy"), (ListingType.RENT, "Rent"))
                    ],
                ),
                ChoiceQuestion(
                    key="locality_preference",
                    text="Where?",
                    help="A sector, a metro station, a society or one of these areas.",
                    options=[
                        Option(value=name, label=name, count=None)
                        for name in (*City, *(zone.name for zone in known.zones))
                    ],
                ),
            ],
        ),
    )
