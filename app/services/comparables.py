"""The homes one is compared with, and what was asked before."""

from uuid import UUID

import orjson

from app.config.database import DirectReads
from app.core.exceptions import NoSuchListingError
from app.repositories import comparison

CARDS = 12
POINTS = 200


async def similar(reads: DirectReads, property_id: UUID) -> bytes:
    """Comparables as JSON bytes (schemas/comparison.py Similar); two statements. Raises NotFoundError."""
    compared = await comparison.find_scope(reads, property_id)
    if compared is None:
        raise NoSuchListingError(property_id)
    found = comparison.Comparables("", "[]")
    if compared.scope is not None:
        found = await comparison.find_comparables(reads, property_id, compared.scope, cards=CARDS, points=POINTS)
    rest = {
        "scope": compared.scope,
        "scope_label": compared.label,
        "sample_size": compared.n,
        "as_of": compared.as_of,
        "unknown": compared.unknown,
    }
    # Cards and points are finished JSON texts.
    return b'{"results":[%b],"points":%b,%b' % (found.cards.encode(), found.points.encode(), orjson.dumps(rest)[1:])


async def prices(reads: DirectReads, property_id: UUID) -> bytes:
    """Price history and trend as JSON bytes (schemas/comparison.py Prices), in one statement. Raises NotFoundError."""
    found = await comparison.find_prices(reads, property_id)
    if found is None:
        raise NoSuchListingError(property_id)
    prices = orjson.loads(found)
    unknown = {} if prices["trend"] else {"trend": "No month with enough asking prices in this segment"}
    return orjson.dumps(prices | {"unknown": unknown})
