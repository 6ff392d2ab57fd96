"""Why a search finds nothing: what leaving each of its answers open would bring."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.schemas.base import MAX_RUPEES
from app.schemas.search import GuidedSearchRequest

Suggestion = dict[str, Any]


class Obstacle(NamedTuple):
    """One answer, and the suggestion that widens it furthest; None where that brings no home either."""

    answer: str
    way_out: Suggestion | None

    @property
    def brings(self) -> int:
        return self.way_out["count"] if self.way_out else 0


def obstacles(answers: GuidedSearchRequest, suggestions: Sequence[Suggestion]) -> list[Obstacle]:
    """The answers that can be left open, the one that stands most in the way first."""
    given = {
        "budget_max": answers.budget_max < MAX_RUPEES,
        "budget_min": answers.budget_min > 0,
        "bhk": answers.bhk is not None,
        "locality_preference": answers.locality_preference is not None,
    }
    found = [Obstacle(name, _widest(name, suggestions)) for name, is_given in given.items() if is_given]
    return sorted(found, key=lambda each: -each.brings)


def _widest(answer: str, suggestions: Sequence[Suggestion]) -> Suggestion | None:
    """Budgets only grow from one suggestion to the next; of the others, what leaves the answer open."""
    widening = [
        each
        for each in suggestions
        if each["change"] == answer and (answer.startswith("budget") or each["request"][answer] is None)
    ]
    return widening[-1] if widening else None
