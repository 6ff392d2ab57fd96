"""Places as visitors type them, and what is offered beside few results: every offer is true and no end is dead."""

import random
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from app.config.database import Database
from app.core.money import group_indian
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AreaBasis, ListingType, PropertyType
from app.models.geography import Sector, Society
from app.schemas.base import MAX_RUPEES
from app.schemas.search import CountRequest, GuidedSearchRequest
from app.services import search
from app.services.gazetteer import Places
from app.tests.conftest import Statements
from app.tests.factories import make_properties

ANY_BUDGET = {"budget_min": 0, "budget_max": MAX_RUPEES}
PLOT: dict[str, Any] = {"property_type": PropertyType.PLOT, "bhk": None, "area_basis": AreaBasis.PLOT}


async def ask(database: Database, places: Places, **answers: Any) -> dict[str, Any]:
    request = GuidedSearchRequest.model_validate(ANY_BUDGET | {"property_type": "flat"} | answers)
    answer: dict[str, Any] = orjson.loads(await search.guided(database.direct, places, request))
    return answer


async def check_suggestions(database: Database, places: Places, answer: dict[str, Any]) -> int:
    for offer in answer["suggestions"]:
        again = await ask(database, places, **offer["request"])
        assert again["total_count"] == offer["count"] > 0, offer
        assert offer["label"].startswith(f"{group_indian(offer['count'])} ")
    labels = [offer["label"] for offer in answer["suggestions"]]
    assert len(set(labels)) == len(labels)
    return len(labels)


async def store(database: Database, *rows: dict[str, Any]) -> Places:
    """Flats for sale in Sector 137, unless a row says otherwise (`sector`: by its slug)."""
    async with database.read() as session:
        ids = dict((await session.execute(select(Sector.slug, Sector.id))).all())
    async with unit_of_work(database) as session:
        await make_properties(
            session, [{"sector_id": ids[row.pop("sector", "sector-137")], **row} for row in map(dict, rows)]
        )
    return Places(database)


def offered(answer: dict[str, Any], change: str) -> list[tuple[str, Any]]:
    return [(each["label"], each["request"][change]) for each in answer["suggestions"] if each["change"] == change]


def understood(answer: dict[str, Any]) -> tuple[str | None, str | None, list[str]]:
    place = answer["filters_applied"]["place"]
    return place["kind"], place["name"], place["did_you_mean"]


async def test_every_suggestion_returns_its_count(database: Database) -> None:
    rng = random.Random(11)
    async with database.read() as session:
        slugs = list((await session.execute(select(Sector.slug).order_by(Sector.id))).scalars())
        societies: Sequence[Society] = (await session.execute(select(Society).order_by(Society.id))).scalars().all()
    rows: list[dict[str, Any]] = []
    for slug in [*slugs, *(slug for slug in slugs if slug in {"greater-noida-west", "yamuna-expressway", "zeta"})] * 2:
        kind = rng.choice([PropertyType.FLAT, PropertyType.FLAT, PropertyType.VILLA, PropertyType.COMMERCIAL])
        bhk = None if kind is PropertyType.COMMERCIAL else rng.randint(1, 4)
        name = rng.choice([None, "Koel Heights", "KOEL HEIGHTS", "Juhi Nest"])
        price = rng.randrange(2_000_000, 20_000_000)
        rows.append({"sector": slug, "property_type": kind, "bhk": bhk, "price": price, "society_name": name})
    places = await store(database, *rows)
    known = await places.known()
    names = [*(place.name for place in known.sectors), *(zone.name for zone in known.zones)]
    names += [society.name for society in rng.sample(societies, 60)]
    names += ["noida", "greater noida", "Koel Heights", "alpha", "park", "yamuna", "jaypee", "Mumbai", "sector 1 3 7"]
    count = 0
    for name in names:
        low = rng.randrange(0, 15_000_000)
        answers = {
            "budget_min": low,
            "budget_max": low + rng.choice([500_000, 5_000_000]),
            "property_type": rng.choice(["flat", "villa"]),
            "bhk": rng.choice([None, 2, 3]),
            "locality_preference": name,
        }
        answer = await ask(database, places, **answers)
        assert answer["suggestions"] or answer["total_count"] >= search.FEW
        count += await check_suggestions(database, places, answer)
    assert count > 500


async def test_a_city_is_all_its_sectors(database: Database) -> None:
    places = await store(
        database, {}, {"sector": "sector-62"}, {"sector": "alpha-1"}, {"sector": "greater-noida-sector-1"}
    )
    for typed, name in (("noida", "Noida"), ("Noida, UP", "Noida"), ("Great Noida", "Greater Noida")):
        answer = await ask(database, places, locality_preference=typed)
        assert (answer["total_count"], understood(answer)) == (2, ("city", name, []))
        await check_suggestions(database, places, answer)


async def test_the_other_sector_of_a_number_is_offered(database: Database) -> None:
    places = await store(database, *({"sector": "greater-noida-sector-1"} for _ in range(9)))
    answer = await ask(database, places, locality_preference="sector 1")
    assert answer["total_count"] == 0
    assert understood(answer) == ("sector", "Sector 1", ["Sector 1, Greater Noida"])
    assert offered(answer, "locality_preference")[0] == (
        "9 homes in Sector 1, Greater Noida",
        "Sector 1, Greater Noida",
    )
    await check_suggestions(database, places, answer)


async def test_members_of_a_family_are_named(database: Database) -> None:
    places = await store(database, {"sector": "alpha-1"}, {"sector": "alpha-2"}, {"sector": "alpha-2"})
    answer = await ask(database, places, locality_preference="alpha")
    assert (answer["total_count"], understood(answer)) == (3, ("zone", "Alpha", ["Alpha 1", "Alpha 2"]))
    assert offered(answer, "locality_preference") == []  # a part of it shows no home more


async def test_an_unclear_word_is_not_guessed_and_its_readings_are_offered(database: Database) -> None:
    places = await store(database, {"sector": "yamuna-sector-18"}, {"sector": "yamuna-sector-18"})
    answer = await ask(database, places, locality_preference="Yamuna")
    assert answer["total_count"] == 0
    kind, name, did_you_mean = understood(answer)
    assert (kind, name, did_you_mean[0]) == (None, None, "Yamuna Expressway")
    assert ("2 homes in Yamuna Expressway", "Yamuna Expressway") in offered(answer, "locality_preference")


@pytest.mark.parametrize("typed", ["Ghaziabad", "Indirapuram", "Sector 62, Gurgaon", "Mumbai", "raj nagar extension"])
async def test_other_cities_are_neither_found_nor_turned_into_something_of_noida(
    database: Database, typed: str
) -> None:
    places = await store(database, {"sector": "sector-62"})
    answer = await ask(database, places, locality_preference=typed)
    assert (answer["total_count"], understood(answer)) == (0, (None, None, []))


@pytest.mark.parametrize("typed", ["Delhi Public School", "Sector 62, Noida, Delhi NCR", "Sector 62, Noida near Delhi"])
async def test_names_that_hold_another_city_s_are_understood(database: Database, typed: str) -> None:
    answer = await ask(database, await store(database, {}), locality_preference=typed)
    assert understood(answer)[0]


@pytest.mark.parametrize("typed", ["Hoopoe Commons", "hoopoe comons", "HOOPOE COMMONS (demo)"])
async def test_a_society_only_listings_know_is_found_by_its_name(database: Database, typed: str) -> None:
    places = await store(
        database,
        *({"sector": "sector-27", "society_name": name} for name in ("Hoopoe Commons (demo)", "HOOPOE COMMONS (DEMO)")),
        {"sector": "sector-27", "society_name": "Hoopoe Park (demo)"},
        {"sector": "sector-27", "society_name": "Hoopoe Commons (demo)", "is_active": False},
        {"sector": "sector-27"},
    )
    answer = await ask(database, places, locality_preference=typed)
    assert answer["total_count"] == len(answer["results"]) == 2
    assert answer["filters_applied"]["place"]["sectors"] == ["Sector 27"]
    assert understood(answer)[0] == "society"
    await check_suggestions(database, places, answer)
    assert ("4 homes in Sector 27", "Sector 27") in offered(answer, "locality_preference")
    counted = await search.count(
        database.direct, places, CountRequest.model_validate({"property_type": "flat", "locality_preference": typed})
    )
    assert counted.count == sum(bar.count for bar in counted.histogram) == 2


async def test_what_listings_call_a_society_does_not_hide_a_place(database: Database) -> None:
    names = ["Noida", "Greater Noida", "Sector 62", "Gaur City", "Nice Flat", "-"]
    places = await store(database, *({"society_name": name} for name in names))
    for typed, kind in (
        *(("noida", "city"), ("greater noida", "city"), ("sector 62", "sector"), ("gaur city", "sector")),
        *(("nice flat", "society"), ("a nice flat for us please", None), ("noida abc", None)),
    ):
        assert understood(await ask(database, places, locality_preference=typed))[0] == kind, typed
    # Where a listing stands is told by the facts, not by other listings.
    assert (await places.known()).gazetteer.locate("Nice Flat") is None


async def test_a_budget_beyond_every_home_is_no_dead_end(database: Database) -> None:
    places = await store(database, *({"bhk": 2} for _ in range(3)), {"bhk": 2, "price": 300_000_000})
    answer = await ask(database, places, bhk=2, budget_min=500_000_000, budget_max=1_000_000_000)
    assert answer["total_count"] == 0
    assert ("4 homes without a lower limit", 0) in offered(answer, "budget_min")
    await check_suggestions(database, places, answer)
    answer = await ask(database, places, bhk=2, budget_min=0, budget_max=1_000_000)
    assert ("4 homes without an upper limit", MAX_RUPEES) in offered(answer, "budget_max")
    await check_suggestions(database, places, answer)


async def test_buying_is_offered_where_nothing_is_let(database: Database) -> None:
    places = await store(database, PLOT, PLOT, {"listing_type": ListingType.RENT, "price": 20_000})
    answer = await ask(database, places, property_type="plot", listing_type="rent", budget_min=5000, budget_max=50_000)
    assert ("2 plots to buy, at any price", "sale") in offered(answer, "listing_type")
    await check_suggestions(database, places, answer)
    answer = await ask(database, places, budget_max=50_000)
    assert ("1 home to rent, at any rent", "rent") in offered(answer, "listing_type")


async def test_when_no_single_change_helps_all_but_the_type_is_dropped(database: Database) -> None:
    villa = {"property_type": PropertyType.VILLA, "sector": "sector-44", "price": 50_000_000}
    places = await store(database, villa, villa)
    far = {"property_type": "villa", "locality_preference": "Sector 150", "bhk": 9, "budget_max": 1_000_000}
    answer = await ask(database, places, **far)
    assert [offer["label"] for offer in answer["suggestions"]] == ["2 homes to buy, at any price, with no other wish"]
    assert [offer["change"] for offer in answer["suggestions"]] == ["several"]
    await check_suggestions(database, places, answer)
    answer = await ask(database, places, **far, listing_type="rent")
    assert [offer["label"] for offer in answer["suggestions"]] == ["2 homes to buy, at any price, with no other wish"]
    await check_suggestions(database, places, answer)
    assert (await ask(database, places, property_type="villa"))["suggestions"] == []  # there are no more homes at all


async def test_labels_count_what_they_name(database: Database) -> None:
    places = await store(
        database,
        PLOT,
        *({"property_type": PropertyType.COMMERCIAL, "bhk": None, "sector": "sector-62"} for _ in range(14)),
    )
    answer = await ask(database, places, locality_preference="Sector 62")
    assert offered(answer, "property_type") == [("14 commercial units instead", "commercial")]
    answer = await ask(database, places)
    assert offered(answer, "property_type") == [
        ("1 plot instead", "plot"),
        ("14 commercial units instead", "commercial"),
    ]
    answer = await ask(database, places, property_type="commercial", locality_preference="Sector 137")
    assert ("14 commercial units anywhere in Noida and Greater Noida", None) in offered(answer, "locality_preference")
    many = 1000
    places = await store(database, *({"bhk": 1} for _ in range(many)))
    answer = await ask(database, places, bhk=2)
    assert ("1,000 homes with 1 BHK", 1) in offered(answer, "bhk")


async def test_a_place_costs_no_statement_of_its_own(database: Database, statements: Statements) -> None:
    places = await store(database, *({"society_name": "Koel Heights"} for _ in range(8)))
    await places.known()
    statements.clear()
    await ask(database, places, locality_preference="koel heights")
    assert len(statements) == 1
    await ask(database, places, locality_preference="jaypee")
    assert len(statements) == 3
