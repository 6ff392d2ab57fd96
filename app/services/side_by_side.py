"""Two to four homes side by side: in what they differ, and which does best at what is known of each."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.config.database import DirectReads
from app.core.exceptions import NotFoundError
from app.core.vocabulary import PlaceCategory
from app.schemas.costs import CostQuery
from app.services import listings
from app.services.costs import costs_of
from app.services.home_view import cost_facts

MOST = 4
Home = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of each home; None where it is not known. `word` says what the `best` are."""

    name: str
    values: list[Any]
    word: str = ""
    best: frozenset[int] = frozenset()

    @property
    def differs(self) -> bool:
        return any(value != self.values[0] for value in self.values)

    @property
    def is_known(self) -> bool:
        return any(value is not None for value in self.values)


async def read(reads: DirectReads, ids: list[UUID], media_url: str) -> list[Home]:
    """Those of the homes that are listed, as schemas/property_detail.py has them, with `emi`; a statement each."""
    found: list[Home] = []
    for property_id in ids[:MOST]:
        try:
            home = orjson.loads(await listings.detail(reads, property_id, media_url))
        except NotFoundError:
            continue
        monthly = costs_of(property_id, cost_facts(home), CostQuery()).monthly
        found.append(home | {"emi": monthly.amount if monthly.kind == "instalment" else None})
    return found


def rows(homes: list[Home]) -> list[Row]:
    """Vastu is a belief and is ranked nowhere, so it has no row."""
    return [
        _ranked(homes, "price", "lowest", _of("price"), like=_of("listing_type")),
        _ranked(
            homes, "per_sqft", "lowest", _of("price_per_sqft"), like=lambda h: (h["listing_type"], h["area_basis"])
        ),
        _ranked(homes, "market", "", _market),
        _ranked(homes, "area", "largest", _of("area_sqft"), like=_of("area_basis"), highest=True),
        _ranked(homes, "light", "brightest", _sun("natural_light_intensity"), highest=True),
        _ranked(homes, "heat", "coolest", _sun("heat_exposure")),
        _ranked(homes, "metro", "nearest", _nearest(PlaceCategory.METRO_STATION)),
        _ranked(homes, "school", "nearest", _nearest(PlaceCategory.SCHOOL)),
        _ranked(homes, "market_place", "nearest", _nearest(PlaceCategory.MARKET)),
        _ranked(homes, "emi", "lowest", _of("emi")),
        _ranked(homes, "maintenance", "lowest", _of("maintenance_monthly")),
        _ranked(homes, "verified", "newest", _of("verified_at"), highest=True),
        *(
            _ranked(homes, name, "", _of(name))
            for name in (
                "property_type",
                "bhk",
                "locality",
                "floor_number",
                "window_facing",
                "bathrooms",
                "parking_spaces",
                "age_years",
                "possession",
                "furnishing",
                "ownership",
                "rera_number",
            )
        ),
    ]


def _of(name: str) -> Callable[[Home], Any]:
    return lambda home: home[name]


def _sun(name: str) -> Callable[[Home], Any]:
    return lambda home: (home["facing_widget_data"] or {}).get(name)


def _market(home: Home) -> Any:
    compared = home["price_comparison"]
    return compared and (compared["category"], compared["difference_percentage"], compared["sample_size"])


def _nearest(category: PlaceCategory) -> Callable[[Home], Any]:
    def distance(home: Home) -> Any:
        return min(
            (place["distance_m"] for place in home["nearby"] or () if place["category"] == category), default=None
        )

    return distance


def _ranked(
    homes: list[Home],
    name: str,
    word: str,
    value: Callable[[Home], Any],
    *,
    like: Callable[[Home], Hashable] = lambda _: None,
    highest: bool = False,
) -> Row:
    """The best of the known, when at least two are known, they differ, and all are `like` each other."""
    values = [value(home) for home in homes]
    known = {index: each for index, each in enumerate(values) if each is not None}
    alike = len({like(homes[index]) for index in known}) == 1
    if not word or not alike or len(set(known.values())) < 2:  # noqa: PLR2004 - one is not compared
        return Row(name, values)
    best = max(known.values()) if highest else min(known.values())
    return Row(name, values, word, frozenset(index for index, each in known.items() if each == best))
