"""One-change relaxations of a search, ordered by how little they change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.language import say
from app.core.money import format_rupees, group_indian
from app.core.price_buckets import LOWER_BOUNDS, price_bucket
from app.core.vocabulary import Language, ListingType, PropertyType
from app.repositories.search import PLACES, Criteria
from app.schemas.base import MAX_BHK, MAX_RUPEES, WITHOUT_BHK
from app.schemas.search import GuidedSearchRequest
from app.services.gazetteer import KnownPlaces
from app.services.geography import PlaceKind, PlaceRecord

BUDGET_STEPS = (5, 10, 25)
LONGEST_PLACE = 100  # letters; what a request takes
ANYWHERE: dict[str, Any] = dict.fromkeys(PLACES)
NOUNS = {
    kind: (say(Language.ENGLISH, f"homes.{kind}.one"), say(Language.ENGLISH, f"homes.{kind}.other"))
    for kind in PropertyType
}
PURPOSES = {ListingType.SALE: "to buy, at any price", ListingType.RENT: "to rent, at any rent"}


def within(criteria: Criteria, place: PlaceRecord) -> Criteria:
    """The same search in this place."""
    if place.society_id is not None:
        return replace(criteria, **ANYWHERE | {"society_id": place.society_id})
    if place.society_names:
        return replace(criteria, **ANYWHERE | {"society_names": place.society_names})
    if place.locality_names:
        return replace(criteria, **ANYWHERE | {"locality_names": place.locality_names})
    return replace(criteria, **ANYWHERE | {"sector_ids": place.sector_ids})


@dataclass(frozen=True, slots=True)
class Offer:
    """`phrase` follows the count: "14 homes" + "if the budget grows by ₹8 L"."""

    change: str
    phrase: str
    criteria: Criteria
    request: GuidedSearchRequest
    widens: bool
    """Whether the present results are among the offered ones, so that only more of them are worth offering."""

    def label(self, count: int) -> str:
        kind = self.criteria.property_type
        nouns = NOUNS[kind] if self.change == "property_type" or kind in WITHOUT_BHK else ("home", "homes")
        return f"{group_indian(count)} {nouns[count != 1]} {self.phrase}"


def offers(
    request: GuidedSearchRequest,
    criteria: Criteria,
    place: PlaceRecord | None,
    others: Sequence[PlaceRecord],
    known: KnownPlaces,
) -> list[Offer]:
    """All relaxations worth counting, the smallest change first. `others` may be meant by the place as typed."""
    ranked = [
        *_budgets(request, criteria),
        *_places(request, criteria, place, others, known),
        *_bhk(request, criteria),
        *_dropped(request, criteria),
        *_types(request, criteria),
        *_purposes(request, criteria),
    ]
    return [offer for _, offer in sorted(ranked, key=lambda pair: pair[0])]


def last_resorts(request: GuidedSearchRequest, criteria: Criteria) -> list[Offer]:
    """For when no single change helps: only the type is kept, of the same purpose or else of the other."""
    dropped: dict[str, Any] = {"budget_min": 0, "budget_max": MAX_RUPEES, "bhk": None}
    return [
        Offer(
            change="several",
            phrase=f"{phrase}, with no other wish",
            criteria=replace(criteria, listing_type=purpose, **dropped, **ANYWHERE),
            request=request.model_copy(
                update={"page": 1, "listing_type": purpose, "locality_preference": None, **dropped}
            ),
            widens=purpose is criteria.listing_type,
        )
        for purpose, phrase in sorted(PURPOSES.items(), key=lambda pair: pair[0] is not criteria.listing_type)
    ]


def _offer(
    request: GuidedSearchRequest,
    criteria: Criteria,
    change: str,
    value: Any,
    phrase: str,
    *,
    widens: bool,
    where: Criteria | None = None,
) -> Offer:
    """`where`: the criteria of the changed answer, when they do not hold it by the same name."""
    return Offer(
        change=change,
        phrase=phrase,
        criteria=where or replace(criteria, **{change: value}),
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
    if criteria.budget_max < MAX_RUPEES:
        yield 42, _offer(request, criteria, "budget_max", MAX_RUPEES, "without an upper limit", widens=True)
    if criteria.budget_min > 0:
        yield 43, _offer(request, criteria, "budget_min", 0, "without a lower limit", widens=True)


def _nearby(place: PlaceRecord | None, known: KnownPlaces) -> Iterator[tuple[float, PlaceRecord]]:
    """From a society to its sector; from sectors to each one beside them, then to the whole zone."""
    if place is None or place.kind is PlaceKind.CITY:
        return
    inside = set(place.sector_ids)
    if place.kind is PlaceKind.SOCIETY:
        yield from ((12, known.sector_places[sector]) for sector in place.sector_ids)
    yield from ((15, known.sector_places[sector]) for sector in known.adjacent(inside))
    zones = {zone.id: zone for sector in inside if (zone := known.zone_of.get(sector)) is not None}
    yield from ((20, zone) for zone in zones.values() if set(zone.sector_ids) != inside)


def _places(
    request: GuidedSearchRequest,
    criteria: Criteria,
    place: PlaceRecord | None,
    others: Sequence[PlaceRecord],
    known: KnownPlaces,
) -> Iterator[tuple[float, Offer]]:
    inside = set(place.sector_ids) if place else set()
    nearby = dict.fromkeys(others, 11.0)
    for cost, near in _nearby(place, known):
        nearby.setdefault(near, cost)
    for near, cost in nearby.items():
        if place and place.kind is not PlaceKind.SOCIETY and inside > set(near.sector_ids):
            continue  # a part of what is shown already
        # Only what its name, sent back, is understood as: a sector can be called as the zone round it.
        if len(near.name) <= LONGEST_PLACE and known.gazetteer.means(near.name, near):
            widens = bool(inside) and inside <= set(near.sector_ids)
            where = within(criteria, near)
            phrase = f"in {near.name}"
            yield (
                cost,
                _offer(request, criteria, "locality_preference", near.name, phrase, widens=widens, where=where),
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
    if criteria.place:
        where = replace(criteria, **ANYWHERE)
        phrase = "anywhere in Noida and Greater Noida"
        yield 41, _offer(request, criteria, "locality_preference", None, phrase, widens=True, where=where)


def _types(request: GuidedSearchRequest, criteria: Criteria) -> Iterator[tuple[float, Offer]]:
    for kind in PropertyType:
        # BHK does not carry over to plots and commercial units, and a suggestion changes one answer only.
        if kind is not criteria.property_type and (criteria.bhk is None or kind not in WITHOUT_BHK):
            yield 50, _offer(request, criteria, "property_type", kind, "instead", widens=False)


def _purposes(request: GuidedSearchRequest, criteria: Criteria) -> Iterator[tuple[float, Offer]]:
    """A rent is no price, so that the budget cannot stay when the purpose changes."""
    changes: dict[str, Any] = {"budget_min": 0, "budget_max": MAX_RUPEES}
    for purpose, phrase in PURPOSES.items():
        if purpose is not criteria.listing_type:
            where = replace(criteria, listing_type=purpose, **changes)
            freed = request.model_copy(update=changes)
            yield 60, _offer(freed, criteria, "listing_type", purpose, phrase, widens=False, where=where)
