"""The refused rows with their reasons, in the columns they came in, to be corrected and imported again."""

import csv
import io
from collections.abc import Sequence
from typing import BinaryIO

import orjson

from app.core.csv_lines import neutral
from app.services.imports.problems import ErrorsFileProblem, RowProblem
from app.services.imports.reader import RawRow

ADDED = ("_row", "_column", "_reason", "_line")


class ErrorsFile:
    """Writes to a binary file in the format of the imported one: CSV (comma, UTF-8), or JSON lines."""

    def __init__(self, out: BinaryIO, columns: Sequence[str] | None) -> None:
        """`columns` are those of a CSV; None writes JSON lines."""
        self._out = out
        self._is_json = columns is None
        self._columns = [name for name in columns or () if not name.startswith("_")]
        if not self._is_json:
            self._write_csv([*self._columns, *ADDED])

    def add(self, raw: RawRow, problems: Sequence[RowProblem]) -> None:
        """Write one refused row; one that cannot be read as it stands in the file, under `_line`."""
        added = (
            str(raw.number),
            "; ".join(problem.column for problem in problems),
            "; ".join(f"{problem.reason}: {problem.rule}" for problem in problems),
            raw.line,
        )
        if self._is_json:
            kept = {name: value for name, value in raw.original.items() if not name.startswith("_")}
            self._write(orjson.dumps(kept | dict(zip(ADDED, added, strict=True))) + b"\n")
        else:
            self._write_csv([*(raw.original.get(name, "") for name in self._columns), *added])

    def _write_csv(self, cells: Sequence[str]) -> None:
        text = io.StringIO(newline="")
        # An import takes the quote off words, not off figures such as a floor of -1, which are no formula.
        csv.writer(text, lineterminator="\n").writerow(
            [neutral(cell) if any(map(str.isalpha, cell)) else cell for cell in cells]
        )
        self._write(text.getvalue().encode())

    def _write(self, content: bytes) -> None:
        """Raises ErrorsFileProblem."""
        try:
            self._out.write(content)
        except OSError as error:
            raise ErrorsFileProblem(error.strerror) from error
