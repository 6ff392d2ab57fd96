"""The statements of guided search. Each answers with finished JSON text or plain numbers; no objects are built.

Counting: `search_counts` holds exact counts by type, purpose, BHK and price bucket, kept by triggers. A budget is
whole buckets (summed) and at most two edges (counted by index), so the cost does not grow with the answer.

Finding: three roads lead to a page, and the exact count, computed first in the same statement, chooses. Where most
homes of the kind match, walk the rank index from the top and keep those inside the budget. Elsewhere that could pass
nearly all of them by, since rank and price go together: take the best of each price bucket, from an index that holds
each in rank order, and of those the best. Where fewer match than that would read, take them by the price index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.config.database import DirectReads, Query
from app.core.price_buckets import cut_budget, price_bucket
from app.core.vocabulary import ListingType, PropertyType


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a listing must satisfy. Budget in rupees, inclusive.

    A place is one of: a registered society, one that only listings know (as they spell it), a set of sectors, the
    locality (as spelled) of homes whose sector is not known.
    """

    listing_type: ListingType
    property_type: PropertyType
    budget_min: int
    budget_max: int
    bhk: int | None = None
    sector_ids: tuple[int, ...] | None = None
    society_id: int | None = None
    society_names: tuple[str, ...] | None = None
    locality_names: tuple[str, ...] | None = None

    @property
    def place(self) -> str | None:
        """Which of PLACES it asks for."""
        return next((name for name in PLACES if getattr(self, name) is not None), None)


# By the field of Criteria that asks for it. An index answers each.
PLACES = {
    "society_id": "society_id = :society_id",
    "society_names": "society_id IS NULL AND society_name = ANY(:society_names)",
    "sector_ids": "sector_id = ANY(:sector_ids)",
    "locality_names": "sector_id IS NULL AND locality = ANY(:locality_names)",
}


@dataclass(frozen=True, slots=True)
class Page:
    total: int
    cards: str
    """The page's cards as JSON texts joined by commas."""


ORDER = "rank_score DESC, listed_at DESC, id DESC"


def _everywhere(*, bhk: bool) -> Query:
    kind = "is_listed AND listing_type = :listing_type AND property_type = :property_type" + (
        " AND bhk = :bhk" if bhk else ""
    )
    counted_kind = kind.removeprefix("is_listed AND ")
    return Query(f"""
WITH counted AS MATERIALIZED (
  SELECT coalesce(sum(listings) FILTER (WHERE bucket BETWEEN :first_bucket AND :last_bucket), 0)
    + (SELECT count(*) FROM properties WHERE {kind} AND price BETWEEN :low_from AND :low_to)
    + (SELECT count(*) FROM properties WHERE {kind} AND price BETWEEN :high_from AND :high_to) AS total,
    coalesce(sum(listings), 0) AS of_kind
  FROM search_counts WHERE {counted_kind}
), road AS MATERIALIZED (
  SELECT CASE WHEN total * 4 > of_kind * 3 THEN 'rank'
    WHEN total > (CAST(:offset AS bigint) + :limit) * (1 + CAST(:highest_bucket AS int) - :lowest_bucket) THEN 'buckets'
    ELSE 'price' END AS name
  FROM counted
), page AS (
  (SELECT card, rank_score, listed_at, id FROM properties
   -- CASE keeps the planner off the price index here and lets it expect that half match, so that it walks the rank.
   WHERE {kind} AND CASE WHEN price BETWEEN :budget_min AND :budget_max THEN true END
     AND (SELECT name FROM road) = 'rank'
   ORDER BY {ORDER} LIMIT :limit OFFSET :offset)
  UNION ALL
  (SELECT card, rank_score, listed_at, id FROM properties WHERE id IN (
     SELECT best.id FROM generate_series(CAST(:lowest_bucket AS int), CAST(:highest_bucket AS int)) AS bucket, LATERAL (
       SELECT rank_score, listed_at, id FROM properties
       WHERE {kind} AND price_bucket(listing_type, price) = bucket AND price BETWEEN :budget_min AND :budget_max
       ORDER BY {ORDER} LIMIT CAST(:offset AS bigint) + :limit) best
     WHERE (SELECT name FROM road) = 'buckets'
     ORDER BY {ORDER} LIMIT :limit OFFSET :offset))
  UNION ALL
  (SELECT card, rank_score, listed_at, id FROM (
     SELECT card, rank_score, listed_at, id FROM properties
     WHERE {kind} AND price BETWEEN :budget_min AND :budget_max AND (SELECT name FROM road) = 'price'
     OFFSET 0) few
   ORDER BY {ORDER} LIMIT :limit OFFSET :offset)
)
SELECT (SELECT total FROM counted)::bigint, (SELECT string_agg(card, ',' ORDER BY {ORDER}) FROM page)
""")


def _in_place(place: str) -> Query:
    return Query(f"""
WITH matching AS (
  SELECT card, rank_score, listed_at, id FROM properties
  WHERE is_listed AND {place} AND listing_type = :listing_type AND property_type = :property_type
    AND price BETWEEN :budget_min AND :budget_max AND (CAST(:bhk AS smallint) IS NULL OR bhk = :bhk)
), page AS (SELECT * FROM matching ORDER BY {ORDER} LIMIT :limit OFFSET :offset)
SELECT (SELECT count(*) FROM matching), (SELECT string_agg(card, ',' ORDER BY {ORDER}) FROM page)
""")


EVERYWHERE = {bhk: _everywhere(bhk=bhk) for bhk in (False, True)}
IN_PLACE = {name: _in_place(condition) for name, condition in PLACES.items()}


def _budget(criteria: Criteria) -> dict[str, Any]:
    cut = cut_budget(criteria.listing_type, criteria.budget_min, criteria.budget_max)
    return {
        "budget_min": criteria.budget_min,
        "budget_max": criteria.budget_max,
        "first_bucket": cut.first_bucket,
        "last_bucket": cut.last_bucket,
        "low_from": cut.low_edge[0],
        "low_to": cut.low_edge[1],
        "high_from": cut.high_edge[0],
        "high_to": cut.high_edge[1],
        "lowest_bucket": price_bucket(criteria.listing_type, criteria.budget_min),
        "highest_bucket": price_bucket(criteria.listing_type, criteria.budget_max),
    }


async def find_page(reads: DirectReads, criteria: Criteria, *, limit: int, offset: int) -> Page:
    """One statement: the exact number of homes that match and one page of their cards, best first."""
    parameters: dict[str, Any] = {
        "listing_type": criteria.listing_type.value,
        "property_type": criteria.property_type.value,
        "limit": limit,
        "offset": offset,
    }
    if place := criteria.place:
        statement = IN_PLACE[place]
        parameters |= {
            "budget_min": criteria.budget_min,
            "budget_max": criteria.budget_max,
            "bhk": criteria.bhk,
            place: getattr(criteria, place),
        }
    else:
        statement = EVERYWHERE[criteria.bhk is not None]
        parameters |= _budget(criteria) | {"bhk": criteria.bhk}
    [(total, cards)] = await reads.fetch(statement, parameters)
    return Page(total=total, cards=cards or "")


COUNT_IN_PLACE = "".join(
    f"""WHEN c.{name} IS NOT NULL THEN
    (SELECT count(*) FROM properties p
     WHERE p.is_listed AND {condition.replace(":", "c.")} AND p.listing_type = c.listing_type
       AND p.property_type = c.property_type AND p.price BETWEEN c.budget_min AND c.budget_max
       AND (c.bhk IS NULL OR p.bhk = c.bhk))
  """
    for name, condition in PLACES.items()
)
COUNT_EACH = Query(f"""
SELECT c.number, CASE {COUNT_IN_PLACE}ELSE
    (SELECT coalesce(sum(listings), 0) FROM search_counts s
     WHERE s.listing_type = c.listing_type AND s.property_type = c.property_type
       AND s.bucket BETWEEN c.first_bucket AND c.last_bucket AND (c.bhk IS NULL OR s.bhk = c.bhk))
    + (SELECT count(*) FROM properties p
       WHERE p.is_listed AND p.listing_type = c.listing_type AND p.property_type = c.property_type
         AND p.price BETWEEN c.low_from AND c.low_to AND (c.bhk IS NULL OR p.bhk = c.bhk))
    + (SELECT count(*) FROM properties p
       WHERE p.is_listed AND p.listing_type = c.listing_type AND p.property_type = c.property_type
         AND p.price BETWEEN c.high_from AND c.high_to AND (c.bhk IS NULL OR p.bhk = c.bhk))
  END::bigint
FROM jsonb_to_recordset(CAST(:criteria AS jsonb)) AS c (
  number int, listing_type text, property_type text, budget_min bigint, budget_max bigint, bhk smallint,
  sector_ids int[], society_id int, society_names text[], locality_names text[], first_bucket smallint,
  last_bucket smallint, low_from bigint, low_to bigint, high_from bigint, high_to bigint)
ORDER BY c.number
""")


async def count_each(reads: DirectReads, criteria: Sequence[Criteria]) -> list[int]:
    """One statement: the exact number of homes for each of several criteria."""
    rows = [
        {
            "number": number,
            "listing_type": each.listing_type,
            "property_type": each.property_type,
            "bhk": each.bhk,
            "sector_ids": each.sector_ids,
            "society_id": each.society_id,
            "society_names": each.society_names,
            "locality_names": each.locality_names,
            **_budget(each),
        }
        for number, each in enumerate(criteria)
    ]
    counted = await reads.fetch(COUNT_EACH, {"criteria": orjson.dumps(rows).decode()})
    return [count for _, count in counted]


async def count_by_bucket(
    reads: DirectReads, criteria: Criteria, property_types: Sequence[PropertyType]
) -> dict[int, int]:
    """Homes in each price bucket for these types, over all prices; the rest as the criteria say."""
    parameters: dict[str, Any] = {
        "listing_type": criteria.listing_type.value,
        "property_types": [kind.value for kind in property_types],
        "bhk": criteria.bhk,
    }
    if place := criteria.place:
        statement = BUCKETS_IN_PLACE[place]
        parameters[place] = getattr(criteria, place)
    else:
        statement = BUCKETS
    return {bucket: count for bucket, count in await reads.fetch(statement, parameters)}  # noqa: C416 - rows


BUCKETS = Query("""
SELECT bucket, sum(listings) FROM search_counts
WHERE listing_type = :listing_type AND property_type = ANY(:property_types)
  AND (CAST(:bhk AS smallint) IS NULL OR bhk = :bhk) AND listings > 0
GROUP BY bucket
""")
BUCKETS_IN_PLACE = {
    name: Query(f"""
SELECT price_bucket(listing_type, price) AS bucket, count(*) FROM properties
WHERE is_listed AND listing_type = :listing_type AND property_type = ANY(:property_types)
  AND (CAST(:bhk AS smallint) IS NULL OR bhk = :bhk) AND {condition}
GROUP BY 1
""")
    for name, condition in PLACES.items()
}

OVERVIEW = Query("""
SELECT listing_type, property_type, bhk, bucket, sum(listings)::bigint AS listings FROM search_counts
WHERE listings > 0
GROUP BY GROUPING SETS ((listing_type, bucket), (listing_type, property_type), (listing_type, bhk), (listing_type))
""")


@dataclass(frozen=True, slots=True)
class Overview:
    """Listed homes of each purpose: by price bucket, by type, by BHK (0: none) and all."""

    buckets: dict[ListingType, dict[int, int]]
    property_types: dict[ListingType, dict[PropertyType, int]]
    bhk: dict[ListingType, dict[int, int]]
    listing_types: dict[ListingType, int]


async def read_overview(reads: DirectReads) -> Overview:
    overview = Overview(
        buckets={kind: {} for kind in ListingType},
        property_types={kind: {} for kind in ListingType},
        bhk={kind: {} for kind in ListingType},
        listing_types=dict.fromkeys(ListingType, 0),
    )
    for listing_type, property_type, bhk, bucket, listings in await reads.fetch(OVERVIEW, {}):
        if bucket is not None:
            overview.buckets[ListingType(listing_type)][bucket] = listings
        elif property_type is not None:
            overview.property_types[ListingType(listing_type)][PropertyType(property_type)] = listings
        elif bhk is not None:
            overview.bhk[ListingType(listing_type)][bhk] = listings
        else:
            overview.listing_types[ListingType(listing_type)] = listings
    return overview


CARDS = Query("""
SELECT card FROM properties WHERE id = ANY(CAST(:ids AS uuid[])) AND is_listed
ORDER BY array_position(CAST(:ids AS uuid[]), id)
""")


async def find_cards(reads: DirectReads, ids: list[UUID]) -> list[str]:
    """JSON texts of the cards of those that are listed, in the order of `ids`."""
    return [card for (card,) in await reads.fetch(CARDS, {"ids": ids})]
