"""Where labels go among things that must stay where they are."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.services.figures.svg import WIDTH, Point


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, at: Point, width: float, height: float) -> "Box":
        return cls(at[0] - width / 2, at[1] - height / 2, at[0] + width / 2, at[1] + height / 2)

    def overlap(self, other: "Box") -> float:
        """Shared area."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across * down if across > 0 and down > 0 else 0.0

    def outside(self, height: float) -> float:
        """Area beyond the figure."""
        inside = Box(2, 2, WIDTH - 2, height - 2)
        return (self.right - self.left) * (self.bottom - self.top) - self.overlap(inside)


def freest(places: Iterable[Point], width: float, height: float, taken: Sequence[Box], figure_height: float) -> Point:
    """Of `places`, best first, the first where a label of this size covers nothing `taken`, or else the least."""
    least, best = math.inf, (0.0, 0.0)
    for at in places:
        box = Box.around(at, width, height)
        covered = 100 * box.outside(figure_height) + sum(box.overlap(other) for other in taken)
        if covered < least:
            least, best = covered, at
        if covered == 0:
            break
    return best
