import asyncio
import struct

import pytest

from app.infrastructure.raster import FONTS, png
from app.services.figures import compass, nearby, price
from app.services.figures.theme import LIGHT
from app.tests.test_services.test_figures import samples
from app.tests.test_services.test_figures.drawn import FACES, face_of, read

FIGURES = {
    "compass": compass.on_sheet(samples.compass(), LIGHT),
    "price": price.on_sheet(samples.price(), LIGHT),
    "nearby": nearby.on_sheet(samples.DENSE, LIGHT),
}


def word(content: str, family: str = "Mukta", weight: int = 400) -> str:
    face = f'font-family="\'{family}\'" font-weight="{weight}"'
    text = f'<text x="4" y="30" font-size="24" {face}>{content}</text>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 40">{text}</svg>'


@pytest.mark.parametrize("width", [720, 1200])
@pytest.mark.parametrize("name", FIGURES)
async def test_the_width_is_as_asked_and_the_height_follows(name: str, width: int) -> None:
    picture = await png(FIGURES[name], width)
    assert picture.startswith(b"\x89PNG")
    figure_width, figure_height = read(FIGURES[name]).size
    assert struct.unpack(">II", picture[16:24]) == (width, pytest.approx(width * figure_height / figure_width, abs=1))


async def test_the_same_figure_is_the_same_picture() -> None:
    assert await png(FIGURES["price"], 720) == await png(FIGURES["price"], 720)


@pytest.mark.parametrize(("family", "weight"), [("Mukta", 400), ("Mukta", 600), ("Brygada 1918", 500)])
async def test_the_rupee_sign_is_drawn_in_each_face(family: str, weight: int) -> None:
    rupee = await png(word("₹", family, weight), 120)
    blank, missing = await png(word("", family, weight), 120), await png(word("\u0e3f", family, weight), 120)
    assert rupee not in {blank, missing}


async def test_each_face_is_found_by_family_and_weight() -> None:
    faces = [("Mukta", 400), ("Mukta", 600), ("Brygada 1918", 500)]
    pictures = {await png(word("₹a1", family, weight), 120) for family, weight in faces}
    assert len(pictures) == len(FONTS) == 3


@pytest.mark.parametrize("name", FIGURES)
def test_the_fonts_hold_every_character(name: str) -> None:
    for words in read(FIGURES[name]).words:
        face = face_of(words.element.get("font-family", ""), words.element.get("font-weight"))
        assert {ord(character) for character in words.content} <= set(face.characters), words.content
    assert all(ord("₹") in face.characters for face in FACES.values())


async def test_what_is_no_svg_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"(?i)svg"):
        await png("<html/>", 720)


async def test_the_rest_of_the_app_goes_on_meanwhile() -> None:
    drawing = asyncio.create_task(png(FIGURES["price"], 720))
    turns = 0
    while not drawing.done():
        await asyncio.sleep(0)
        turns += 1
    assert await drawing
    assert turns > 100


async def test_a_picture_nobody_waits_for_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(png(FIGURES["nearby"], 4000), 0.05)
    assert await png(FIGURES["price"], 360)
