import csv
import io
import json

import pytest

from app.services.imports.errors_file import ErrorsFile
from app.services.imports.fields import PARSERS
from app.services.imports.problems import FileProblem, Reason, problem
from app.services.imports.profiles import choose_shape, profile_names, shapes
from app.services.imports.reader import MAX_FIELD, ListingFile

HEADER = b"listing_type,property_type,price,locality\n"


def listing_file(content: bytes) -> ListingFile:
    return ListingFile(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf\n \n", "nothing but white space"),
        (b"\x0b", "nothing but white space"),
        (b"PK\x03\x04rest", "spreadsheet or ZIP"),
        (b"\x1f\x8brest", "gzip"),
        ("a,b".encode("utf-16"), "UTF-16"),
        (HEADER, r"a header \(row 1\) and no rows"),
        (HEADER + b"sale,flat,\0,x\n", r"Line 2 has a NUL \(byte 53 of the file\)"),
        (
            HEADER + b"sale,flat,9,Caf\xe9\n",
            r"Line 2 is not UTF-8 \(byte 0xE9 at position 58 of the file, perhaps Latin-1",
        ),
        (HEADER + b'sale,flat,9,"open\nsale,flat,9,x\n', "Row 2 has an opening quote that is never closed"),
        (b"a,b,a\n1,2,3\n", "Row 1 .* names the column 'a' twice"),
        (b"x" * 5_000_000, "Line 1 is longer than 4 MB"),
    ],
)
def test_what_is_no_listing_file_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(FileProblem, match=sentence):
        listing_file(content).check()


@pytest.mark.parametrize(
    ("header", "both"),
    [
        ("listing_type,property_type,price,locality,Price", ("price", "Price")),
        ("listing_type,property_type,price,locality,Property Type", ("property_type", "Property Type")),
        ("listing_type,property_type,price,locality,ListPrice", ("price", "ListPrice")),
        ("ListingKey,listing_type,property_type,ListPrice,locality,external_id", ("ListingKey", "external_id")),
        ("cardid,property_type,locality,city,monthly_rent,price", ("monthly_rent", "price")),
    ],
)
def test_two_headings_of_one_meaning_are_refused(header: str, both: tuple[str, str]) -> None:
    with pytest.raises(FileProblem, match="has the columns {!r} and {!r}, which mean the same".format(*both)):
        choose_shape(header.split(","))


def test_headings_that_a_source_has_side_by_side_are_taken() -> None:
    columns = ["id", "propTypeD", "price", "priceD", "ctName", "lmtDName", "coveredArea", "Notes", "notes"]
    assert choose_shape(columns).profile == "portal_a"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_rows_are_read_with_the_numbers_of_a_spreadsheet(delimiter: str, start: bytes) -> None:
    above = start.count(b"\n")
    text = 'name,note\n1,"two\nlines"\n\n2,\n'.replace(",", delimiter)
    file = listing_file(start + text.encode())
    assert file.columns == ["name", "note"]
    assert [(row.number, row.cells) for row in file.rows()] == [
        (2 + above, {"name": "1", "note": "two\nlines"}),
        (4 + above, {"name": "2", "note": ""}),
    ]
    assert file.check() == 2


def test_rows_that_cannot_be_split_carry_their_problem() -> None:
    file = listing_file(b'a,b\n1\n1,2,3\n"x"y,2\n1,' + b"z" * (MAX_FIELD + 1) + b"\n1,2\n")
    problems = [str(row.problem) if row.problem else None for row in file.rows()]
    assert problems[0] == "row 2, whole row: has 1 values for 2 columns"
    assert problems[1] == "row 3, whole row: has 3 values for 2 columns"
    assert problems[2] is not None
    assert "row 4, whole row: cannot be split into columns" in problems[2]
    assert problems[3] is not None
    assert problems[3].endswith("…': is longer than 64 KB")
    assert problems[4] is None


def test_the_errors_file_keeps_rows_that_cannot_be_read_as_they_stand() -> None:
    content = b'a,b\n1,2,3\n"x"y,2\n"p\nq",r,s\n1\n5,6\n'
    rows = list(listing_file(content).rows())
    lines = ["1,2,3", '"x"y,2', '"p\nq",r,s', "1", ""]
    assert [row.line for row in rows] == lines
    out = io.BytesIO()
    errors = ErrorsFile(out, ["a", "b"])
    for row in rows:
        errors.add(row, [row.problem] if row.problem else [])
    table = list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))
    assert [row["_line"] for row in table] == lines
    assert [row["a"] for row in table] == ["", "", "", "", "5"]
    deep = b'{"note": ' + b"[" * 2000 + b"]" * 2000 + b"}"
    long = b'{"note": "' + b"x" * 500
    out = io.BytesIO()
    errors = ErrorsFile(out, None)
    for row in listing_file(b'{"a": 1}\n' + deep + b"\r\n" + long + b"\n").rows():
        errors.add(row, [])
    assert [json.loads(line)["_line"].encode() for line in out.getvalue().splitlines()] == [b"", deep, long]


def test_json_lines_keep_their_types_for_the_errors_file() -> None:
    file = listing_file(
        b'{"price": 9500000, "amenities": ["Lift", "Park"], "bhk": null}\n\nnonsense\n[1]\n{"bhk": 3.0}\n'
    )
    rows = list(file.rows())
    assert file.columns == ["price", "amenities", "bhk"]
    assert rows[0].cells == {"price": "9500000", "amenities": "Lift, Park", "bhk": ""}
    assert rows[0].original["price"] == 9500000
    assert [(row.number, bool(row.problem)) for row in rows] == [(1, False), (3, True), (4, True), (5, False)]


@pytest.mark.parametrize("pair", ["[]", '{"a":}'])
def test_json_nested_too_deeply_is_a_problem_of_its_row(pair: str) -> None:
    def nested(depth: int) -> bytes:
        return b'{"note": ' + pair[:-1].encode() * depth + b"1" + pair[-1:].encode() * depth + b"}\n"

    file = listing_file(b'{"note": "flat"}\n' + b"".join(map(nested, (1, 200, 253, 254, 900, 10_000))))
    rows = list(file.rows())
    taken = [row for row in rows if row.problem is None]
    out = ErrorsFile(io.BytesIO(), None)
    for row in rows:
        out.add(row, [])
    assert [row.number for row in taken][:3] == [1, 2, 3]
    assert [str(row.problem) for row in rows[-2:-1]] == ["row 6, whole row: is nested too deeply"]
    assert rows[-1].problem


def test_a_header_of_very_many_columns_is_read_in_no_time() -> None:
    names = ",".join(f"{number:x}" for number in range(100_000))
    assert len(listing_file(f"{names}\n1\n".encode()).columns) == 100_000
    with pytest.raises(FileProblem, match="names the column 'ff' twice"):
        listing_file(f"{names},ff\n1\n".encode())


def test_problems_shown_in_a_terminal_cannot_command_it() -> None:
    shown = str(problem(2, "pr\u202eice", "\x1b[2J\x07é", Reason.BAD_PRICE, "is not one amount"))
    assert shown == "row 2, pr�ice '�[2J�é': is not one amount"


def test_each_shape_is_recognised_by_its_own_columns() -> None:
    for shape in shapes():
        assert choose_shape(["", *shape.known_columns]) is shape
        assert choose_shape(shape.known_columns, shape.profile) is shape
        assert set(shape.columns) <= set(PARSERS)
        assert set(shape.constants) <= set(PARSERS)
        assert set(shape.requires) <= shape.known_columns
    assert profile_names(shapes()) == ["casabricks", "portal_a", "portal_b", "portal_c"]


@pytest.mark.parametrize(
    ("columns", "profile", "told"),
    [
        (["listing_type", "property_type"], "auto", "Nearest is casabricks, which needs price, locality"),
        (["id", "propTypeD", "price", "ctName"], "auto", "Nearest is portal_a, which needs lmtDName, coveredArea"),
        (["bhk", "Size(Sq/ft)", "area"], "portal_c", "(the header): portal_c needs status, price"),
        (
            ["Listing Type", "Type", "Price", "Sheet", "city"],
            "casabricks",
            "(is that 'Listing Type'?), property_type (is that 'Type'?), price (is that 'Price'?), locality",
        ),
    ],
)
def test_missing_columns_of_the_nearest_profile_are_named(columns: list[str], profile: str, told: str) -> None:
    with pytest.raises(FileProblem) as refused:
        choose_shape(columns, profile)
    assert str(refused.value).endswith(told)


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(FileProblem, match="There is no profile 'portal_z'"):
        choose_shape(["price"], "portal_z")
