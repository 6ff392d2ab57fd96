import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.area import AreaUnit
from app.core.vocabulary import ListingType, PriceCategory
from app.services.figures import price
from app.services.figures.laying import ROWS, Bins, lay_bins, lay_values
from app.services.figures.price_chart import lay
from app.services.figures.price_evidence import PriceEvidence
from app.services.figures.sheet import plain
from app.services.figures.theme import LIGHT
from app.tests.test_services.test_figures import samples
from app.tests.test_services.test_figures.drawn import SVG, Figure, Shape, overlap, read

MANY = samples.PRICES * 10  # 230


def drawn(evidence: PriceEvidence) -> Figure:
    return read(price.drawing(evidence, LIGHT))


def bricks(figure: Figure) -> list[Shape]:
    """Of the comparables."""
    return [brick for brick in figure.of("brick") if "own" not in brick.kinds]


def middle(shape: Shape) -> float:
    return (shape.extent[0] + shape.extent[2]) / 2


VALUES = st.lists(samples.ANY_PRICE, min_size=5, max_size=60).map(tuple)


@given(VALUES, st.none() | samples.ANY_PRICE)
def test_one_brick_a_comparable_coloured_by_its_own_value(values: tuple[float, ...], home: float | None) -> None:
    evidence = samples.price(values, home)
    laid = bricks(drawn(evidence))
    inside = sum(evidence.p25 <= value <= evidence.p75 for value in values)
    assert len(laid) == len(values)
    assert sum(brick.fill == LIGHT.brick_mid for brick in laid) == inside
    assert sum(brick.fill == LIGHT.brick_pale for brick in laid) == len(values) - inside


@given(samples.PRICE_EVIDENCE.filter(lambda evidence: evidence.n >= 5))
def test_bricks_stand_on_each_other_and_never_overlap(evidence: PriceEvidence) -> None:
    figure = drawn(evidence)
    extents = sorted(brick.extent for brick in figure.of("brick"))
    base = max(bottom for *_, bottom in extents)
    for index, (left, top, right, bottom) in enumerate(extents):
        below = [other for other in extents if other[1] >= bottom and other[0] < right and left < other[2]]
        assert bottom == pytest.approx(base, abs=0.02) or below, "it hangs in the air"
        for other in extents[index + 1 :]:
            apart = other[0] >= right - 0.02 or other[1] >= bottom - 0.02 or other[3] <= top + 0.02
            assert apart, (extents[index], other)


def test_above_sixty_a_brick_is_several_and_says_so() -> None:
    evidence = samples.price(MANY, bin_step=250)
    wall = lay(evidence)
    counts = [sum(brick.share for brick in column) * wall.homes_per_brick for column in wall.columns]
    assert sum(counts) == pytest.approx(230)
    assert all(
        len(column) == math.ceil(count / wall.homes_per_brick - 1e-9)
        for column, count in zip(wall.columns, counts, strict=True)
    )
    assert max(map(len, wall.columns)) <= ROWS

    figure = read(price.on_sheet(evidence, LIGHT))
    assert len(bricks(figure)) == sum(map(len, wall.columns))
    homes = wall.homes_per_brick
    assert f"One brick is {homes} flats, a cut one fewer." in " ".join(figure.said)
    assert f"{homes} flats, middle half" in figure.said


def test_a_brick_of_several_is_coloured_by_its_middle_one() -> None:
    wall = lay_bins(Bins(0, 10, (27, 26), (7, 29)), 10, None)
    assert wall.homes_per_brick == 5
    laid = [brick for column in wall.columns for brick in column]
    # Middle ranks 2, 7, 12, 17, 22 and 25.5 of the first column, 29, 34 … of the second.
    assert [brick.inside for brick in laid] == [False, True, True, True, True, True, *[False] * 6]
    assert [brick.share for brick in laid] == [1, 1, 1, 1, 1, 0.4, 1, 1, 1, 1, 1, 0.2]


def test_the_home_stands_on_top_at_its_exact_price_with_the_flag_away_from_the_median() -> None:
    for home, side in ((8649.0, -1), (9100.0, -1), (10210.0, 1), (11649.0, 1)):
        figure = drawn(samples.price(home=home))
        (own,), (flag,), (median,) = figure.of("own"), figure.of("flag"), figure.of("median")
        assert own.fill == LIGHT.brick
        assert (middle(own) - middle(median)) * side > 0
        assert (middle(flag) - middle(median)) * side > 20
        assert not flag.extent[0] < middle(median) < flag.extent[2]
        assert f"₹{home:,.0f}" in figure.said
        same_column = [brick for brick in bricks(figure) if abs(middle(brick) - middle(own)) < 1]
        assert all(own.extent[3] <= brick.extent[1] for brick in same_column)


@pytest.mark.parametrize("home", [9400.0, 9600.0, 9700.0, 10000.0])
def test_the_pole_does_not_cross_the_words_over_the_band(home: float) -> None:
    figure = drawn(samples.price(home=home))
    (words,) = [words for words in figure.words if words.content == "middle half"]
    (pole,) = figure.of("pole")
    assert not overlap(words.extent, pole.extent)


@pytest.mark.parametrize(("home", "said"), [(1086490.0, "₹10,86,490"), (649.0, "₹649")])
def test_a_home_far_out_stands_behind_a_break_with_its_true_price(home: float, said: str) -> None:
    figure = drawn(samples.price(home=home))
    (own,), (zigzag,) = figure.of("own"), figure.of("break")
    comparables = [brick.extent for brick in bricks(figure)]
    assert said in figure.said
    if home > 9610:
        assert own.extent[0] > zigzag.extent[0] > max(right for _, _, right, _ in comparables) - 3
    else:
        assert own.extent[2] < zigzag.extent[2] < min(left for left, *_ in comparables) + 3


def test_a_comparable_far_out_does_not_flatten_the_rest() -> None:
    figure = drawn(samples.price((8000, 8100, 8140, 8200, 8250, 8300, 95000), home=8150))
    columns = {round(middle(brick)) for brick in bricks(figure)}
    assert len(columns) >= 5
    assert len(figure.of("break")) == 1
    assert "95,000" in figure.said


def test_all_alike_make_one_column_on_the_median() -> None:
    figure = drawn(samples.price((9850,) * 60, home=9850))
    (median,) = figure.of("median")
    extents = [brick.extent for brick in bricks(figure)]
    left, right = min(extent[0] for extent in extents), max(extent[2] for extent in extents)
    assert len(extents) == 60
    assert (left + right) / 2 == pytest.approx(middle(median), abs=0.1)
    assert right - left < 60
    assert not figure.of("band")


def test_rents_keep_a_decimal_and_are_called_rents() -> None:
    rents = tuple(18 + index * 0.7 for index in range(30))
    said = read(price.on_sheet(samples.price(rents, 22.4, listing_type=ListingType.RENT), LIGHT)).said
    assert "₹22.4" in said
    assert "Asking rents in rupees a month per sq\u00a0ft of carpet area, 20\u00a0Nov\u00a02026." in " ".join(said)


def test_what_is_on_the_scale_is_never_behind_a_break() -> None:
    values = (6600.0, 9500.0, 9900.0, 10000.0, 10100.0, 10500.0, 13400.0, 13700.0, 17000.0)
    wall = lay_values(values, 9500, 10500, 10000, 14000)
    assert wall.start < 14000 < wall.end
    assert wall.above == (17000,)
    assert lay_values(values, 9500, 10500, 10000, None).above == (13700, 17000)


def test_below_five_nothing_is_compared() -> None:
    figure = drawn(samples.price(samples.PRICES[:3]))
    assert figure.said == ["Not enough comparable listings (3)", "A comparison needs 5."]
    assert len(figure.of("brick")) == 3
    assert len(figure.of("not-laid")) == 2
    assert not figure.of("median")


def test_five_to_seven_get_no_verdict() -> None:
    evidence = samples.price(samples.PRICES[:6], verdict=PriceCategory.BELOW_AVERAGE)
    assert price.headline(evidence) == (("Median ₹8,815 of 6 similar flats; too few for a verdict.", "ink"),)
    said = read(price.on_sheet(evidence, LIGHT)).said
    assert "Range" in said
    assert "₹8,120\u00a0\u2013 ₹9,060" in said


@pytest.mark.parametrize(
    ("home", "verdict", "said", "tone"),
    [
        (8649.0, PriceCategory.BELOW_AVERAGE, "10% below the median of 23 similar flats.", "neem"),
        (11649.0, PriceCategory.ABOVE_AVERAGE, "21% above the median of 23 similar flats.", "haldi"),
        (9800.0, PriceCategory.AVERAGE, "2% above the median of 23 similar flats.", "ink"),
        (9610.0, PriceCategory.AVERAGE, "At the median of 23 similar flats.", "ink"),
        (96100.0, PriceCategory.ABOVE_AVERAGE, "10.0\u00a0times the median of 23 similar flats.", "haldi"),
        (None, None, "Median ₹9,610 of 23 similar flats; the price of this flat is not known.", "ink"),
    ],
)
def test_the_sentence(home: float | None, verdict: PriceCategory | None, said: str, tone: str) -> None:
    sentence = price.headline(samples.price(home=home, verdict=verdict))
    assert plain(sentence) == said
    assert sentence[0][1] == tone


def test_an_unknown_price_is_hatched_and_has_no_place() -> None:
    figure = drawn(samples.price(home=None))
    (hatched,) = figure.of("unknown")
    assert hatched.fill == "url(#price-hatch)"
    assert "this flat: not known" in figure.said
    assert not figure.of("own")
    assert not figure.of("flag")
    assert len(bricks(figure)) == 23


def test_the_evidence_stands_on_the_sheet() -> None:
    said = read(price.on_sheet(samples.price(), LIGHT)).said
    for part in (
        "₹9,120\u00a0\u2013 ₹10,210",
        "23 flats",
        "2\u00a0duplicates, 1\u00a0outlier",
        "8.1%",
        "Carpet, all of them",
    ):
        assert part in said
    assert "20\u00a0Nov\u00a02026. One brick is one flat." in " ".join(said)


@given(VALUES, samples.ANY_PRICE)
def test_a_home_near_the_comparables_is_on_the_scale(values: tuple[float, ...], home: float) -> None:
    evidence = samples.price(values, home)
    wall = lay_values(evidence.values, evidence.p25, evidence.p75, evidence.median, home)
    near = [value for value in values if value not in {*wall.below, *wall.above}]
    assert sum(map(len, wall.columns)) == len(near)
    if min(near) <= home <= max(near):
        assert wall.start <= home <= wall.end
    assert len(wall.columns) <= 14


def test_a_description_names_the_unit_of_its_prices() -> None:
    evidence = samples.price(samples.PRICES, 9000)
    for unit, own in ((AreaUnit.SQFT, "₹9,000"), (AreaUnit.GAJ, "₹81,000")):
        description = drawn(evidence.per(unit)).root.findtext(f"{SVG}desc") or ""
        named = "sq ft" if unit is AreaUnit.SQFT else "gaj"
        assert description.startswith(f"Rupees per {named}. This flat: {own};")
