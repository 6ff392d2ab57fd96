"""The facts of one listing that its costs depend on."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.config.database import DirectReads, Query
from app.core.vocabulary import ListingType, Possession, PropertyType


@dataclass(frozen=True, slots=True)
class CostFacts:
    """Money in rupees; the carpet area in sq ft, only where the listing gives it as such."""

    listing_type: ListingType
    property_type: PropertyType
    price: int
    possession: Possession | None = None
    carpet_area_sqft: Decimal | None = None
    maintenance_monthly: int | None = None


COST_FACTS = Query("""
SELECT listing_type, property_type, price, possession,
  coalesce(carpet_area_sqft, CASE WHEN area_basis = 'carpet' THEN area_sqft END) AS carpet_area_sqft,
  maintenance_monthly
FROM properties WHERE id = :id AND is_listed
""")


async def find_cost_facts(reads: DirectReads, property_id: UUID) -> CostFacts | None:
    """None when there is no such home or it is hidden."""
    rows = await reads.fetch(COST_FACTS, {"id": property_id})
    if not rows:
        return None
    [(listing_type, property_type, price, possession, carpet_area_sqft, maintenance_monthly)] = rows
    return CostFacts(
        listing_type=ListingType(listing_type),
        property_type=PropertyType(property_type),
        price=price,
        possession=Possession(possession) if possession else None,
        carpet_area_sqft=carpet_area_sqft,
        maintenance_monthly=maintenance_monthly,
    )
