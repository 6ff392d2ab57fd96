"""One-change relaxations of a search, ordered by how little they change."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.core.money import format_rupees
from app.core.price_buckets import LOWER_BOUNDS, price_bucket
from app.core.vocabulary import PropertyType
from app.repositories.search import Criteria
from app.schemas.base import MAX_BHK, MAX_RUPEES, WITHOUT_BHK
from app.schemas.search import GuidedSearchRequest
from app.services.gazetteer import KnownPlaces
from app.services.geography import PlaceKind, PlaceRecord

BUDGET_STEPS = (5, 10, 25)
PLURALS = {
    PropertyType.FLAT: "flats",
    PropertyType.VILLA: "villas",
    PropertyType.PLOT: "plots",
    PropertyType.COMMERCIAL: "commercial spaces",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """`phrase` follows the count: "14 homes" + "if the budget grows by ₹8 L"."""

    change: str
    phrase: str
    criteria: Criteria
    request: GuidedSearchRequest
    widens: bool
    """Whether the present results are among the offered ones, so that only more of them are worth offering."""


def offers(
    request: GuidedSearchRequest, criteria: Criteria, place: PlaceRecord | None, known: KnownPlaces
) -> list[Offer]:
    """All relaxations worth counting, the smallest change first."""
    ranked = [
        *_budgets(request, criteria),
        *_places(request, criteria, place, known),
        *_bhk(request, criteria),
        *_dropped(request, criteria),
        *_types(request, criteria),
    ]
    return [offer for _, offer in sorted(ranked, key=lambda pair: pair[0])]


def _offer(
    request: GuidedSearchRequest,
    criteria: Criteria,
    change: str,
    value: Any,
    phrase: str,
    *,
    widens: bool,
    where: dict[str, Any] | None = None,
) -> Offer:
    """`where`: what the changed answer does to the criteria, when they do not hold it by the same name."""
    return Offer(
        change=change,
        phrase=phrase,
        criteria=replace(criteria, **(where or {change: value})),
        request=request.model_copy(update={"page": 1, change: value}),
        widens=widens,
    )


def _budgets(request: GuidedSearchRequest, criteria: Criteria) -> Iterator[tuple[float, Offer]]:
    bounds = LOWER_BOUNDS[criteria.listing_type]
    for percent in BUDGET_STEPS:
        above = criteria.budget_max * (100 + percent) // 100
        bucket = price_bucket(criteria.listing_type, above)
        # Up to the next step of the slider, so that the offer is a budget one can set there.
        raised = min(bounds[bucket + 1] if bucket + 1 < len(bounds) else above, MAX_RUPEES)
        if raised > criteria.budget_max:
            phrase = f"if the budget grows by {format_rupees(raised - criteria.budget_max)}"
            yield percent, _offer(request, criteria, "budget_max", raised, phrase, widens=True)
        below = criteria.budget_min * (100 - percent) // 100
        lowered = bounds[price_bucket(criteria.listing_type, below)]
        if lowered < criteria.budget_min:
            phrase = f"if it may start {format_rupees(criteria.budget_min - lowered)} lower"
            yield percent + 1, _offer(request, criteria, "budget_min", lowered, phrase, widens=True)


def _places(
    request: GuidedSearchRequest, criteria: Criteria, place: PlaceRecord | None, known: KnownPlaces
) -> Iterator[tuple[float, Offer]]:
    """From a society to its sector; from sectors to each one beside them, then to the whole zone."""
    if place is None:
        return
    inside = set(place.sector_ids)
    nearby: list[tuple[float, str, tuple[int, ...]]] = []
    if place.kind is PlaceKind.SOCIETY:
        nearby += [(12, known.sector_names[sector], (sector,)) for sector in place.sector_ids]
    nearby += [(15, known.sector_names[sector], (sector,)) for sector in known.adjacent(inside)]
    zones = {zone.name: zone for sector in inside if (zone := known.zone_of.get(sector)) is not None}
    nearby += [(20, zone.name, zone.sector_ids) for zone in zones.values() if set(zone.sector_ids) != inside]
    for cost, name, sector_ids in nearby:
        where = {"sector_ids": sector_ids, "society_id": None}
        widens = inside <= set(sector_ids)
        yield (
            cost,
            _offer(request, criteria, "locality_preference", name, f"in {name}", widens=widens, where=where),
        )


def _bhk(request: GuidedSearchRequest, criteria: Criteria) -> Iterator[tuple[float, Offer]]:
    if criteria.bhk is None:
        return
    for cost, bhk in ((30, criteria.bhk + 1), (31, criteria.bhk - 1)):
        if 1 <= bhk <= MAX_BHK:
            yield cost, _offer(request, criteria, "bhk", bhk, f"with {bhk} BHK", widens=False)


def _dropped(request: GuidedSearchRequest, criteria: Criteria) -> Iterator[tuple[float, Offer]]:
    if criteria.bhk is not None:
        yield 40, _offer(request, criteria, "bhk", None, "with any number of rooms", widens=True)
    if criteria.in_a_place:
        where = {"sector_ids": None, "society_id": None}
        yield (
            41,
            _offer(request, criteria, "locality_preference", None, "anywhere in Noida", widens=True, where=where),
        )


def _types(request: GuidedSearchRequest, criteria: Criteria) -> Iterator[tuple[float, Offer]]:
    for kind in PropertyType:
        # BHK does not carry over to plots and commercial units, and a suggestion changes one answer only.
        if kind is not criteria.property_type and (criteria.bhk is None or kind not in WITHOUT_BHK):
            yield 50, _offer(request, criteria, "property_type", kind, f"among {PLURALS[kind]}", widens=False)
