"""Rows of a CSV file that spreadsheets open, as RFC 4180 writes them."""

import csv
import io
import re
from collections.abc import Iterable

# A cell that begins so is a formula to a spreadsheet, whoever wrote it; the last four are the wide forms. Quotes before
# it count too, or one that somebody typed would be taken for ours.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def neutral(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula: a quote is put before what looks like one."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain(text: str) -> str:
    """The text that a neutral cell stands for."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_lines(rows: Iterable[Iterable[object]]) -> bytes:
    """None is an empty cell."""
    lines = io.StringIO()
    csv.writer(lines).writerows([[neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
    return lines.getvalue().encode()
