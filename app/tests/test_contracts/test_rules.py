"""Rules of the house that no linter knows."""

import re

import pytest

from app.tests.conftest import ROOT

SOURCES = [path for path in (ROOT / "app").rglob("*.py") if "tests" not in path.parts]


def places(pattern: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize(
    ("pattern", "home"),
    [
        (r"\.commit\(", "app/core/unit_of_work.py"),
        (r"\bos\.environ\b|\bos\.getenv\b", "app/core/metric_files.py"),  # sets what a library reads
        (r"datetime\.now\(|utcnow\(", "app/core/clock.py"),
        (r"except:|except BaseException", "nowhere"),
    ],
)
def test_this_stands_only_in_its_home(pattern: str, home: str) -> None:
    assert [place for place in places(pattern) if not place.startswith(home)] == []


def test_sql_stands_in_repositories() -> None:
    elsewhere = [
        place
        for place in places(r"\b(SELECT|UPDATE|DELETE FROM|INSERT INTO) |\btext\(")
        if not place.startswith(("app/repositories/", "app/models/"))
    ]
    assert elsewhere == []
