"""Long JSON documents, a value at a time."""

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.imports.problems import FileProblem
from app.services.places import json_document
from app.services.places.json_document import JsonDocument

Members = list[tuple[str, Any]]


def read(content: bytes) -> Members:
    document = JsonDocument(io.BytesIO(content))
    return [(name, json.loads(text)) for name, text in document.members(("features",))]


def test_members_and_items_come_in_their_order() -> None:
    content = (
        b'\xef\xbb\xbf {"type": "x", "features": [{"a": [1, {}]}, 2 ,"]"], "n": -1.5e3, "features": 7, "e":[]}\r\n'
    )
    assert read(content) == [
        ("type", "x"),
        ("features", {"a": [1, {}]}),
        ("features", 2),
        ("features", "]"),
        ("n", -1500.0),
        ("features", 7),
        ("e", []),
    ]
    assert read(b"{}") == []
    assert read(b'{"features": [ ]}') == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, width=32) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4), st.lists(json_values), st.integers(1, 9))
def test_wherever_the_window_ends_the_same_is_read(members: dict[str, Any], items: list[Any], step: int) -> None:
    members.pop("features", None)
    content = json.dumps(members | {"features": items}, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_document, "READ_AT_ONCE", step)
        found = read(content)
    assert found == [*members.items(), *(("features", item) for item in items)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"features": [{"a": 1}, {"a"', "near byte 25 "),
        (b'{"features": [{"a": 1}', ", is expected"),
        (b'{"features": [1, 2', "expected"),
        (b'{"features": [1 2]}', "near byte 17 , is expected"),
        (b'{"features": [1,]}', "expecting value"),
        (b'{"a": 1,}', "near byte 9 a name in quotes is expected"),
        (b'{"a" 1}', ": is expected"),
        (b"{a: 1}", "a name in quotes is expected"),
        (b'{"a": nope}', "expecting value"),
        (b'{"a": 1} x', "goes on after its end"),
        (b'{"a": "\xff"}', "it is not UTF-8"),
        (b'{"a": "\xe0\xa4', "it is not UTF-8"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "limit"),
        (b'{"a": "' + b"x" * 6_000_000, "a value is longer than 4 MB"),
        (b"nothing", "{ is expected"),
    ],
)
def test_what_is_broken_is_said_with_its_place(content: bytes, sentence: str) -> None:
    with pytest.raises(FileProblem, match=sentence):
        read(content)


@given(st.binary(max_size=60) | st.text('{}[]",:1features\\ ', max_size=40).map(str.encode))
def test_anything_is_read_or_a_file_problem(content: bytes) -> None:
    try:
        list(JsonDocument(io.BytesIO(content)).members(("features",)))
    except FileProblem as error:
        assert "near byte" in str(error)  # noqa: PT017 - most are refused, and the others are read


def test_memory_holds_a_window() -> None:
    item = json.dumps({"name": "x" * 200}).encode()
    content = io.BytesIO(b'{"features": [' + b",".join([item] * 100_000) + b"]}")
    tracemalloc.start()
    read_items = sum(1 for _ in JsonDocument(content).members(("features",)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read_items == 100_000
    assert peak < 8_000_000, "of a document of 21 MB"
