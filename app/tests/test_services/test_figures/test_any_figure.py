"""What holds for every figure, whatever is known of the home."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.vocabulary import Language
from app.services.figures import compass, nearby, price
from app.services.figures.compass_dial import Mode
from app.services.figures.theme import DARK, LIGHT, Theme
from app.tests.test_services.test_figures import samples
from app.tests.test_services.test_figures.contrast import blend, ratio
from app.tests.test_services.test_figures.drawn import SVG, Figure, Shape, Words, overlap, read

MODULES: dict[Any, Any] = {compass: samples.COMPASSES, price: samples.PRICE_EVIDENCE, nearby: samples.NEARBY}
ANY_FIGURE = st.one_of(
    [st.tuples(st.sampled_from([module.drawing, module.on_sheet]), inputs) for module, inputs in MODULES.items()]
)
EXAMPLES = {
    "compass": (compass, samples.compass()),
    "compass by daylight": (compass, samples.compass(mode=Mode.DAYLIGHT, month=12)),
    "compass, windows unknown": (compass, samples.compass(windows=None)),
    "compass, nothing known": (compass, samples.compass(windows=None, entrance=None)),
    "price": (price, samples.price()),
    "price, 6": (price, samples.price(samples.PRICES[:6])),
    "price, 3": (price, samples.price(samples.PRICES[:3])),
    "price, 230": (price, samples.price(samples.PRICES * 10, bin_step=250)),
    "price, all alike": (price, samples.price((9850,) * 23)),
    "price, home unknown": (price, samples.price(home=None)),
    "price, home far out": (price, samples.price(home=108649)),
    "nearby, dense": (nearby, samples.DENSE),
    "nearby, sparse": (nearby, samples.SPARSE),
    "nearby, nothing": (nearby, samples.nearby()),
    "nearby, position unknown": (nearby, samples.nearby(precision=None)),
}
examples = pytest.mark.parametrize(("module", "figure"), EXAMPLES.values(), ids=EXAMPLES.keys())
HINDI = replace(LIGHT, language=Language.HINDI)
themes = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@given(ANY_FIGURE, st.sampled_from([LIGHT, DARK, HINDI]))
@settings(max_examples=200)
def test_is_well_formed_named_and_inside_its_box(drawn: tuple[Callable[[Any, Theme], str], Any], theme: Theme) -> None:
    draw, inputs = drawn
    figure = read(draw(inputs, theme))  # raises for malformed XML, NaN, inf, inline styles

    width, height = figure.size
    assert width == 360
    for layer in figure.layers:
        left, top, right, bottom = layer.extent
        assert 0 <= left <= right <= width, layer.element.attrib
        assert 0 <= top <= bottom <= height, layer.element.attrib
    title, description = figure.root.find(f"{SVG}title"), figure.root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert description is not None
    assert description.text
    assert figure.root.get("role") == "img"
    assert figure.root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert all(14.5 <= words.size <= 21 for words in figure.words)


@examples
@themes
@pytest.mark.parametrize("sheet", [False, True], ids=["alone", "sheet"])
def test_words_stand_out_from_what_is_behind_them(module: Any, figure: Any, theme: Theme, *, sheet: bool) -> None:
    drawn = read((module.on_sheet if sheet else module.drawing)(figure, theme))
    for words, ground in _grounds(drawn):
        for fill, content in words.parts:
            assert ratio(fill, ground) >= 4.5, (content, fill, ground)


@examples
@pytest.mark.parametrize(
    ("sheet", "theme"), [(False, LIGHT), (True, LIGHT), (False, HINDI)], ids=["alone", "sheet", "alone in Hindi"]
)
def test_words_do_not_run_into_each_other(module: Any, figure: Any, theme: Theme, *, sheet: bool) -> None:
    words = read((module.on_sheet if sheet else module.drawing)(figure, theme)).words
    for index, one in enumerate(words):
        for other in words[index + 1 :]:
            assert not overlap(one.extent, other.extent), (one.content, other.content)


@examples
def test_a_drawing_speaks_the_language_of_its_theme(module: Any, figure: Any) -> None:
    drawn = read(module.drawing(figure, HINDI))
    described = [drawn.root.findtext(f"{SVG}{part}") or "" for part in ("title", "desc")]
    left = re.findall(r"[A-Za-z]{2,}", " ".join([*drawn.said, *described]))
    # Of the samples' own places and scope.
    assert set(left) <= {"Place", "Sector", "BHK", "COD", "area"}, left


def _grounds(figure: Figure) -> Iterator[tuple[Words, str]]:
    """Every text with the colour behind its middle, or that of its halo."""
    behind: list[Shape] = []
    for layer in figure.layers:
        if isinstance(layer, Shape):
            behind.append(layer)
            continue
        ground = layer.halo
        for shape in behind if ground is None else ():
            opacity = float(shape.element.get("fill-opacity", "1"))
            if shape.fill != "none" and shape.covers(layer.middle):
                ground = shape.fill if ground is None else blend(shape.fill, ground, opacity)
        assert ground is not None, layer.content
        yield layer, ground
