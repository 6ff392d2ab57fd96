"""What an import tells at its end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.services.imports.problems import Reason, RowProblem

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What a dry run would change in a stored row: column → (stored, new)."""

    row: int
    what: str
    columns: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class Summary:
    """What became of each row. `problems` and `changes` (dry runs only) hold the first `shown`."""

    shown: int = SHOWN
    read_as: str = ""
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    problems: list[RowProblem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def refuse(self, problems: Sequence[RowProblem]) -> None:
        """Count a row, under the first of what is wrong with it."""
        self.refused[problems[0].reason] += 1
        self.problems += problems[: self.shown - len(self.problems)]
