"""Homes side by side: what differs, what wins, and that nothing unknown does."""

from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AreaBasis, Facing
from app.models.property import Property
from app.services.side_by_side import rows
from app.tests.conftest import Statements
from app.tests.factories import make_property
from app.tests.test_web.test_foundation import HTML

UNKNOWN = """bhk locality floor_number window_facing bathrooms parking_spaces age_years possession furnishing ownership
rera_number price_per_sqft price_comparison area_sqft facing_widget_data nearby emi maintenance_monthly verified_at"""
LIKE: dict[str, Any] = dict.fromkeys(UNKNOWN.split()) | {
    "listing_type": "sale",
    "property_type": "flat",
    "area_basis": "carpet",
    "price": 1,
}


async def make_three(database: Database) -> list[Property]:
    async with unit_of_work(database) as session:
        return [
            await make_property(
                session,
                title="The cool one",
                window_facing=Facing.NORTH,
                area_sqft=1000,
                floor_number=0,
                total_floors=14,
            ),
            await make_property(session, title="The cheap one", price=7_000_000, window_facing=Facing.WEST),
            await make_property(
                session, title="The unknown one", area_basis=AreaBasis.CARPET, maintenance_monthly=4000
            ),
        ]


def cells(page: LexborHTMLParser, name: str) -> list[str]:
    [row] = [row for row in page.css(".cmp tbody tr") if row.css_first("th").text() == name]  # type: ignore[union-attr] # every row has one
    return [" ".join(cell.text().split()) for cell in row.css("td")]


async def test_what_differs_is_shown_and_what_wins_has_a_word(
    client: httpx.AsyncClient, database: Database, statements: Statements
) -> None:
    homes = await make_three(database)
    statements.clear()
    answer = await client.get("/compare", params=[("id", str(home.id)) for home in homes], headers=HTML)
    assert len(statements) == 4
    page = LexborHTMLParser(answer.text)
    assert cells(page, "Price") == ["₹85 L", "₹70 L lowest", "₹85 L"]
    # Carpet and super built-up areas are not compared.
    assert all("largest" not in cell for cell in cells(page, "Area"))
    assert [cell.endswith("coolest") for cell in cells(page, "Summer heat, of 100 (lower is cooler)")] == [
        True,
        False,
        False,
    ]
    assert cells(page, "Maintenance a month") == ["not known", "not known", "₹4,000"]
    assert cells(page, "Floor") == ["ground floor of 14", "not known", "not known"]
    assert "Vastu" not in " ".join(row.text() for row in page.css(".cmp th"))
    assert [row.text().split()[0] for row in page.css(".cmp .same")][-3:] == ["Type", "BHK", "Place"]


@pytest.mark.parametrize(
    ("values", "word", "best"),
    [
        ([5, 3, 4], "lowest", {1}),
        ([3, 3, 4], "lowest", {0, 1}),
        ([3, None, 4], "lowest", {0}),
        ([3, None, None], "", set()),
        ([3, 3, None], "", set()),
    ],
)
def test_only_what_is_known_of_two_can_win(values: list[int | None], word: str, best: set[int]) -> None:
    homes = [LIKE | {"emi": value} for value in values]
    [emi] = [row for row in rows(homes) if row.name == "emi"]
    assert (emi.word, set(emi.best)) == (word, best)


async def test_homes_that_are_gone_too_many_or_alone_are_said(client: httpx.AsyncClient, database: Database) -> None:
    homes = await make_three(database)
    ids = [*(str(home.id) for home in homes), str(new_id()), *(str(new_id()) for _ in range(2))]
    text = (await client.get("/compare", params=[("id", each) for each in ids], headers=HTML)).text
    assert "Four fit side by side; the others were left out." in text
    assert "1 home is no longer offered." in text
    assert "A comparison needs two to four" in (await client.get("/compare", params={"id": ids[0]}, headers=HTML)).text
    assert "No homes to compare" in (await client.get("/compare", headers=HTML)).text
    assert (await client.get("/compare", params={"id": "x"}, headers=HTML)).status_code == 422
