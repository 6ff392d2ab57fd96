"""A file of places → its rows: CSV, GeoJSON as one collection or a feature a line, or an answer of Overpass."""

from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

import orjson

from app.services.imports.problems import FileProblem, Reason, RowProblem, problem
from app.services.imports.profiles import ColumnSet, choose
from app.services.imports.reader import ListingFile, RawRow
from app.services.imports.text_file import MAX_LINE, TextFile, read_object
from app.services.imports.texts import FieldProblem
from app.services.places import osm
from app.services.places.json_document import JsonDocument
from app.services.places.rows import parse_day, shapes

RECORD_SEPARATOR = "\x1e"
FEATURES = ("features", "elements")
NO_ROWS = "no row, no GeoJSON feature and no element of an Overpass answer"


class PlaceFile:
    """A file at its start. `as_of` is the day of the extract where the file says it, once all rows are read."""

    def __init__(self, file: BinaryIO) -> None:
        """Recognise the format. Raises FileProblem."""
        self.as_of: date | None = None
        self.shape: ColumnSet | None = None
        self.columns: list[str] | None = None
        self._read: TextFile | JsonDocument = TextFile(file)
        if self._read.first_char == b"<":
            msg = "The file is XML or HTML; save it as GeoJSON, or ask Overpass for [out:json]"
            raise FileProblem(msg)
        if self._read.first_char == b"[":
            msg = f"The file is a JSON list: {NO_ROWS}"
            raise FileProblem(msg)
        if self._read.first_char not in (b"{", RECORD_SEPARATOR.encode()):
            self._read = ListingFile(file)
            self.columns = self._read.columns
            self.shape = choose(shapes(), self._read.columns)
        elif not _begins_with_a_feature(file):
            self._read = JsonDocument(file)

    @property
    def format(self) -> str:
        if self.shape:
            return f"CSV ({self.shape.profile})"
        return "one JSON document" if isinstance(self._read, JsonDocument) else "a feature a line"

    @property
    def bytes_read(self) -> int:
        return self._read.bytes_read

    def rows(self) -> Iterator[RawRow]:
        """Read through once. Lines count from 1, in a CSV the header being one; so do the features of a document.

        Raises FileProblem where the file breaks off, or holds no row.
        """
        rows = self._rows()
        if (first := next(rows, None)) is None:
            msg = f"The file holds no places: {NO_ROWS}"
            raise FileProblem(msg)
        yield first
        yield from rows

    def _rows(self) -> Iterator[RawRow]:
        if isinstance(self._read, ListingFile):
            yield from self._read.rows()
        elif isinstance(self._read, JsonDocument):
            yield from self._document_rows(self._read)
        else:
            for number, line in enumerate(self._read.lines(), start=1):
                if text := line.strip(f"{RECORD_SEPARATOR} \t\r\n"):
                    yield _row(number, text)

    def _document_rows(self, document: JsonDocument) -> Iterator[RawRow]:
        number = 0
        for name, text in document.members(FEATURES):
            if name in FEATURES:
                number += 1
                yield _row(number, text)
            elif name == "osm3s":
                self.as_of = _day(_loads(text), "timestamp_osm_base")
            elif name == "timestamp":
                self.as_of = _day({name: _loads(text)}, name)
            elif name == "remark" and "error" in text:
                msg = f"Overpass broke off and the file is not whole: {text[:200]}"
                raise FileProblem(msg)


def _begins_with_a_feature(file: BinaryIO) -> bool:
    file.seek(0)
    line = file.readline(MAX_LINE).removeprefix(b"\xef\xbb\xbf").strip(b"\x1e \t\r\n")
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict) and found.get("type") in ("Feature", *osm.TYPES.values())


def _row(number: int, text: str) -> RawRow:
    found = read_object(number, text)
    if isinstance(found, RowProblem):
        return RawRow.unreadable(found, text)
    try:
        orjson.dumps(found)
    except orjson.JSONEncodeError:
        return RawRow.unreadable(problem(number, "", "", Reason.BAD_ROW, "is nested too deeply"), text)
    return RawRow(number, {}, found)


def _loads(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _day(found: Any, name: str) -> date | None:
    try:
        return parse_day(found[name])
    except (FieldProblem, TypeError, KeyError, AttributeError):
        return None
