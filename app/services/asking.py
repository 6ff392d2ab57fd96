"""What the three questions show while they are answered: the slider, and how many homes each answer leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.config.database import DirectReads
from app.core.price_buckets import LOWER_BOUNDS
from app.core.vocabulary import City, ListingType, PropertyType
from app.repositories import search
from app.repositories.questions import read_document
from app.schemas.base import WITHOUT_BHK
from app.schemas.search import CountRequest, HistogramBar
from app.services.gazetteer import Places
from app.services.questions import slider_bars, slider_range
from app.services.search import PlaceAnswer, criteria_of, understand_place

ROOMS = range(1, 6)


@dataclass(frozen=True, slots=True)
class Asked:
    """Counts are of listed homes of the purpose asked for."""

    answers: CountRequest
    kind: PropertyType
    steps: Sequence[int]
    """The slider's prices; at its first and last step homes beyond are meant as well."""
    bars: Sequence[HistogramBar]
    """Homes of the type and preference by price, along the slider."""
    total: int
    """What matches all answers."""
    by_type: dict[PropertyType, int]
    """Within the budget; BHK and place are not asked of them, since another type drops the former."""
    by_bhk: dict[int, int]
    """Of the type, within the budget and place; empty for a type without rooms."""
    listed: dict[PropertyType, int]
    """All there are."""
    place: PlaceAnswer | None
    places: Sequence[str]
    """Names to offer where a place is typed."""


async def ask(reads: DirectReads, places: Places, answers: CountRequest) -> Asked:
    """Four statements, whatever the answers. Without a type, flats are shown."""
    known = await places.known()
    place = understand_place(answers.locality_preference, known) if answers.locality_preference else None
    kind = answers.property_type or PropertyType.FLAT
    chosen = criteria_of(answers, kind, place)
    anywhere = criteria_of(answers.model_copy(update={"bhk": None}), kind, None)
    rooms = () if kind in WITHOUT_BHK else tuple(ROOMS)
    overview = await search.read_overview(reads)
    total, *counts = await search.count_each(
        reads,
        [
            chosen,
            *(replace(anywhere, property_type=each) for each in PropertyType),
            *(replace(chosen, bhk=bhk) for bhk in rooms),
        ],
    )
    priced = await search.count_by_bucket(reads, chosen, [kind])
    budget = (await read_document(reads)).budget
    scale = budget.sale if answers.listing_type is ListingType.SALE else budget.rent
    first, end = slider_range(scale, overview.buckets[answers.listing_type])
    return Asked(
        answers=answers,
        kind=kind,
        steps=LOWER_BOUNDS[answers.listing_type][first : end + 1],
        bars=slider_bars(answers.listing_type, priced, first, end),
        total=total,
        by_type=dict(zip(PropertyType, counts, strict=False)),
        by_bhk=dict(zip(rooms, counts[len(PropertyType) :], strict=True)),
        listed={each: overview.property_types[answers.listing_type].get(each, 0) for each in PropertyType},
        place=place,
        places=[*City, *(zone.name for zone in known.zones)],
    )
