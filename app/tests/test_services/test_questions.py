"""The three questions: what they offer is what a search takes, and their figures are those of the listings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.database import Database
from app.core.price_buckets import LOWER_BOUNDS
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AreaBasis, ListingType, PropertyType
from app.schemas.asked_questions import ChoiceQuestion
from app.schemas.questions import RentScale, SaleScale
from app.schemas.search import CountRequest, GuidedSearchRequest
from app.services import questions, search, slider
from app.services.gazetteer import Places
from app.tests.conftest import RememberedPlaces
from app.tests.factories import make_properties

SCALES = {ListingType.SALE: SaleScale(), ListingType.RENT: RentScale()}
EVERYTHING = {"budget_min": 0, "budget_max": 100_000_000_000, "property_type": "flat"}
PLOT: dict[str, Any] = {"property_type": PropertyType.PLOT, "bhk": None, "area_basis": AreaBasis.PLOT}
RENT: dict[str, Any] = {"listing_type": ListingType.RENT, "price": 20_000}
LISTINGS: list[dict[str, Any]] = [
    *({"bhk": 2}, {"bhk": 2}, {"bhk": 3}, {"bhk": 12}, {"property_type": PropertyType.VILLA, "bhk": 4}),
    *({**PLOT, "price": 2_000_000}, {**PLOT, "price": 90_000_000}, {"is_active": False}),
    *({**RENT, "bhk": 2}, {**RENT, "bhk": 1, "price": 90_000}),
]


@pytest.fixture
async def places(database: Database) -> Places:
    async with unit_of_work(database) as session:
        await make_properties(session, LISTINGS)
    return RememberedPlaces(database)


async def test_every_option_is_an_answer_that_a_search_takes(database: Database, places: Places) -> None:
    answer = await questions.ask(database.direct, places)
    for question in (answer.property_type, *answer.preference.choices):
        assert question.options
        for option in question.options:
            request = GuidedSearchRequest.model_validate(EVERYTHING | {question.key: option.value})
            assert getattr(request, question.key) == option.value
    assert [option.value for option in choice(answer.preference.choices, "bhk").options] == [1, 2, 3, 4, 12]


async def test_every_area_offered_means_itself(database: Database, places: Places) -> None:
    answer = await questions.ask(database.direct, places)
    for option in choice(answer.preference.choices, "locality_preference").options:
        understood = search.understand_place(str(option.value), await places.known())
        assert understood
        assert understood.place
        assert understood.place.name == option.value


async def test_counts_are_those_of_buying_and_both_purposes_are_told(database: Database, places: Places) -> None:
    answer = await questions.ask(database.direct, places)
    bhk = choice(answer.preference.choices, "bhk").options
    assert [(option.value, option.count) for option in bhk] == [(1, 0), (2, 2), (3, 1), (4, 1), (12, 1)]
    assert bhk[1].by_listing_type == {ListingType.SALE: 2, ListingType.RENT: 1}
    for option in answer.property_type.options:
        assert option.by_listing_type
        assert option.by_listing_type[ListingType.SALE] == option.count
        for listing_type, number in option.by_listing_type.items():
            asked = CountRequest.model_validate({"listing_type": listing_type, "property_type": option.value})
            assert (await search.count(database.direct, places, asked)).count == number
    sold_or_let = choice(answer.preference.choices, "listing_type").options
    assert [option.count for option in sold_or_let] == [7, 2]
    for listing_type, scale in answer.budget.scales.items():
        homes = {ListingType.SALE: 7, ListingType.RENT: 2}[listing_type]
        assert sum(bar.count for bar in scale.histogram) == homes


def choice(choices: list[ChoiceQuestion], key: str) -> ChoiceQuestion:
    return next(question for question in choices if question.key == key)


@st.composite
def counted(draw: st.DrawFn) -> tuple[ListingType, dict[int, int]]:
    """Homes by price bucket; often in the first and in the last, open bucket."""
    listing_type = draw(st.sampled_from(list(ListingType)))
    last = len(LOWER_BOUNDS[listing_type]) - 1
    buckets = st.sampled_from([0, last - 1, last]) | st.integers(0, last)
    return listing_type, draw(st.dictionaries(buckets, st.integers(1, 300), max_size=40))


@given(counted())
def test_the_slider_s_bars_hold_every_home_and_end_where_it_does(
    case: tuple[ListingType, dict[int, int]],
) -> None:
    listing_type, buckets = case
    bounds = LOWER_BOUNDS[listing_type]
    scale = slider.budget_scale(SCALES[listing_type], buckets)
    assert scale.minimum < scale.maximum
    assert {scale.minimum, scale.maximum} <= set(bounds)
    total = sum(buckets.values())
    assert sum(bar.count for bar in scale.histogram) == total
    closed = [bar for bar in scale.histogram if bar.price_from is not None and bar.price_to is not None]
    assert len(closed) <= slider.HISTOGRAM_BARS
    if buckets:
        assert (closed[0].price_from, closed[-1].price_to) == (scale.minimum, scale.maximum)
    for bar in scale.histogram:
        low, high = bar.price_from or 0, bar.price_to or 10**12
        assert bar.count == sum(n for bucket, n in buckets.items() if low <= bounds[bucket] < high)
    for bar, following in zip(scale.histogram, scale.histogram[1:], strict=False):
        assert bar.price_to == following.price_from
    dearest = buckets.get(len(bounds) - 1, 0)
    for open_bar in (bar for bar in scale.histogram if bar not in closed):
        assert 0 < open_bar.count <= max(total * 0.01, dearest)


@given(counted())
def test_the_bars_of_a_count_end_with_its_last_home(case: tuple[ListingType, dict[int, int]]) -> None:
    listing_type, buckets = case
    bars = slider.histogram(listing_type, buckets)
    assert sum(bar.count for bar in bars) == sum(buckets.values())
    if not buckets:
        assert bars == []
        return
    bounds = [*LOWER_BOUNDS[listing_type], None]
    assert (bars[0].price_from, bars[-1].price_to) == (bounds[min(buckets)], bounds[max(buckets) + 1])
