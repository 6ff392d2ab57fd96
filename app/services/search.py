"""Guided search: what an answer means, which page it shows, and what to offer when few homes match."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from app.config.database import DirectReads
from app.core.exceptions import InvalidInputError
from app.core.vocabulary import PropertyType
from app.repositories import search
from app.repositories.search import Criteria
from app.schemas.search import (
    Answers,
    CountRequest,
    CountResponse,
    FiltersApplied,
    GuidedSearchRequest,
    PlaceApplied,
    PlainWordsRequest,
    Suggestion,
    Understood,
)
from app.services.gazetteer import KnownPlaces, Places
from app.services.geography import PlaceRecord
from app.services.imports.cities import other_city
from app.services.plain_words.understanding import understand
from app.services.slider import histogram
from app.services.suggestions import Offer, last_resorts, offers, within

FEW = 6
DID_YOU_MEAN = 3
REASONS_TOLD = 3  # an answer must not be much longer than what was asked


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


def criteria_of(
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
        said = dict.fromkeys(f"; {each.text}: {each.reason}" for each in understood.not_used)
        reasons = "".join(list(said)[:REASONS_TOLD])
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
    criteria = criteria_of(request, request.property_type, place)
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
    criteria = [criteria_of(request, kind, place) for kind in PropertyType]
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
