"""Figures of the dashboard, laid in bricks that can be counted."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from app.services.figures.svg import number
from app.web.drawings.bricks import round_share
from app.web.drawings.pen import drawn, rect

BRICK, COURSE, GAP = 36, 11, 3
WIDTH, GROUND, HEAD, FOOT = 308, 150, 16, 42
BESIDE = 52  # where the goal is written
COURSES = 12
ROW_BRICKS, ROW_BRICK = 16, 20


HOUR = 60
# Above so many minutes they are told in hours.
MOST_MINUTES = 4 * HOUR


class Chart(NamedTuple):
    """`share` is what a brick stands for, in units."""

    drawing: Markup
    share: int
    unit: str


class Column(NamedTuple):
    label: str
    minutes: float | None
    """None: nothing to tell; an empty brick."""
    is_now: bool


def columns(given: Sequence[Column], goal: float) -> Chart:
    """A column of bricks for each, the goal (minutes) as a dashed line."""
    most = max([goal, *(column.minutes or 0 for column in given)])
    unit, size = ("hour", HOUR) if most > MOST_MINUTES else ("minute", 1)
    share = round_share(round(most / size), COURSES)
    step = WIDTH / len(given)
    drawing = "".join(_column(column, step * (at + 0.5), size, share) for at, column in enumerate(given))
    tall = most / size / share * (COURSE + GAP)
    y = GROUND - goal / size / share * (COURSE + GAP)
    line = (
        f'<path class="goal" d="M0 {number(y)}H{WIDTH}"/><path class="ground" d="M0 {GROUND}H{WIDTH}"/>'
        f'<text class="at" x="{WIDTH + 4}" y="{number(y + 5)}">{goal:.0f} min</text>'
    )
    top = GROUND - tall - HEAD
    box = f"0 {number(top)} {WIDTH + BESIDE} {number(GROUND + FOOT - top)}"
    return Chart(drawn(f'<svg class="laid" viewBox="{box}" aria-hidden="true">{drawing}{line}</svg>'), share, unit)


def _column(column: Column, x: float, size: int, share: int) -> str:
    left = x - BRICK / 2
    if column.minutes is None:
        said = "none"
        bricks = rect(left, GROUND - COURSE - GAP, BRICK, COURSE, "unk")
    else:
        value = column.minutes / size
        said = f"{value:.0f}" if value >= 1 or size == 1 else f"{value:.1f}"
        tall = max(1, round(value / share))
        kind = "me" if column.is_now else "c"
        bricks = "".join(
            rect(left, GROUND - (COURSE + GAP) * (course + 1), BRICK, COURSE, kind) for course in range(tall)
        )
    return (
        f'{bricks}<text x="{number(x)}" y="{GROUND + 18}">{escape(column.label)}</text>'
        f'<text class="v" x="{number(x)}" y="{GROUND + 36}">{said}</text>'
    )


def row(count: int, share: int) -> Markup:
    """Bricks in a row, the last one cut: each stands for `share`."""
    whole, rest = divmod(count, share)
    widths = [ROW_BRICK - 2.0] * whole + ([max(2.0, rest / share * (ROW_BRICK - 2))] if rest else [])
    bricks = "".join(rect(at * ROW_BRICK, 0, width, 22, "me") for at, width in enumerate(widths))
    length = ROW_BRICKS * ROW_BRICK
    return drawn(f'<svg class="row-of" viewBox="0 0 {length} 22" aria-hidden="true">{bricks}</svg>')
