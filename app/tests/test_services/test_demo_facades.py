"""The drawn fronts of demo listings."""

import xml.etree.ElementTree as ET

import pytest

from app.core.vocabulary import PropertyType
from app.services.demo.facades import HEIGHT, WIDTH, facade

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("kind", PropertyType)
def test_a_front_stays_inside_its_sheet_and_says_what_it_is(kind: PropertyType) -> None:
    for seed in range(20):
        for floors in (0, 1, 4, 60):
            root = ET.fromstring(facade(kind, floors, seed))  # noqa: S314 - drawn by us
            assert "Illustration" in [text.text for text in root.iter(f"{SVG}text")]
            for block in root.iter(f"{SVG}rect"):
                x, y = float(block.get("x", 0)), float(block.get("y", 0))
                assert x >= 0
                assert x + float(block.get("width", 0)) <= WIDTH
                assert y >= 0
                assert y + float(block.get("height", 0)) <= HEIGHT


def test_a_seed_gives_one_front_and_seeds_differ() -> None:
    drawn = {facade(PropertyType.FLAT, 12, seed) for seed in range(12)}
    assert facade(PropertyType.FLAT, 12, 3) in drawn
    assert len(drawn) == 12
