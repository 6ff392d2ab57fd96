"""What can be wrong with a file and with a row of it."""

from dataclasses import dataclass
from enum import StrEnum

SHOWN_VALUE = 80


class Reason(StrEnum):
    """Why a row was refused. docs/importing.md says what each means."""

    OUTSIDE_AREA = "outside_area"
    UNKNOWN_PLACE = "unknown_place"
    MISSING_PRICE = "missing_price"
    BAD_PRICE = "bad_price"
    BAD_AREA = "bad_area"
    UNKNOWN_TYPE = "unknown_type"
    MISSING_LOCALITY = "missing_locality"
    BAD_VALUE = "bad_value"
    BAD_ROW = "bad_row"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DUPLICATE_OF_LISTING = "duplicate_of_listing"
    OTHER_KIND = "other_kind"
    MISSING_NAME = "missing_name"
    BAD_NAME = "bad_name"
    MISSING_SOURCE = "missing_source"
    BAD_POSITION = "bad_position"
    SWAPPED_COORDINATES = "swapped_coordinates"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong with one row; `row` counts as a spreadsheet does, the header being row 1."""

    row: int
    column: str
    value: str
    reason: Reason
    rule: str

    def __str__(self) -> str:
        value = f" '{self.value}'" if self.value else ""
        text = f"row {self.row}, {self.column or 'whole row'}{value}: {self.rule}"
        # Shown in terminals, which obey control characters and turn the text round at others.
        return text if text.isprintable() else "".join(char if char.isprintable() else "�" for char in text)


def problem(row: int, column: str, value: str, reason: Reason, rule: str) -> RowProblem:
    """Build a RowProblem with a long value cut, and without NUL, which PostgreSQL keeps in no report."""
    shown = value if len(value) <= SHOWN_VALUE else value[: SHOWN_VALUE - 1] + "…"
    column, shown, rule = (text.replace("\0", "�") for text in (column, shown, rule))
    return RowProblem(row, column, shown, reason, rule)


class ErrorsFileProblem(Exception):  # noqa: N818 - a sentence, as FileProblem's
    """The errors file cannot be written on; the text says why."""


class FileProblem(Exception):  # noqa: N818 - a sentence about the file, shown to whoever chose it
    """The file cannot be imported at all; nothing was written."""


class TooManyRowsProblem(FileProblem):
    """More than whoever asked may bring at once."""


class OutcomeChangedProblem(Exception):  # noqa: N818 - as FileProblem
    """Rows would not become what a trial said; they and those after them were not written."""

    def __init__(self, rows: int) -> None:
        super().__init__(
            f"The listings changed while the file was imported: its first {rows:,} rows are imported, the others are "
            f"not. Press again to see what would become of them; what is written is recognised"
        )
