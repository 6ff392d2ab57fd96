import math

import pytest
from hypothesis import given

from app.core.vocabulary import PlaceCategory
from app.services.figures import nearby
from app.services.figures.nearby_map import CENTRE, EDGE, Nearby, NearbyPlace
from app.services.figures.sheet import plain
from app.services.figures.theme import LIGHT
from app.tests.test_services.test_figures import samples
from app.tests.test_services.test_figures.drawn import Figure, at, overlap, read
from app.tests.test_services.test_figures.samples import EXACT, HOSPITAL, MARKET, METRO, PARK, SCHOOL, SECTOR, place


def drawn(figure: Nearby) -> Figure:
    return read(nearby.drawing(figure, LIGHT))


@given(samples.NEARBY)
def test_pins_stand_at_their_true_bearing_and_distance(inputs: Nearby) -> None:
    figure = drawn(inputs)
    pins, beyond = figure.groups("pin"), figure.groups("beyond")
    known = inputs.precision is not None
    assert sorted([*pins, *beyond]) == ([one.number for one in inputs.places] if known else [])
    for one in inputs.places if known else ():
        if one.distance_m > inputs.reach_m:
            assert one.number in beyond
            continue
        x, y = at(pins[one.number])
        away = one.distance_m * EDGE / inputs.reach_m
        angle = math.radians(one.bearing_deg)
        assert (x, y) == pytest.approx(
            (CENTRE[0] + away * math.sin(angle), CENTRE[1] - away * math.cos(angle)), abs=0.01
        )


def test_beyond_the_rim_a_hollow_number_stands_at_its_bearing() -> None:
    figure = drawn(samples.SPARSE)
    (number,) = figure.groups("beyond").values()
    x, y = at(number)
    assert math.degrees(math.atan2(x - CENTRE[0], CENTRE[1] - y)) % 360 == pytest.approx(200, abs=0.1)
    assert math.dist((x, y), CENTRE) > EDGE + 11
    circle = number[0]
    assert circle.get("fill") == LIGHT.surface
    assert circle.get("stroke-dasharray")


def test_rim_numbers_that_meet_step_inwards_at_their_bearing() -> None:
    figure = drawn(samples.nearby(place(1, PARK, 2400, 88), place(2, PARK, 2500, 90), place(3, PARK, 2600, 92)))
    for number, bearing, distance in ((1, 88, 163), (2, 90, 137), (3, 92, 111)):
        x, y = at(figure.groups("beyond")[number])
        assert math.dist((x, y), CENTRE) == pytest.approx(distance, abs=0.1)
        assert math.degrees(math.atan2(x - CENTRE[0], CENTRE[1] - y)) == pytest.approx(bearing, abs=0.1)


@pytest.mark.parametrize("inputs", [samples.DENSE, samples.SPARSE], ids=["dense", "sparse"])
def test_every_number_can_be_read_once(inputs: Nearby) -> None:
    figure = drawn(inputs)
    numbers = [words for words in figure.words if words.content.isdigit()]
    assert sorted(int(words.content) for words in numbers) == [one.number for one in inputs.places]
    for words in numbers:
        later = figure.layers[figure.layers.index(words) + 1 :]
        for layer in later:
            if getattr(layer, "fill", "none") != "none":
                assert not overlap(words.extent, layer.extent), (words.content, layer.element.attrib)


def test_a_category_is_a_shape_and_a_colour() -> None:
    places = [place(number, category, 1500, number * 60) for number, category in enumerate(PlaceCategory, 1)]
    figure = drawn(samples.nearby(*places))
    shapes = [shape for shape in figure.of("shape") if shape.element.get("stroke-width") == "0"]
    assert len({shape.fill for shape in shapes}) == 5
    assert len({shape.outline for shape in shapes}) == 5
    assert {shape.fill for shape in shapes} == {LIGHT.nila, LIGHT.haldi, LIGHT.lac, LIGHT.brick, LIGHT.neem}


def test_a_place_known_by_its_sector_is_hollow() -> None:
    figure = drawn(samples.nearby(place(1, SCHOOL, 900, 40, SECTOR)))
    *_, shape = figure.of("shape")
    assert (shape.fill, shape.element.get("stroke")) == (LIGHT.surface, LIGHT.haldi)


@pytest.mark.parametrize(
    ("reach", "rings", "labels"),
    [(2000, 3, {"500\u00a0m", "1\u00a0km", "2\u00a0km"}), (1000, 2, {"500\u00a0m", "1\u00a0km"})],
)
def test_rings_are_to_scale(reach: int, rings: int, labels: set[str]) -> None:
    figure = drawn(samples.nearby(place(1, PARK, 400, 30), reach=reach))
    radii = sorted(float(ring.element.attrib["r"]) for ring in figure.of("ring"))
    assert len(radii) == rings
    assert radii[0] == pytest.approx(EDGE * 500 / reach)
    assert radii[-1] == EDGE
    assert labels <= set(figure.said)


def test_the_metro_line_ends_at_the_rim() -> None:
    across = ((3000.0, 270.0), (0.0, 0.0), (3000.0, 90.0))
    past = ((3000.0, 0.0), (3000.0, 90.0))
    runs = drawn(samples.nearby(metro_lines=(across, past))).of("metro")
    assert [run.extent for run in runs] == [pytest.approx((CENTRE[0] - EDGE, CENTRE[1], CENTRE[0] + EDGE, CENTRE[1]))]
    within = ((500.0, 90.0), (1500.0, 90.0))
    (run,) = drawn(samples.nearby(metro_lines=(within,))).of("metro")
    assert run.extent == pytest.approx((CENTRE[0] + EDGE / 4, CENTRE[1], CENTRE[0] + EDGE * 3 / 4, CENTRE[1]))


def test_without_a_position_nothing_is_placed() -> None:
    figure = read(nearby.on_sheet(samples.nearby(place(1, METRO, 500, 10), precision=None), LIGHT))
    assert "Position not known" in figure.said
    assert not figure.groups("pin")
    assert not any("500" in said for said in figure.said)


def test_nothing_on_record_is_said() -> None:
    assert "no places on record" in drawn(samples.nearby()).said


def test_the_sentence_names_the_nearest_of_each() -> None:
    exact = samples.nearby(
        place(1, METRO, 650, 1), place(2, METRO, 100, 1), place(3, MARKET, 1240, 1), place(4, PARK, 300, 1)
    )
    assert plain(nearby.headline(exact)) == "Metro\u00a0100\u00a0m, park\u00a0300\u00a0m, market\u00a01.2\u00a0km."
    assert (
        plain(nearby.headline(samples.SPARSE))
        == "Market\u00a0about\u00a01.2\u00a0km, metro\u00a0about\u00a04.8\u00a0km."
    )
    assert (
        plain(nearby.headline(samples.DENSE)) == "Metro\u00a0about\u00a0620\u00a0m, market\u00a0about\u00a0640\u00a0m."
    )
    beside = samples.nearby(place(1, METRO, 12, 1))
    assert plain(nearby.headline(beside)) == "Metro\u00a050\u00a0m or less."
    assert plain(nearby.headline(samples.nearby())) == "No places on record around it."


@pytest.mark.parametrize("reach", [1, 3])
def test_no_word_of_the_sentence_is_cut(reach: int) -> None:
    kinds = (SCHOOL, HOSPITAL, MARKET)[:reach]
    figure = samples.nearby(
        *(place(number, kind, 990 + 500 * number, 90, SECTOR) for number, kind in enumerate(kinds, start=1))
    )
    said = " ".join(read(nearby.on_sheet(figure, LIGHT)).said)
    assert all(word in said for word in plain(nearby.headline(figure)).split(" "))


def test_the_sheet_lists_every_place_as_marked() -> None:
    said = read(nearby.on_sheet(samples.DENSE, LIGHT)).said
    for one in samples.DENSE.places:
        assert one.name in said
    assert said.count("in\u00a0its\u00a0sector") == 4
    notes = " ".join(said)
    assert "Measured from the middle of its sector, so distances are approximate." in notes
    assert "Dashed at the rim: beyond 2\u00a0km." in notes


def test_names_are_told_as_text() -> None:
    named = NearbyPlace(HOSPITAL, "<b>A & E</b>", 700, 10, 1, EXACT)
    figure = read(nearby.on_sheet(samples.nearby(named), LIGHT))
    assert "<b>A & E</b>" in figure.said
    assert "1 <b>A & E</b>, hospital, 700\u00a0m, north." in (figure.root[1].text or "")
