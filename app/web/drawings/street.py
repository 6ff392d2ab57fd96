"""A street of Noida in elevation, 1440 by 474. Its windows can be lit: each stands for a stated number of homes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from markupsafe import Markup, escape

from app.core.vocabulary import PropertyType
from app.web.drawings.bricks import round_share
from app.web.drawings.pen import drawn, line, path, rect

WIDTH, HEIGHT, GROUND = 1440, 474, 468
_TANK = ' rx="3"'


@dataclass(frozen=True, slots=True)
class Window:
    x: float
    y: float
    width: float
    height: float
    kind: str = "w"


@dataclass(frozen=True, slots=True)
class Building:
    kind: PropertyType
    behind: str
    floors: Sequence[Sequence[Window]]
    """From the ground up, as they light."""
    front: str = ""


def _villa(x: float, width: float, height: float, *, has_terrace_room: bool) -> Building:
    top = GROUND - height
    if has_terrace_room:
        roof = rect(x + width - 42, top - 29, 36, 22, "wall") + rect(x + 10, top - 21, 24, 14, "tank", _TANK)
    else:
        railings = "".join(
            line(x + 8 + i * 11, top - 18, x + 8 + i * 11, top - 7) for i in range(int((width - 5) / 11))
        )
        roof = railings + line(x + 6, top - 18, x + width - 6, top - 18)
    storey = (height - 16) / 2
    floors = [
        [Window(x + width * 0.46 + column * 32, top + 16 + floor * storey, 22, storey - 22) for column in range(2)]
        for floor in (1, 0)
    ]
    walls = rect(x, top, width, height, "wall") + rect(x - 5, top - 7, width + 10, 7, "wall")
    porch = rect(x + width * 0.12, GROUND - 38, width * 0.18, 38, "door")
    slab = line(x + width * 0.4, top + height / 2 + 2, x + width + 6, top + height / 2 + 2)
    return Building(
        PropertyType.VILLA, walls + roof + rect(x, top, width * 0.36, height, "jaali"), floors, porch + slab
    )


def _main_tower() -> Building:
    x, width, top, storey, storeys = 690, 232, 92, 29, 12
    behind = (
        rect(x, top, width, GROUND - top, "wall")
        + rect(x + 88, top - 26, 56, GROUND - top + 26, "core")
        + rect(x - 6, top - 6, 94, 6, "wall")
        + rect(x + 144, top - 6, 94, 6, "wall")
        + "".join(rect(x + at, top - 24, 22, 18, "tank", _TANK) for at in (12, 38, 166))
        + path(f"M{x + 196} {top - 8}l22 -14v14M{x + 206} {top - 8}v-7", "l")
    )
    front, floors = "", []
    for floor in range(storeys):
        y = top + 12 + floor * storey
        wings = [Window(side + column * 25, y, 18, 15) for side in (x + 8, x + 150) for column in range(3)]
        floors.append([*wings, *(Window(x + 96 + column * 22, y + 1, 14, 13) for column in range(2))])
        for side in (x + 8, x + 150):
            front += line(side - 4, y + 22, side + 76, y + 22)
            if floor < storeys - 1:
                front += path(f"M{side + 22} {y + 22}v-6h30v6", "rail")
    stilts = rect(x + 98, GROUND - 30, 36, 30, "door") + line(x - 14, GROUND - 34, x + width + 14, GROUND - 34)
    return Building(PropertyType.FLAT, behind, floors[::-1], front + stilts)


def _second_tower() -> Building:
    x, width, top, storey = 940, 132, 196, 29
    behind = (
        rect(x, top, width, GROUND - top, "wall")
        + rect(x + width - 34, top - 18, 34, GROUND - top + 18, "jaali")
        + rect(x + 8, top - 20, 22, 18, "tank", _TANK)
    )
    heights = [top + 12 + floor * storey for floor in range(9)]
    floors = [[Window(x + 8 + column * 29, y, 20, 15) for column in range(3)] for y in reversed(heights)]
    front = "".join(line(x + 4, y + 22, x + width - 38, y + 22) for y in heights)
    return Building(PropertyType.FLAT, behind, floors, front)


def _market() -> Building:
    x, width, top = 1092, 214, 352
    walls = rect(x, top, width, GROUND - top, "wall") + rect(x - 4, top - 8, width + 8, 8, "wall")
    doors = [x + 8 + shop * 68 for shop in range(3)]
    shops = [Window(door, GROUND - 48, 60, 48, "shop") for door in doors]
    offices = [Window(x + 10 + office * 34, top + 12, 24, 26) for office in range(6)]
    front = "".join(
        rect(door, GROUND - 62, 60, 12, "sign") + path(f"M{door - 3} {GROUND - 48}h66l-5 11h-56z", "awn")
        for door in doors
    )
    return Building(PropertyType.COMMERCIAL, walls, [shops, offices], front)


def _plots() -> Building:
    """A walled plot with its hoarding: the layout plan, whose parcels light."""
    x = 1330
    wall = rect(x, GROUND - 24, 190, 24, "jaali") + "".join(
        rect(x - 4 + post * 62, GROUND - 32, 9, 32, "wall") for post in range(4)
    )
    hoarding = path(f"M{x + 20} {GROUND - 24}v-34M{x + 84} {GROUND - 24}v-34", "l") + rect(
        x + 10, GROUND - 98, 84, 42, "wall"
    )
    rows = [
        [Window(x + 14 + column * 19.5, GROUND - 94 + row * 18.5, 17, 15.5) for column in range(4)] for row in (1, 0)
    ]
    return Building(PropertyType.PLOT, wall + hoarding, rows, path("M1330 432h190M1325 437l10 -10", "dim"))


BUILDINGS = (
    _villa(96, 128, 84, has_terrace_room=False),
    _villa(236, 120, 104, has_terrace_room=True),
    _villa(368, 126, 80, has_terrace_room=False),
    _main_tower(),
    _second_tower(),
    _market(),
    _plots(),
)
WINDOWS = {
    kind: sum(len(floor) for building in BUILDINGS if building.kind is kind for floor in building.floors)
    for kind in PropertyType
}


def homes_per_window(homes: int, kind: PropertyType) -> int:
    """So that all of them have room."""
    return round_share(homes, WINDOWS[kind])


def street(lit: Mapping[PropertyType, int], chosen: PropertyType | None, label: str) -> Markup:
    """`lit`: how many windows of each type shine. Scripts light others by data-turn, in the same order."""
    turns = {kind: iter(_turns(kind)) for kind in PropertyType}
    buildings = "".join(
        f'<g class="b b-{building.kind}">{building.behind}'
        f"{''.join(_floors(building, turns[building.kind], lit.get(building.kind, 0)))}{building.front}</g>"
        for building in BUILDINGS
    )
    shown = f"elev lit-{chosen}" if chosen else "elev"
    return drawn(
        f'<svg class="{shown}" id="street" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMax slice" '
        f'role="img" aria-label="{escape(label)}">{_BACKDROP}{buildings}{_FOREGROUND}</svg>'
    )


def _floors(building: Building, turns: Iterator[int], lit: int) -> Iterator[str]:
    for number, floor in enumerate(building.floors):
        windows = []
        for window in floor:
            turn = next(turns)
            kind = f"{window.kind} on" if turn < lit else window.kind
            windows.append(rect(window.x, window.y, window.width, window.height, kind, f' data-turn="{turn}"'))
        yield f'<g class="f{number}">{"".join(windows)}</g>'


@cache
def _turns(kind: PropertyType) -> list[int]:
    """The turn of each window to be lit: scattered, as people come home, and always the same."""
    turns = list(range(WINDOWS[kind]))
    Random(5).shuffle(turns)
    return turns


# (x, height) of what stands behind.
_FAR = [
    *((0, 40), (40, 58), (84, 46), (120, 64), (158, 50), (560, 120), (610, 170), (930, 180), (968, 236), (1010, 170)),
    *((1060, 210), (1096, 150), (1140, 190), (1184, 232), (1226, 170), (1270, 206), (1316, 140), (1356, 180)),
    (1400, 120),
]
_SKYLINE = path("M0 330" + "".join(f"H{x}V{400 - height}h34" for x, height in _FAR) + f"H{WIDTH}", "far")
_VIADUCT = rect(0, 372, WIDTH, 7, "via") + "".join(rect(x, 379, 9, GROUND - 379, "via") for x in range(30, WIDTH, 118))
_TRAIN = "".join(
    rect(508 + car * 84, 350, 80, 21, "car", _TANK)
    + "".join(rect(516 + car * 84 + pane * 17, 355, 11, 8, "w") for pane in range(4))
    for car in range(2)
)
_BACKDROP = f'<circle class="sun" cx="1006" cy="104" r="36"/>{_SKYLINE}<g class="metro">{_VIADUCT}{_TRAIN}</g>'
_NEEM = path("M0 0C1 -20 -2 -34 0 -52M0 -34l12 -12M-1 -28l-11 -11", "l") + path(
    "M-8 -44c-20 2 -30 -12 -20 -24c-8 -16 12 -30 24 -22c8 -14 32 -8 32 8c16 4 14 28 -2 32c-6 12 -26 14 -34 6z", "leaf"
)
_ASHOKA = path("M0 -4c-13 -12 -14 -62 0 -98c14 36 13 86 0 98z", "leaf") + path("M0 0v-70", "l")
_HEAD = '<circle class="fig" cy="-27" r="3.2"/>'
_MAN = _HEAD + path("M-4 -22h8l-1 12 2 10h-3l-2 -9 -2 9h-3l2 -10z", "fig")
_WOMAN = _HEAD + path("M-4 -22h8l3 22h-14z", "fig")
_WHEELS = "".join(f'<circle class="wheel" cx="{x}" cy="-5" r="5"/>' for x in (-13, 13))
_SCOOTER = _WHEELS + path("M-13 -5l4 -9h13l5 4 4 -1M13 -5l-5 -14h-4", "l")
# What stands where on the ground, and how large.
_LIFE = [
    *((_NEEM, 58, 0.9), (_NEEM, 228, 0.5), (_ASHOKA, 520, 0.8), (_ASHOKA, 540, 0.64), (_NEEM, 640, 1.05)),
    *((_ASHOKA, 932, 0.62), (_NEEM, 1082, 0.6), (_NEEM, 1318, 0.95), (_ASHOKA, 362, 0.42)),
    *(
        (_MAN, 590, 1),
        (_WOMAN, 601, 0.95),
        (_MAN, 612, 0.62),
        (_MAN, 1150, 1),
        (_WOMAN, 452, 0.95),
        (_SCOOTER, 1020, 1),
    ),
]
_FOREGROUND = "".join(
    f'<g transform="translate({x} {GROUND}) scale({scale})">{what}</g>' for what, x, scale in _LIFE
) + path(f"M0 {GROUND}H{WIDTH}", "ground")
