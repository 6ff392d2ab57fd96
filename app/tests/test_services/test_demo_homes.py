"""What one demo listing says, and what the listings of one society say, is possible."""

import re
from collections import Counter, defaultdict
from datetime import timedelta
from statistics import median

import pytest

from app.core.vocabulary import ListingType, Possession, PropertyType
from app.services.demo.calibration import Quota
from app.services.demo.texts import LOW_RISE, TERRACE
from app.tests.test_services.test_demo import FIGURES, NOW, Row, of_type, rows, sectors

VACANT = ("Ready to move in.", "Possession is immediate.", "The keys are at hand.")
STILL_LET = ("Let until the date given.", "The tenants leave by the date given.")


@pytest.fixture(scope="module")
def societies() -> list[list[Row]]:
    members: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows(20_000):
        if row["society_name"]:
            members[row["society_name"]].append(row)
    return list(members.values())


def test_flats_of_a_society_share_what_is_so_of_all_of_it(societies: list[list[Row]]) -> None:
    flats = sum(map(len, societies))
    every_flat = [row for row in rows(20_000) if row["property_type"] == PropertyType.FLAT]
    assert flats / len(every_flat) == pytest.approx(FIGURES.society_share, abs=0.025)
    for members in societies:
        shared = ("sector_id", "total_floors", "possession", "age_years")
        assert len({tuple(row[name] for name in shared) for row in members}) == 1
        for stated in ("ownership", "lease_years_left"):
            assert len({row[stated] for row in members} - {None}) <= 1
        if members[0]["possession"] != Possession.READY_TO_MOVE:
            assert len({row["available_from"] for row in members}) == 1
            assert {row["listing_type"] for row in members} == {ListingType.SALE}


def test_a_few_large_sectors_do_not_decide_what_is_under_construction(societies: list[list[Row]]) -> None:
    for_sale = [row["possession"] for members in societies for row in members if row["listing_type"] == "sale"]
    total = sum(FIGURES.possession_shares.values())
    for possession, share in FIGURES.possession_shares.items():
        assert Counter(for_sale)[possession] / len(for_sale) == pytest.approx(share / total, abs=0.03)


def test_a_quota_deals_every_share_whatever_the_weights() -> None:
    dealt: Counter[str] = Counter()
    quota = Quota({"often": 7.0, "seldom": 3.0})
    for weight in (900, 300, *[10] * 200):
        dealt[quota.deal(weight)] += weight
    assert dealt["often"] / dealt.total() == pytest.approx(0.7, abs=0.01)


def test_a_rented_home_stands_empty_or_says_that_it_is_let() -> None:
    kinds: Counter[bool] = Counter()
    for row in of_type(PropertyType.FLAT, PropertyType.VILLA, PropertyType.COMMERCIAL):
        if row["listing_type"] == ListingType.RENT:
            vacant = row["available_from"] <= row["listed_at"].date()
            kinds[vacant] += 1
            assert any(text in row["description"] for text in (VACANT if vacant else STILL_LET))
            assert not any(text in row["description"] for text in (STILL_LET if vacant else VACANT))
            assert row["available_from"] < (NOW + timedelta(days=46)).date()
    assert 0.5 < kinds[True] / kinds.total() < 0.7


def test_texts_suit_the_building() -> None:
    for row in rows():
        text, kind = row["description"], row["property_type"]
        if "tower" in text:
            assert kind == PropertyType.FLAT
            assert row["total_floors"] > LOW_RISE
        assert "the house is" not in text.lower() or kind == PropertyType.VILLA
        assert not re.search("kitchen|bed|wardrobe", text) or kind in {PropertyType.FLAT, PropertyType.VILLA}
        if TERRACE in row["amenities"]:
            assert kind == PropertyType.VILLA or row["floor_number"] == row["total_floors"]
        assert f"In {row['locality']}: " not in text or f"In {row['locality']}: a" in text


def rupees_a_sqft(row: Row) -> float:
    return float(row["price"] / row["area_sqft"])


def test_no_price_is_out_of_its_sector() -> None:
    for row in rows(20_000):
        if row["listing_type"] == ListingType.SALE:
            sector = sectors()[row["sector_id"]]
            market = FIGURES.market(sector.slug, sector.zone_slug)
            most = 1.6 if row["property_type"] == PropertyType.COMMERCIAL else 1.4
            assert 0.85 * market.p10 < rupees_a_sqft(row) < most * market.p90, row["title"]


def test_land_costs_more_than_a_share_of_a_tower_on_it() -> None:
    prices: defaultdict[int, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows(20_000):
        if row["listing_type"] == ListingType.SALE:
            prices[row["sector_id"]][row["property_type"]].append(rupees_a_sqft(row))
    compared = [kinds for kinds in prices.values() if min(len(kinds["plot"]), len(kinds["flat"])) >= 25]
    assert len(compared) > 15
    for kinds in compared:
        assert median(kinds["plot"]) > median(kinds["flat"])


def test_no_home_is_let_for_next_to_nothing() -> None:
    for row in of_type(PropertyType.FLAT, PropertyType.VILLA):
        if row["listing_type"] == ListingType.RENT:
            assert row["price"] >= FIGURES.least_rent.home[row["bhk"]]
    cheapest = [row["price"] for row in rows(20_000) if row["listing_type"] == ListingType.RENT and row["bhk"] == 2]
    assert Counter(cheapest)[min(cheapest)] < len(cheapest) / 10, "the floor is no price of its own"
