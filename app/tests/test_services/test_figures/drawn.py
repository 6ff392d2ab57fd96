"""What a figure really draws: every shape and word of an SVG with its place, measured in the fonts it is drawn with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from fontTools.misc.transform import Identity, Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.pointInsidePen import PointInsidePen
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path
from fontTools.ttLib import TTFont

from app.tests.conftest import ROOT

SVG = "{http://www.w3.org/2000/svg}"
FONT_FILES = sorted((ROOT / "app" / "data" / "fonts").glob("*.ttf"))
CIRCLE = "M{0} {1}a{2} {2} 0 1 0 {3} 0a{2} {2} 0 1 0 -{3} 0z"
FORBIDDEN = {"style", "class_", "onload"}  # the policy of the pages refuses the first, Python's spelling must not leak

Extent = tuple[float, float, float, float]  # left, top, right, bottom


class Face:
    def __init__(self, file: Path) -> None:
        font = TTFont(file)
        self.characters: dict[int, str] = font.getBestCmap()
        self.advances: dict[int, float] = {
            code: font["hmtx"][name][0] / font["head"].unitsPerEm for code, name in self.characters.items()
        }

    def width(self, content: str) -> float:
        return sum(self.advances.get(ord(character), 0.6) for character in content)


FACES = {file.stem: Face(file) for file in FONT_FILES}


def face_of(family: str, weight: str | None) -> Face:
    if family.startswith("'Brygada"):
        return FACES["brygada-1918-500"]
    return FACES["mukta-600" if weight == "600" else "mukta-400"]


@dataclass(frozen=True)
class Shape:
    """A drawn element; `outline` is an SVG path, to be placed by `transform`."""

    element: ET.Element
    transform: Transform
    outline: str

    @property
    def kinds(self) -> set[str]:
        return set(self.element.get("class", "").split())

    @property
    def fill(self) -> str:
        return self.element.get("fill", "#000000")

    @property
    def extent(self) -> Extent:
        pen = BoundsPen(None)
        parse_path(self.outline, TransformPen(pen, self.transform))
        return pen.bounds or (0, 0, 0, 0)

    def covers(self, point: tuple[float, float]) -> bool:
        pen = PointInsidePen(None, point)
        parse_path(self.outline, TransformPen(pen, self.transform))
        return bool(pen.getResult())


@dataclass(frozen=True)
class Words:
    """A text, its parts as (fill, content), and how far it reaches."""

    element: ET.Element
    parts: list[tuple[str, str]]
    size: float
    halo: str | None
    extent: Extent

    @property
    def content(self) -> str:
        return "".join(content for _, content in self.parts)

    @property
    def middle(self) -> tuple[float, float]:
        left, top, right, bottom = self.extent
        return (left + right) / 2, (top + bottom) / 2


@dataclass(frozen=True)
class Figure:
    root: ET.Element
    layers: list[Shape | Words]  # in the order they are drawn

    @property
    def shapes(self) -> list[Shape]:
        return [layer for layer in self.layers if isinstance(layer, Shape)]

    @property
    def words(self) -> list[Words]:
        return [layer for layer in self.layers if isinstance(layer, Words)]

    @property
    def said(self) -> list[str]:
        return [words.content for words in self.words]

    @property
    def size(self) -> tuple[float, float]:
        _, _, width, height = map(float, self.root.attrib["viewBox"].split())
        return width, height

    def of(self, kind: str) -> list[Shape]:
        return [shape for shape in self.shapes if kind in shape.kinds]

    def groups(self, kind: str) -> dict[int, ET.Element]:
        """Groups of a kind by the number they carry."""
        return {int(g.attrib["data-number"]): g for g in self.root.iter(f"{SVG}g") if g.get("class") == kind}


def read(svg: str) -> Figure:
    root = ET.fromstring(svg)  # noqa: S314 - drawn by us
    return Figure(root, [*_walk(root, Identity, "")])


def number(value: str) -> float:
    """A coordinate as written; anything else, NaN and inf among it, is an error."""
    if not re.fullmatch(r"-?\d+(\.\d+)?", value):
        raise ValueError(value)
    return float(value)


def at(group: ET.Element) -> tuple[float, float]:
    x, y = _transform(group.get("transform"))[4:]
    return x, y


def _transform(given: str | None) -> Transform:
    placed = Identity
    for name, arguments in re.findall(r"(\w+)\(([^)]*)\)", given or ""):
        numbers = [number(argument) for argument in arguments.split()]
        if name == "translate":
            placed = placed.translate(*numbers)
        elif name == "rotate":
            placed = placed.rotate(numbers[0] * 3.141592653589793 / 180)
        else:
            raise ValueError(name)
    return placed


def _walk(element: ET.Element, outer: Transform, family: str) -> Iterator[Shape | Words]:
    tag = element.tag.removeprefix(SVG)
    if FORBIDDEN & element.attrib.keys() or tag in {"style", "script", "image", "use"}:
        raise ValueError(f"not in a figure: {tag} {element.attrib}")
    transform = outer.transform(_transform(element.get("transform")))
    family = element.get("font-family", family)
    if tag in {"svg", "g"}:
        for child in element:
            yield from _walk(child, transform, family)
    elif tag == "text":
        yield _words(element, transform, family)
    elif tag not in {"title", "desc", "defs"}:
        yield Shape(element, transform, _outline(tag, element))


def _outline(tag: str, element: ET.Element) -> str:
    def given(name: str) -> float:
        return number(element.get(name, "0"))

    if tag == "rect":
        return f"M{given('x')} {given('y')}h{given('width')}v{given('height')}h-{given('width')}z"
    if tag == "circle":
        return CIRCLE.format(given("cx") - given("r"), given("cy"), given("r"), 2 * given("r"))
    for coordinate in re.findall(r"[a-z]+", element.attrib["d"], re.IGNORECASE):
        if coordinate.upper() not in set("MLHVAZ"):
            raise ValueError(element.attrib["d"])
    return element.attrib["d"]


def _words(element: ET.Element, transform: Transform, family: str) -> Words:
    size, weight = number(element.attrib["font-size"]), element.get("font-weight")
    fill = element.get("fill", "")
    spans = [(span.get("fill", fill), span.text or "") for span in element]
    parts = spans or [(fill, element.text or "")]
    width = face_of(family, weight).width("".join(content for _, content in parts)) * size
    left = (
        number(element.attrib["x"])
        - {"start": 0, "middle": width / 2, "end": width}[element.get("text-anchor", "start")]
    )
    x, y = transform.transformPoint((left, number(element.attrib["y"])))
    return Words(element, parts, size, element.get("stroke"), (x, y - 0.74 * size, x + width, y + 0.22 * size))


def overlap(first: Extent, second: Extent) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
