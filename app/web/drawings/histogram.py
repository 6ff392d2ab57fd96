"""How many homes there are at each price, laid in bricks along the slider."""

from bisect import bisect_right
from collections.abc import Sequence

from markupsafe import Markup, escape

from app.schemas.search import HistogramBar
from app.services.figures.svg import number
from app.web.drawings.bricks import round_share
from app.web.drawings.pen import drawn

WIDTH, BRICK, COURSES = 336, 6, 14


def homes_per_brick(bars: Sequence[HistogramBar]) -> int:
    """So that no column is higher than 14 courses."""
    return round_share(max((bar.count for bar in bars), default=0), COURSES)


def columns(bars: Sequence[HistogramBar], steps: Sequence[int]) -> list[HistogramBar]:
    """The bars between the first and the last step; what lies beyond is added to the outermost of them."""
    inside = [bar.model_copy() for bar in bars if bar.price_from is not None and bar.price_from < steps[-1]]
    if inside:
        inside[0].count += sum(bar.count for bar in bars if bar.price_from is None)
        inside[-1].count += sum(bar.count for bar in bars if bar.price_from is not None and bar.price_from >= steps[-1])
    return inside


def histogram(shown: Sequence[HistogramBar], steps: Sequence[int], low: int, high: int, label: str) -> Markup:
    """Bars inside the budget are brick, the others pale; scripts recolour them by the steps they run from and to."""
    each = homes_per_brick(shown)
    unit = WIDTH / max(len(steps) - 1, 1)
    height = COURSES * BRICK
    drawn_bars = []
    for bar in shown:
        start, end = _place(bar.price_from or steps[0], steps), _place(bar.price_to or steps[-1], steps)
        laid = max(round(bar.count / each), 1) * BRICK if bar.count else 0
        is_inside = (bar.price_to is None or bar.price_to > low) and (bar.price_from or 0) < high
        drawn_bars.append(
            f'<rect class="{"in" if is_inside else "out"}" data-from="{number(start)}" data-to="{number(end)}" '
            f'x="{number(start * unit + 0.75)}" y="{number(height - laid)}" '
            f'width="{number((end - start) * unit - 1.5)}" height="{number(laid)}"/>'
        )
    return drawn(
        f'<svg class="hist" id="hist" viewBox="0 0 {WIDTH} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}"><defs>{_course("in")}{_course("out")}</defs>{"".join(drawn_bars)}</svg>'
    )


def _place(price: int, steps: Sequence[int]) -> float:
    """Where on the slider a price lies: 2.5 is half way from the third step to the fourth."""
    before = bisect_right(steps, price) - 1
    if before < 0 or before >= len(steps) - 1:
        return max(before, 0)
    return before + (price - steps[before]) / (steps[before + 1] - steps[before])


def _course(kind: str) -> str:
    """A brick and its joint, repeated up the column."""
    return (
        f'<pattern id="brick-{kind}" width="{WIDTH}" height="{BRICK}" patternUnits="userSpaceOnUse">'
        f'<rect class="{kind}-brick" y="1.5" width="{WIDTH}" height="{BRICK - 1.5}"/></pattern>'
    )
