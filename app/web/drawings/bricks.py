"""Meters laid in bricks."""

from functools import cache

from markupsafe import Markup

from app.services.figures.svg import number
from app.web.drawings.pen import drawn

BRICKS = 10
MOST_PERCENT = 40


def round_share(things: int, places: int) -> int:
    """The round number that each place stands for, so that all things have room: 1, 2, 5, 10, 20 …"""
    power = 1
    while True:
        for share in (power, 2 * power, 5 * power):
            if share * places >= things:
                return share
        power *= 10


@cache
def meter(score: int | None, tone: str = "") -> Markup:
    """Ten bricks for 0-100, laid from the left; hatched when not known. The word beside it says the same."""
    laid = 0 if score is None else round(score / 100 * BRICKS)
    cells = '<i class="on"></i>' * laid + "<i></i>" * (BRICKS - laid)
    kind = "unk" if score is None else tone
    return drawn(f'<span class="bricks {kind}" aria-hidden="true">{cells}</span>')


def price_strip(difference: float | None, low: float = 0, high: float = 0) -> Markup:
    """Where a price stands among similar ones: the middle half as a band, the median as a line, this home as a brick.

    All in percent from the median, which is in the middle of the strip; beyond 40% it stands at the edge.
    """
    if difference is None:
        return drawn('<span class="pstrip unk" aria-hidden="true"></span>')

    def x(percent: float) -> str:
        return number(60 + max(-MOST_PERCENT, min(percent, MOST_PERCENT)) * 56 / MOST_PERCENT)

    band = f'<path class="band" d="M{x(low)} 7H{x(high)}"/>' if low < high else ""
    return drawn(
        '<svg class="pstrip" viewBox="0 0 120 14" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="axis" d="M0 7H120"/>{band}<path class="median" d="M60 1V13"/>'
        f'<path class="me" d="M{x(difference)} 0V14"/></svg>'
    )
