"""A file of text, line by line from a binary file. What is not text is said in a sentence."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from app.services.imports.problems import FileProblem, Reason, RowProblem, problem

MAX_LINE = 4 * 1024 * 1024
NOT_TEXT = {
    b"PK\x03\x04": "a spreadsheet or ZIP archive; save it as CSV (UTF-8)",
    b"\x1f\x8b": "compressed (gzip); unpack it first",
    b"\xff\xfe": "in UTF-16; save it as UTF-8",
    b"\xfe\xff": "in UTF-16; save it as UTF-8",
    b"%PDF": "a PDF",
}


class TextFile:
    """Read it as often as needed; `bytes_read` tells how far the present reading is."""

    def __init__(self, file: BinaryIO) -> None:
        """Look at the start. Raises FileProblem for what is empty, or another kind of file by its first bytes."""
        self._file = file
        self.bytes_read = 0
        file.seek(0)
        start = file.read(4096)
        if not start.strip(b"\xef\xbb\xbf \t\r\n"):
            msg = "The file is empty" if not start else "The file holds nothing but white space"
            raise FileProblem(msg)
        for magic, what in NOT_TEXT.items():
            if start.startswith(magic):
                msg = f"The file is {what}"
                raise FileProblem(msg)
        self.first_char = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]

    def lines(self) -> Iterator[str]:
        """Read from the start. Raises FileProblem where the file stops being text."""
        self._file.seek(0)
        self.bytes_read = 0
        number = 0
        while line := self._file.readline(MAX_LINE):
            number += 1
            if len(line) == MAX_LINE and not line.endswith(b"\n"):
                msg = f"Line {number} is longer than {MAX_LINE // 1024 // 1024} MB; no row is that long"
                raise FileProblem(msg)
            if b"\0" in line:
                at = self.bytes_read + line.index(b"\0") + 1
                msg = f"Line {number} has a NUL (byte {at} of the file): this is not a text file"
                raise FileProblem(msg)
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                at, byte = self.bytes_read + error.start + 1, line[error.start]
                msg = (
                    f"Line {number} is not UTF-8 (byte 0x{byte:02X} at position {at} of the file, perhaps Latin-1 or "
                    f"Windows-1252): save the file as UTF-8"
                )
                raise FileProblem(msg) from None
            yield text
            self.bytes_read += len(line)


def read_object(number: int, text: str) -> dict[str, Any] | RowProblem:
    """Parse the JSON object that row `number` is to be, or say why it is none."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return problem(number, "", text.strip(), Reason.BAD_ROW, f"is not JSON ({error.msg})")
    if not isinstance(found, dict):
        return problem(number, "", text.strip(), Reason.BAD_ROW, "is not a JSON object")
    return found
