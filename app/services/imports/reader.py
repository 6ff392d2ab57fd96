"""CSV and JSON lines → rows of text, streaming from a binary file. What is not such a file is said in a sentence."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import Any, BinaryIO, Self

import orjson

from app.services.imports.problems import FileProblem, Reason, RowProblem, problem
from app.services.imports.text_file import TextFile, read_object

MAX_FIELD = 64 * 1024
# Beyond this a quoted value is taken for one whose closing quote is missing.
MAX_QUOTED = 1024 * 1024
SNIFFED_OBJECTS = 50


@dataclass(frozen=True, slots=True)
class RawRow:
    """`cells` are texts by column; `original` is what the errors file repeats (JSON keeps its types).

    Of a row that cannot be read it repeats the `line`, which may be several in a CSV.
    """

    number: int
    cells: dict[str, str]
    original: dict[str, Any]
    problem: RowProblem | None = None
    line: str = ""

    @classmethod
    def unreadable(cls, wrong: RowProblem, line: str) -> Self:
        return cls(wrong.row, {}, {}, wrong, line.strip("\r\n"))


class ListingFile(TextFile):
    """A table of rows, at its start."""

    def __init__(self, file: BinaryIO) -> None:
        """Recognise the format and the columns. Raises FileProblem."""
        super().__init__(file)
        self.is_json = self.first_char == b"{"
        self.delimiter = ","
        if self.is_json:
            names = (name for row in islice(self._json_rows(), SNIFFED_OBJECTS) for name in row.original)
            self.columns = list(dict.fromkeys(names))
        else:
            self.columns = self._header()

    def rows(self) -> Iterator[RawRow]:
        """Read from the start. Blank lines are passed over; a row that cannot be split carries its problem.

        Raises FileProblem where the file stops being text.
        """
        return self._json_rows() if self.is_json else self._csv_rows()

    def check(self) -> int:
        """Read to the end, so that a file that is no text half-way is refused before anything is written.

        Returns the number of rows. Raises FileProblem.
        """
        rows = sum(1 for _ in self.rows())
        if not rows:
            msg = "The file has a header (row 1) and no rows"
            raise FileProblem(msg)
        return rows

    def _header(self) -> list[str]:
        first = next((line for line in self.lines() if line.strip()), None)
        if first is None:
            msg = "The file holds nothing but white space"
            raise FileProblem(msg)
        self.delimiter = max(",;\t", key=first.count)
        try:
            header = next(csv.reader([first], delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            msg = f"Row 1 (the header) cannot be read: {error}"
            raise FileProblem(msg) from None
        columns = [name.strip() for name in header]
        for name, times in Counter(columns).items():
            if name and times > 1:
                msg = f"Row 1 (the header) names the column {name!r} twice"
                raise FileProblem(msg)
        return columns

    def _csv_rows(self) -> Iterator[RawRow]:
        csv.field_size_limit(MAX_QUOTED)
        columns = self.columns
        taken: list[str] = []
        reader = csv.reader(_noting(self.lines(), taken), delimiter=self.delimiter, strict=True)
        header_passed = False
        for number in count(1):
            taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "end of data" in str(error) or "field limit" in str(error):
                    msg = f"Row {number} has an opening quote that is never closed"
                    raise FileProblem(msg) from None
                rule = f"cannot be split into columns ({error})"
                yield RawRow.unreadable(problem(number, "", "", Reason.BAD_ROW, rule), "".join(taken))
                continue
            if not header_passed:
                header_passed = any(cells)
                continue
            if not any(cells):
                continue
            if len(cells) != len(columns):
                rule = f"has {len(cells)} values for {len(columns)} columns"
                yield RawRow.unreadable(problem(number, "", "", Reason.BAD_ROW, rule), "".join(taken))
                continue
            row = dict(zip(columns, cells, strict=True))
            yield RawRow(number, row, row, _too_long(number, row))

    def _json_rows(self) -> Iterator[RawRow]:
        for number, line in enumerate(self.lines(), start=1):
            if not line.strip():
                continue
            found = read_object(number, line)
            if isinstance(found, RowProblem):
                yield RawRow.unreadable(found, line)
                continue
            try:
                cells = {name: _text(value) for name, value in found.items()}
            except orjson.JSONEncodeError:
                yield RawRow.unreadable(problem(number, "", "", Reason.BAD_ROW, "is nested too deeply"), line)
                continue
            yield RawRow(number, cells, found, _too_long(number, cells))


def _noting(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ", ".join(map(_text, value))
    if isinstance(value, list | dict):
        return orjson.dumps([value])[1:-1].decode()  # one level deeper, as the errors file repeats it
    return json.dumps(value)


def _too_long(number: int, cells: dict[str, str]) -> RowProblem | None:
    if sum(map(len, cells.values())) <= MAX_FIELD:
        return None
    return next(
        (
            problem(number, name, value, Reason.BAD_ROW, f"is longer than {MAX_FIELD // 1024} KB")
            for name, value in cells.items()
            if len(value) > MAX_FIELD
        ),
        None,
    )
