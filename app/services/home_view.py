"""One home as its page shows it: the API's answers about it, and its figures before they are drawn."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app.config.database import DirectReads
from app.core.exceptions import NoSuchListingError
from app.core.vocabulary import AreaBasis, Facing, Language, ListingType, LocationPrecision, Possession, PropertyType
from app.repositories.comparison import find_instead
from app.repositories.costs import CostFacts
from app.repositories.figures import Comparison, Facings, Surroundings, find_comparison
from app.repositories.search import find_cards
from app.schemas.costs import CostQuery, Costs
from app.services import comparables, listings
from app.services.costs import lenient_costs
from app.services.figures.price_evidence import PriceEvidence
from app.services.widgets import evidence_of

# Cards beside a home; they are most of what is kept of its page.
MOST_SIMILAR = 6


@dataclass(frozen=True, slots=True)
class HomeView:
    """`home`, `prices` and `similar` are as schemas/property_detail.py and schemas/comparison.py have them."""

    home: dict[str, Any]
    card: dict[str, Any] | None
    """As search has it, for the reasons; None when the home was hidden since the first statement."""
    prices: dict[str, Any]
    similar: dict[str, Any]
    costs: Costs
    costs_refused: bool
    """Whether the visitor's down payment was not taken; then the costs are those of the usual one."""
    evidence: PriceEvidence | None

    @property
    def facings(self) -> Facings:
        entrance, windows = self.home["entrance_facing"], self.home["window_facing"]
        return Facings(
            PropertyType(self.home["property_type"]), entrance and Facing(entrance), windows and Facing(windows)
        )

    @property
    def surroundings(self) -> Surroundings:
        home, precision = self.home, self.home["location_precision"]
        return Surroundings(
            home["latitude"], home["longitude"], precision and LocationPrecision(precision), home["nearby"]
        )


async def gather(reads: DirectReads, property_id: UUID, media_url: str, language: Language) -> bytes:
    """What the page shows however its figures are turned, as JSON bytes; six statements. Raises NotFoundError."""
    detail = await listings.detail(reads, property_id, media_url, language)
    is_compared = orjson.loads(detail)["price_comparison"]
    compared = await find_comparison(reads, property_id, language) if is_compared else None
    cards_found = await cards(reads, [property_id])
    similar = orjson.loads(await comparables.similar(reads, property_id))
    found = {
        "home": orjson.Fragment(detail),
        "card": cards_found[0] if cards_found else None,
        "prices": orjson.Fragment(await comparables.prices(reads, property_id)),
        "similar": similar | {"results": similar["results"][:MOST_SIMILAR]},
        "compared": list(compared) if compared is not None and compared.n is not None else None,
    }
    return orjson.dumps(found)


def view(property_id: UUID, gathered: bytes, query: CostQuery, language: Language) -> HomeView:
    found = orjson.loads(gathered)
    costs, refused = lenient_costs(property_id, cost_facts(found["home"]), query, language)
    return HomeView(
        home=found["home"],
        card=found["card"],
        prices=found["prices"],
        similar=found["similar"],
        costs=costs,
        costs_refused=refused,
        evidence=evidence_of(_comparison(found["compared"])) if found["compared"] else None,
    )


def _comparison(found: list[Any]) -> Comparison:
    *rest, as_of = found
    return Comparison._make([*rest, datetime.fromisoformat(as_of)])


def cost_facts(home: dict[str, Any]) -> CostFacts:
    """What the costs of a home depend on, from what its page shows."""
    carpet = home["carpet_area_sqft"] or (home["area_sqft"] if home["area_basis"] == AreaBasis.CARPET else None)
    return CostFacts(
        listing_type=ListingType(home["listing_type"]),
        property_type=PropertyType(home["property_type"]),
        price=home["price"],
        possession=home["possession"] and Possession(home["possession"]),
        carpet_area_sqft=carpet and Decimal(str(carpet)),
        maintenance_monthly=home["maintenance_monthly"],
    )


async def cards(reads: DirectReads, ids: list[UUID]) -> list[dict[str, Any]]:
    """Cards (schemas/search.py) of those that are listed, in the order of `ids`; one statement."""
    return [orjson.loads(card) for card in await find_cards(reads, ids)]


async def instead(reads: DirectReads, property_id: UUID) -> list[dict[str, Any]]:
    """Cards of homes like one that is no longer offered. Raises NotFoundError when there never was such a home."""
    found = await find_instead(reads, property_id, most=MOST_SIMILAR)
    if found is None:
        raise NoSuchListingError(property_id)
    return [orjson.loads(card) for card in found]
