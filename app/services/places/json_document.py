"""One long JSON document, a value at a time: memory holds a window of the file, whatever its length.

The values themselves are found by the standard library's decoder; only moving the window is done here.
"""

import codecs
import json
import re
from collections.abc import Container, Iterator
from typing import BinaryIO, NoReturn

from app.services.imports.problems import FileProblem

READ_AT_ONCE = 1024 * 1024
MAX_VALUE = 4 * 1024 * 1024
DECODER = json.JSONDecoder()
NUMBER_GOES_ON = "e-1"  # the most that may have to follow a number to be seen as a part of it
BLANKS = re.compile(r"[ \t\r\n]*")


class JsonDocument:
    """A file whose content is one JSON object; `bytes_read` tells how far the present reading is."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._window = ""
        self._at = 0
        self._is_ended = False
        self.bytes_read = 0

    def members(self, itemised: Container[str]) -> Iterator[tuple[str, str]]:
        """Yield (name, JSON text of the value) of each member; of arrays named in `itemised`, each item's text.

        Raises FileProblem where the file stops being one JSON object, and for a value of more than MAX_VALUE.
        """
        self._take("{")
        for _ in self._each("}"):
            name = json.loads(self._value()) if self._peek() == '"' else self._fail("a name in quotes is expected")
            self._take(":")
            if name in itemised and self._peek() == "[":
                self._take("[")
                for _ in self._each("]"):
                    yield name, self._value()
            else:
                yield name, self._value()
        if self._peek():
            self._fail("it goes on after its end")

    def _each(self, closing: str) -> Iterator[None]:
        """A turn for each element, which the turn is to read, until the bracket that closes them."""
        if self._peek() != closing:
            yield
            while self._peek() != closing:
                self._take(",")
                yield
        self._take(closing)

    def _peek(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            match = BLANKS.match(self._window, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._read_on():
                return ""

    def _take(self, char: str) -> None:
        if self._peek() != char:
            self._fail(f"{char} is expected")
        self._at += 1

    def _value(self) -> str:
        self._peek()
        while True:
            wrong, end = "", 0
            try:
                _, end = DECODER.raw_decode(self._window, self._at)
            except RecursionError:
                self._fail("a value is nested too deeply")
            except ValueError as error:
                wrong = str(error).partition(":")[0].lower()
            if not wrong and (end + len(NUMBER_GOES_ON) <= len(self._window) or self._is_ended):
                text = self._window[self._at : end]
                self._at = end
                return text
            if not self._read_on() and wrong:
                self._fail(wrong)

    def _read_on(self) -> bool:
        """Move the window on; False at the end of the file."""
        if len(self._window) - self._at > MAX_VALUE:
            self._fail(f"a value is longer than {MAX_VALUE // 1024 // 1024} MB")
        chunk = self._file.read(READ_AT_ONCE)
        self._is_ended = not chunk
        try:
            self._window = self._window[self._at :] + self._decode(chunk, final=self._is_ended)
        except UnicodeDecodeError as error:
            self._fail(f"it is not UTF-8 ({error.reason})")
        self._at = 0
        self.bytes_read += len(chunk)
        return bool(chunk)

    def _fail(self, what: str) -> NoReturn:
        near = self.bytes_read - len(self._window[self._at :].encode())
        msg = f"The file is not one whole JSON document: near byte {near + 1} {what}"
        raise FileProblem(msg)
