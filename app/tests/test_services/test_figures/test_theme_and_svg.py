import math
import re
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.figures import svg
from app.services.figures.theme import DARK, LIGHT, PAGE, Theme
from app.tests.test_services.test_figures.contrast import ratio
from app.tests.test_services.test_figures.drawn import FACES, read

SAID = (
    "Summer sun on each wall, April to June, afternoons weighted; 100 is the hottest.",
    "12% below the median of 23 similar flats.",
    "South-east windows: summer heat 70 of 100.",
    "₹9,150 \u2013 ₹10,550",
    "middle half",
    "₹1,08,649",
    "WWW MMM 0000 @@@",
)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_that_carry_meaning_stand_out(theme: Theme) -> None:
    for colour in (theme.ink, theme.ink_2, theme.ink_3, theme.brick, theme.neem, theme.nila, theme.haldi, theme.lac):
        assert ratio(colour, theme.surface) >= 4.5
    for fill, ink in zip(theme.heat + theme.light, theme.on_heat + theme.on_light, strict=True):
        assert ratio(fill, ink) >= 4.5
    assert ratio(theme.line_strong, theme.surface) >= 3


def test_the_page_theme_names_the_tokens() -> None:
    assert PAGE.line_strong == "var(--line-strong)"
    assert PAGE.on_heat == tuple(f"var(--on-heat-{step})" for step in range(1, 6))
    colours = [value for field, value in asdict(PAGE).items() if field != "language"]
    names = [name for value in colours for name in ([value] if isinstance(value, str) else value)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"var\(--[a-z]+(-[a-z0-9]+)*\)", name) for name in names)


@given(st.text(), st.text())
def test_words_and_attributes_come_back_as_they_were(content: str, name: str) -> None:
    markup = svg.lettering((1, 2), content, name)
    words = read(f'<svg xmlns="http://www.w3.org/2000/svg">{markup}</svg>').words[0]

    def sayable(text: str) -> str:
        return "".join(character for character in text if character >= " " and character not in "\ufffe\uffff")

    # XML reads every way to end a line as one.
    assert sayable(words.content) == sayable(content)
    assert sayable(words.element.attrib["fill"]) == sayable(name)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_no_coordinate(value: float) -> None:
    with pytest.raises(ValueError, match="not a coordinate"):
        svg.element("circle", r=value)


@pytest.mark.parametrize(
    ("value", "said"), [(-0.001, "0"), (12.0, "12"), (1.005, "1"), (99.999, "100"), (-2.5, "-2.5")]
)
def test_numbers_are_short(value: float, said: str) -> None:
    assert svg.number(value) == said


@pytest.mark.parametrize("said", SAID)
def test_words_are_not_wider_than_thought(said: str) -> None:
    for name, face in FACES.items():
        display = name.startswith("brygada")
        thought = svg.advance(said, 10, display=display)
        assert face.width(said) * 10 <= thought <= face.width(said) * 13


def test_what_does_not_fit_is_cut() -> None:
    assert svg.fit("Sector 137", 100) == "Sector 137"
    cut = svg.fit("Felicity Care Hospital and Research Centre", 100)
    assert cut.startswith("Felicity")
    assert cut.endswith("…")
    assert svg.advance(cut) <= 100
