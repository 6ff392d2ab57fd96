"""Guided search against brute force: counts are exact, pages are the naive ORDER BY's, suggestions are true."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import pytest
from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB

from app.config.database import Database, DirectReads, Query
from app.core.ids import new_id
from app.core.money import group_indian
from app.core.price_buckets import LOWER_BOUNDS
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AreaBasis, ListingType, PropertyType
from app.models.geography import Sector, Society
from app.models.property import Property
from app.repositories import search as repository
from app.repositories.search import Criteria
from app.schemas.search import GuidedSearchRequest
from app.services import search
from app.services.gazetteer import Places
from app.tests.conftest import RememberedPlaces, Statements

SPELLINGS = ("Koel Heights", "KOEL HEIGHTS")
LOCALITIES = ("Mango Grove", "mango grove", "River Bend")
START = datetime(2026, 1, 1, tzinfo=UTC)


def a_price(rng: random.Random, listing_type: ListingType) -> int:
    """Often on an edge of the bucket scale, else anywhere people pay."""
    if rng.random() < 0.5:
        return max(1, rng.choice(LOWER_BOUNDS[listing_type]) + rng.choice((-1, 0, 1)))
    low, high = (6, 9) if listing_type is ListingType.SALE else (4, 5.7)
    return round(10 ** rng.uniform(low, high))


def a_listing(rng: random.Random, sectors: Sequence[int], societies: Sequence[int]) -> dict[str, Any]:
    listing_type = rng.choice([ListingType.SALE, ListingType.SALE, ListingType.RENT])
    property_type = rng.choice([PropertyType.FLAT, PropertyType.FLAT, *PropertyType])
    identity = new_id()
    return {
        "id": identity,
        "title": "A home",
        "listing_type": listing_type,
        "property_type": property_type,
        "price": a_price(rng, listing_type),
        "bhk": None if property_type is PropertyType.PLOT else rng.choice([None, 1, 2, 3, 3, 4]),
        "area_sqft": 1000,
        "area_basis": AreaBasis.PLOT,
        "locality": rng.choice(LOCALITIES),
        "sector_id": rng.choice([None, *sectors]),
        "society_id": rng.choice([None, *societies]),
        "society_name": rng.choice([None, *SPELLINGS]),
        "is_active": rng.random() < 0.9,
        "deleted_at": START if rng.random() < 0.05 else None,
        "listed_at": START + timedelta(days=rng.randrange(5)),  # with ties
        "rank_score": rng.randrange(0, 100, 7),
        "card": f'{{"id":"{identity}"}}',
    }


async def fill(
    database: Database, rng: random.Random, number: int
) -> tuple[list[dict[str, Any]], list[int], list[int]]:
    async with unit_of_work(database) as session:
        sectors = list((await session.execute(select(Sector.id).order_by(Sector.id).limit(6))).scalars())
        societies = list((await session.execute(select(Society.id).order_by(Society.id).limit(3))).scalars())
        rows = [a_listing(rng, sectors, societies) for _ in range(number)]
        columns = ", ".join(rows[0])
        # One statement for all rows: the triggers run once.
        statement = f"INSERT INTO properties ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::properties, :rows)"  # noqa: S608, E501 - columns are this file's own
        await session.execute(text(statement).bindparams(bindparam("rows", rows, type_=JSONB)))
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("ANALYZE properties"))
    return rows, sectors, societies


def some_criteria(rng: random.Random, sectors: Sequence[int], societies: Sequence[int]) -> Criteria:
    listing_type = rng.choice(list(ListingType))
    low, high = sorted((a_price(rng, listing_type), a_price(rng, listing_type)))
    place: dict[str, Any] = rng.choice(
        [
            {},
            {},
            {"sector_ids": tuple(rng.sample(sectors, 2))},
            {"sector_ids": ()},
            {"society_id": rng.choice(societies)},
            {"society_names": rng.choice([SPELLINGS, SPELLINGS[:1]])},
            {"locality_names": rng.choice([LOCALITIES[:2], LOCALITIES[:1]])},
        ]
    )
    return Criteria(
        listing_type=listing_type,
        property_type=rng.choice([PropertyType.FLAT, *PropertyType]),
        budget_min=rng.choice([0, low]),
        budget_max=rng.choice([high, 100_000_000_000]),
        bhk=rng.choice([None, 2, 3]),
        **place,
    )


def naive(rows: Sequence[Mapping[str, Any]], criteria: Criteria) -> list[str]:
    """Ids of what matches, best first, by the plainest reading of the rules."""
    matching = [
        row
        for row in rows
        if row["is_active"]
        and row["deleted_at"] is None
        and row["listing_type"] is criteria.listing_type
        and row["property_type"] is criteria.property_type
        and criteria.budget_min <= row["price"] <= criteria.budget_max
        and (criteria.bhk is None or row["bhk"] == criteria.bhk)
        and (criteria.sector_ids is None or row["sector_id"] in criteria.sector_ids)
        and (criteria.society_id is None or row["society_id"] == criteria.society_id)
        and (
            criteria.society_names is None
            or (row["society_id"] is None and row["society_name"] in criteria.society_names)
        )
        and (
            criteria.locality_names is None or (row["sector_id"] is None and row["locality"] in criteria.locality_names)
        )
    ]
    matching.sort(key=lambda row: (row["rank_score"], row["listed_at"], row["id"]), reverse=True)
    return [str(row["id"]) for row in matching]


def ids_of(cards: str) -> list[str]:
    return [card["id"] for card in orjson.loads(f"[{cards}]")]


async def test_counts_and_pages_equal_brute_force(database: Database) -> None:
    rng = random.Random(1)
    rows, sectors, societies = await fill(database, rng, 800)
    found = 0
    for _ in range(150):
        criteria = some_criteria(rng, sectors, societies)
        expected = naive(rows, criteria)
        found += len(expected) > 0
        limit = rng.choice([1, 5, 20])
        seen: list[str] = []
        for offset in range(0, min(len(expected), 60) + limit, limit):
            page = await repository.find_page(database.direct, criteria, limit=limit, offset=offset)
            assert page.total == len(expected)
            seen += ids_of(page.cards)
        assert seen == expected[: len(seen)]
        assert len(seen) >= min(len(expected), 60)
        assert await repository.count_each(database.direct, [criteria, criteria]) == [len(expected)] * 2
        buckets = await repository.count_by_bucket(database.direct, criteria, [criteria.property_type])
        everything = replace(criteria, budget_min=0, budget_max=10**11)
        assert sum(buckets.values()) == len(naive(rows, everything))
    assert found > 75


class Recorder(DirectReads):
    """Keeps the statement and its parameters instead of running it."""

    def __init__(self) -> None:
        self.query = Query("")
        self.parameters: Mapping[str, Any] = {}

    async def fetch(self, query: Query, parameters: Mapping[str, Any]) -> list[asyncpg.Record]:
        self.query, self.parameters = query, parameters
        answer: list[Any] = [(0, None)]
        return answer


async def recorded(criteria: Criteria, limit: int, offset: int) -> Recorder:
    recorder = Recorder()
    await repository.find_page(recorder, criteria, limit=limit, offset=offset)
    return recorder


async def run(database: Database, recorder: Recorder, sql: str) -> list[asyncpg.Record]:
    changed = Query("")
    changed.sql, changed.names = sql, recorder.query.names
    return await database.direct.fetch(changed, recorder.parameters)


async def test_all_roads_lead_to_the_same_page(database: Database) -> None:
    rng = random.Random(2)
    rows, _, _ = await fill(database, rng, 400)
    for _ in range(60):
        criteria = some_criteria(rng, (1, 2), (1,))
        if criteria.place:
            continue
        limit, offset = rng.choice([3, 20]), rng.choice([0, 3, 20])
        recorder = await recorded(criteria, limit, offset)
        for road in ("rank", "buckets", "price"):
            sql, changed = re.subn(
                r"SELECT CASE WHEN total .*? AS name",
                f"SELECT '{road}' AS name",
                recorder.query.sql,
                flags=re.DOTALL,
            )
            assert changed == 1
            [(total, cards)] = await run(database, recorder, sql)
            expected = naive(rows, criteria)
            assert total == len(expected)
            assert ids_of(cards or "") == expected[offset : offset + limit]


async def test_plans_use_the_rank_bucket_and_price_indexes(database: Database) -> None:
    await fill(database, random.Random(3), 6000)
    for bhk, suffix in ((None, ""), (3, "_bhk")):
        wide = Criteria(ListingType.SALE, PropertyType.FLAT, 0, 100_000_000_000, bhk)
        dear = Criteria(ListingType.SALE, PropertyType.FLAT, 7_000_000, 7_499_999, bhk)
        narrow = Criteria(ListingType.SALE, PropertyType.FLAT, 7_012_345, 7_034_567, bhk)
        for criteria, index, limit in (
            (wide, f"ix_properties_rank{suffix}", 20),
            (dear, f"ix_properties_bucket{suffix}", 2),
            (narrow, f"ix_properties_price{suffix}", 20),
        ):
            recorder = await recorded(criteria, limit, 0)
            lines = await run(database, recorder, f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {recorder.query.sql}")
            plan = "\n".join(line for (line,) in lines)
            used = re.findall(r"Index (?:Only )?Scan using (\w+) on properties(?!.*never executed)", plan)
            assert index in used, plan
            assert not re.search(r"Seq Scan on properties(?!.*never executed)", plan), plan


EVERYTHING = Criteria(ListingType.SALE, PropertyType.FLAT, 0, 10**11)


@pytest.mark.parametrize(
    ("statement", "criteria", "index"),
    [
        (
            "UPDATE properties SET society_id = NULL, society_name = 'Called ' || price % 50",
            replace(EVERYTHING, society_names=("Called 7", "CALLED 7")),
            "ix_properties_society_name",
        ),
        (
            "UPDATE properties SET sector_id = NULL, locality = 'Called ' || price % 50",
            replace(EVERYTHING, locality_names=("Called 7", "CALLED 7")),
            "ix_properties_locality",
        ),
    ],
)
async def test_what_only_listings_know_is_found_by_its_index(
    database: Database, statement: str, criteria: Criteria, index: str
) -> None:
    await fill(database, random.Random(6), 3000)
    async with unit_of_work(database) as session:
        await session.execute(text(statement))
    recorder = await recorded(criteria, 20, 0)
    plan = "\n".join(line for (line,) in await run(database, recorder, f"EXPLAIN {recorder.query.sql}"))
    assert index in plan, plan


@pytest.fixture
def places(database: Database) -> Places:
    return RememberedPlaces(database)


async def ask(database: Database, places: Places, **answers: Any) -> dict[str, Any]:
    request = GuidedSearchRequest.model_validate(
        {"budget_min": 0, "budget_max": 100_000_000_000, "property_type": "flat"} | answers
    )
    answer: dict[str, Any] = orjson.loads(await search.guided(database.direct, places, request))
    return answer


async def store(database: Database, *rows: dict[str, Any]) -> None:
    async with unit_of_work(database) as session:
        base = a_listing(random.Random(0), [], [])
        same = {"listing_type": ListingType.SALE, "property_type": PropertyType.FLAT, "is_active": True, "bhk": 3}
        for row in rows:
            await session.execute(insert(Property), [base | same | {"id": new_id(), "deleted_at": None} | row])


async def sector_named(database: Database, name: str) -> int:
    async with database.read() as session:
        return (await session.execute(select(Sector.id).where(Sector.name == name))).scalar_one()


@pytest.mark.parametrize("typed", ["Sector 137", "sec-137", "sector137", "Sectr 137", "noida sector 137"])
async def test_places_as_people_type_them(database: Database, places: Places, typed: str) -> None:
    await store(database, {"sector_id": await sector_named(database, "Sector 137")}, {"sector_id": None})
    answer = await ask(database, places, locality_preference=typed)
    place = answer["filters_applied"]["place"]
    assert (place["kind"], place["name"], place["sectors"]) == ("sector", "Sector 137", ["Sector 137"])
    assert answer["total_count"] == 1


async def test_a_place_not_understood_finds_nothing_and_says_so(database: Database, places: Places) -> None:
    await store(database, {}, {})
    answer = await ask(database, places, locality_preference="Setcor 1377 Gurgoan")
    assert answer["total_count"] == 0
    place = answer["filters_applied"]["place"]
    assert (place["kind"], place["sectors"]) == (None, [])
    assert place["did_you_mean"]
    dropped = [offer for offer in answer["suggestions"] if offer["change"] == "locality_preference"]
    assert [(offer["count"], offer["request"]["locality_preference"]) for offer in dropped] == [(2, None)]


async def test_suggestions_are_true_and_change_one_answer(database: Database, places: Places) -> None:
    rng = random.Random(4)
    rows, sectors, _ = await fill(database, rng, 500)
    assert rows
    async with database.read() as session:
        names = list((await session.execute(select(Sector.name).where(Sector.id.in_(sectors)))).scalars())
    offered = 0
    for _ in range(25):
        listing_type = rng.choice(list(ListingType))
        low, high = sorted((a_price(rng, listing_type), a_price(rng, listing_type) + 1))
        answers = {
            "listing_type": listing_type,
            "budget_min": low,
            "budget_max": high,
            "property_type": rng.choice(["flat", "villa"]),
            "bhk": rng.choice([None, 2, 3]),
            "locality_preference": rng.choice([None, *names]),
        }
        answer = await ask(database, places, **answers)
        if answer["total_count"] >= search.FEW:
            assert answer["suggestions"] == []
            continue
        for offer in answer["suggestions"]:
            request = offer["request"]
            changed = {name for name, value in answers.items() if request[name] != value}
            with_purpose = {"budget_min", "budget_max"}  # a rent is no price
            if offer["change"] != "several":
                assert changed - (with_purpose if offer["change"] == "listing_type" else set()) == {offer["change"]}
            assert group_indian(offer["count"]) == offer["label"].split()[0]
            again = await ask(database, places, **request)
            assert again["total_count"] == offer["count"] > 0
            offered += 1
        for change in ("budget_max", "budget_min"):
            raised = [
                abs(offer["request"][change] - answers[change])
                for offer in answer["suggestions"]
                if offer["change"] == change
            ]
            assert raised == sorted(raised)
    assert offered > 40


async def test_at_most_two_statements(database: Database, places: Places, statements: Statements) -> None:
    await store(database, *({} for _ in range(8)))
    await places.known()
    statements.clear()
    await ask(database, places)
    assert len(statements) == 1
    statements.clear()
    await ask(database, places, bhk=4)
    assert len(statements) == 2
