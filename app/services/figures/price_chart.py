"""The price evidence, drawn: the comparables as a wall of bricks over an axis of rupees, the home's own brick on it."""

import itertools
import math
from dataclasses import dataclass, replace

from app.core.language import say
from app.core.market_rules import MIN_RANGE
from app.services.figures import svg, words
from app.services.figures.laying import Wall, lay_bins, lay_values
from app.services.figures.price_evidence import PriceEvidence
from app.services.figures.svg import MARGIN, STRONG, WIDTH, element, lettering, line, rect
from app.services.figures.theme import Theme

LEFT, RIGHT = 24.0, 336.0
BREAK, BEHIND = 72.0, 48.0  # what a break takes from an end of the axis, and the room for bricks behind it
FLAG, UNKNOWN_FLAG = 42.0, 20.0  # height
HIGHEST, LEAST_HEIGHT = 200.0, 56.0  # of the wall
THICK, NARROW = 11.0, 8.0  # the height of a brick at most, its width where more must not stand side by side
NICE = (1.0, 2.0, 2.5, 5.0)


@dataclass(frozen=True)
class _Frame:
    """Where the wall stands: on `base` from x0 to x1, with `across` bricks side by side in a column."""

    wall: Wall
    x0: float
    x1: float
    across: int
    top: float
    base: float

    @property
    def column(self) -> float:
        return (self.x1 - self.x0) / len(self.wall.columns)

    @property
    def joint(self) -> float:
        return 3 if self.across == 1 else 2

    @property
    def brick(self) -> float:
        """Its width. Columns of several bricks stand a little apart."""
        return (self.column - (0 if self.across == 1 else 4)) / self.across - self.joint

    @property
    def thickness(self) -> float:
        return min(THICK, self.brick * 0.55)

    @property
    def pitch(self) -> float:
        return self.thickness + self.joint

    def x(self, price: float) -> float:
        return self.x0 + (price - self.wall.start) / (self.wall.end - self.wall.start) * (self.x1 - self.x0)

    def spot(self, column: int, index: int) -> tuple[float, float]:
        """Left and top of the index-th brick of a column."""
        left, across = self.x0 + column * self.column + (0 if self.across == 1 else 2), self.across
        if not 0 <= column < len(self.wall.columns):
            across = max(1, int(BEHIND // (self.brick + self.joint)))
            left = LEFT if column < 0 else RIGHT - across * (self.brick + self.joint)
        level, slot = divmod(index, across)
        return left + slot * (self.brick + self.joint) + self.joint / 2, self.base - (level + 1) * self.pitch + 2


def lay(evidence: PriceEvidence) -> Wall:
    if evidence.bins is None:
        return lay_values(evidence.values, evidence.p25, evidence.p75, evidence.median, evidence.home)
    return lay_bins(evidence.bins, evidence.median, evidence.home)


def chart(evidence: PriceEvidence, theme: Theme) -> tuple[str, float]:
    """Markup and height."""
    frame = _frame(evidence.home, lay(evidence))
    body = _band(evidence, frame, theme) + _bricks(frame, theme) + _axis(frame, theme)
    body += _median(evidence.median, frame, theme)
    if evidence.home is None:
        return body + _home_unknown(evidence.one(theme.language), theme), frame.base + 46
    return body + _home(evidence, evidence.home, frame, theme), frame.base + 46


def too_few(n: int, sentence: str, theme: Theme) -> tuple[str, float]:
    """The bricks there are, and those not yet laid. Markup and height."""
    dashes: dict[str, str | float] = {"stroke": theme.line_strong, "stroke_width": 1.5, "stroke_dasharray": "4 3"}
    bricks = "".join(
        rect(70 + 45 * index, 22, 40, 14, theme.brick_pale, rx=1.5, class_="brick")
        if index < n
        else rect(70.75 + 45 * index, 22.75, 38.5, 12.5, "none", rx=1.5, class_="not-laid", **dashes)
        for index in range(MIN_RANGE)
    )
    markup = (
        bricks
        + line([(58, 38.5), (302, 38.5)], theme.line_strong, 1)
        + lettering((180, 66), sentence, theme.ink, size=STRONG, strong=True)
        + lettering((180, 87), say(theme.language, "price_figure.needs", least=MIN_RANGE), theme.ink_2)
    )
    return markup, 100


def _frame(home: float | None, wall: Wall) -> _Frame:
    own = None if home is None else wall.column_of(home)
    x0 = LEFT + BREAK if wall.below or own == -1 else LEFT
    x1 = RIGHT - BREAK if wall.above or own == len(wall.columns) else RIGHT
    top = (UNKNOWN_FLAG if home is None else FLAG) + 30
    for across in itertools.count(1):  # until it is low enough or its bricks would be too narrow
        frame = _Frame(wall, x0, x1, across, top, base=0)
        spots = [frame.spot(column, wall.standing(column) - 1) for column in range(-1, len(wall.columns) + 1)]
        height = -min(y for _, y in (spots if home is None else [*spots, _own_spot(home, frame)]))
        if height <= HIGHEST or frame.brick < NARROW:
            break
    return replace(frame, base=top + 16 + max(height, LEAST_HEIGHT))


def _bricks(frame: _Frame, theme: Theme) -> str:
    markup = ""
    for column, bricks in enumerate(frame.wall.columns):
        for index, brick in enumerate(bricks):
            fill, kind = (theme.brick_mid, "inside") if brick.inside else (theme.brick_pale, "outside")
            markup += _brick(frame, column, index, fill, kind, brick.share)
    for column, prices in ((-1, frame.wall.below), (len(frame.wall.columns), frame.wall.above)):
        for index in range(len(prices)):
            markup += _brick(frame, column, index, theme.brick_pale, "outside")
    return markup


def _brick(frame: _Frame, column: int, index: int, fill: str, kind: str, share: float = 1) -> str:
    x, y = frame.spot(column, index)
    return rect(x, y, max(3, frame.brick * share), frame.thickness, fill, rx=1.5, class_=f"brick {kind}")


def _band(evidence: PriceEvidence, frame: _Frame, theme: Theme) -> str:
    left, right = frame.x(evidence.p25), frame.x(evidence.p75)
    if right - left < 1:  # all alike: the median says it
        return ""
    top = frame.top
    ticks = "".join(line([(x - 4, top + 4), (x + 4, top - 4)], theme.ink_3, 1.25) for x in (left, right))
    words_over = say(theme.language, "price_figure.middle_half")
    middle, half = (left + right) / 2, svg.advance(words_over) / 2
    if evidence.home is not None:
        pole = _pole(evidence.home, frame)
        if abs(pole - middle) < half + 6:  # step aside, to where the flag is not
            middle = pole + (half + 7) * (1 if evidence.home < evidence.median else -1)
    return (
        rect(left, top, right - left, frame.base - top, theme.sunk, class_="band")
        + line([(left, top), (right, top)], theme.ink_3, 1.25)
        + ticks
        + lettering((_kept(middle, half), top - 11), words_over, theme.ink_2)
    )


def _kept(middle: float, half: float) -> float:
    """`middle`, moved so that what is `half` to both sides stays inside the box."""
    return min(WIDTH - 3 - half, max(3 + half, middle))


def _axis(frame: _Frame, theme: Theme) -> str:
    wall, base = frame.wall, frame.base
    markup = line([(frame.x0, base), (frame.x1, base)], theme.line_strong, 1)
    taken: list[tuple[float, float]] = []
    for edge, end, way, prices in ((frame.x0, LEFT, -1, wall.below), (frame.x1, RIGHT, 1, wall.above)):
        if edge == end:
            continue
        zigzag = [(0, 0), (4, -6), (10, 6), (14, 0), (abs(end - edge), 0)]
        points = [(edge + way * across, base + down) for across, down in zigzag]
        markup += line(points, theme.line_strong, 1.25, stroke_linejoin="round", class_="break")
        if prices:
            said = words.rupees(prices[0] if way > 0 else prices[-1]) + ("+" if len(prices) > 1 and way > 0 else "")
            markup += _tick_label(end - way * BEHIND / 2, said, taken, base, theme)
    widest = max(svg.advance(words.rupees(price), svg.NOTE) for price in (wall.start, wall.end))
    step = nice_at_least((widest + 12) * (wall.end - wall.start) / (frame.x1 - frame.x0))
    for multiple in range(max(0, math.ceil(wall.start / step)), math.floor(wall.end / step) + 1):
        x = frame.x(multiple * step)
        markup += _tick_label(x, words.rupees(multiple * step), taken, base, theme)
        markup += line([(x, base), (x, base + 5)], theme.line_strong, 1)
    return markup


def nice_at_least(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 by 10^k that is not below `least`."""
    magnitude = 10.0 ** math.floor(math.log10(least))
    return next((nice * magnitude for nice in NICE if nice * magnitude >= least), 10 * magnitude)


def _tick_label(x: float, said: str, taken: list[tuple[float, float]], base: float, theme: Theme) -> str:
    """Nothing where it would run into another or out of the box."""
    half = svg.advance(said, svg.NOTE) / 2
    if _kept(x, half) != x or any(x - half < right + 6 and x + half > left - 6 for left, right in taken):
        return ""
    taken.append((x - half, x + half))
    return lettering((x, base + 21), said, theme.ink_2, size=svg.NOTE)


def _median(median: float, frame: _Frame, theme: Theme) -> str:
    """Its words stand under the numbers of the axis, so that none of them gives way."""
    x, said = frame.x(median), f"{say(theme.language, 'price_figure.median')} ₹{words.rupees(median)}"
    return line(
        [(x, frame.top + 8), (x, frame.base + 6)], theme.ink, 2, stroke_dasharray="5 3", class_="median"
    ) + lettering((_kept(x, svg.advance(said) / 2), frame.base + 40), said, theme.ink, strong=True)


def _own_spot(home: float, frame: _Frame) -> tuple[float, float]:
    """On top of the comparables' bricks that stand where its price falls."""
    wall, across = frame.wall, frame.across
    column = wall.column_of(home)
    standing = wall.standing(column)
    if not wall.start <= home <= wall.end:
        return frame.spot(column, standing)
    slot = min(across - 1, math.floor(((home - wall.start) / wall.step - column) * across))
    return frame.spot(column, slot + across * max(0, -(-(standing - slot) // across)))


def _pole(home: float, frame: _Frame) -> float:
    """At the exact price as far as the own brick reaches; behind a break in its middle."""
    left, _ = _own_spot(home, frame)
    if not frame.wall.start <= home <= frame.wall.end:
        return left + frame.brick / 2
    return min(left + frame.brick - 1, max(left + 1, frame.x(home)))


def _home(evidence: PriceEvidence, home: float, frame: _Frame, theme: Theme) -> str:
    (left, top), pole = _own_spot(home, frame), _pole(home, frame)
    language = theme.language
    said, price = say(language, "price_figure.this", home=evidence.one(language)), f"₹{words.rupees(home)}"
    width = max(svg.advance(said), svg.advance(price, STRONG)) + 12
    flag = min(WIDTH - MARGIN - width, max(MARGIN, pole - width + 1 if home < evidence.median else pole - 1))
    return (
        rect(left, top, frame.brick, frame.thickness, theme.brick, rx=1.5, class_="brick own")
        + line([(pole, top), (pole, 10)], theme.brick, 2, class_="pole")
        + rect(flag, 2, width, FLAG, theme.brick, rx=2, class_="flag")
        + lettering((flag + width / 2, 19), said, theme.on_brick)
        + lettering((flag + width / 2, 37), price, theme.on_brick, size=STRONG, strong=True)
    )


def _home_unknown(one: str, theme: Theme) -> str:
    brick = rect(MARGIN + 0.5, 4.5, 27, 12, "url(#price-hatch)", stroke=theme.line_strong, rx=1.5, class_="unknown")
    said = lettering(
        (MARGIN + 35, 16), say(theme.language, "price_figure.this_unknown", home=one), theme.ink, anchor="start"
    )
    return element("defs", svg.hatch("price-hatch", theme)) + brick + said
