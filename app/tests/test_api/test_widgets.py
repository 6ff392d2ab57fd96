"""The figures of a home as SVG and PNG, drawn from what is stored."""

from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import Facing
from app.models.property import Property
from app.tests.conftest import Statements
from app.tests.factories import make_property
from app.tests.test_api.test_comparison import compared

FIGURES = ("compass", "price", "nearby")
PNG = b"\x89PNG\r\n\x1a\n"


def path(home: Property, figure: str, extension: str = "svg") -> str:
    return f"/api/v1/properties/{home.id}/widgets/{figure}.{extension}"


def spoken(svg: str) -> str:
    """Title and description, as a screen reader has them."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return " ".join(part.text or "" for part in root if part.tag.endswith(("title", "desc")))


async def draw(client: httpx.AsyncClient, home: Property, figure: str, **query: Any) -> str:
    answer = await client.get(path(home, figure), params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    return answer.text


@pytest.mark.parametrize("figure", FIGURES)
async def test_each_figure_is_one_statement_and_stays_with_the_client(
    client: httpx.AsyncClient, database: Database, statements: Statements, figure: str
) -> None:
    home = (await compared(database, [5000 + 100 * i for i in range(12)], window_facing=Facing.SOUTH_EAST))[0]
    await draw(client, home, "nearby")  # reads the places, once a process
    statements.clear()
    answer = await client.get(path(home, figure))
    assert len(statements) == 1
    assert ET.fromstring(answer.text).attrib["role"] == "img"  # noqa: S314 - our own
    unchanged = await client.get(path(home, figure), headers={"If-None-Match": answer.headers["etag"]})
    assert unchanged.status_code == 304
    assert (await client.get(path(home, figure), params={"theme": "dark"})).text != answer.text


@pytest.mark.parametrize("figure", FIGURES)
async def test_a_picture_to_share(client: httpx.AsyncClient, database: Database, figure: str) -> None:
    home = (await compared(database, [5000 + 100 * i for i in range(9)]))[0]
    answer = await client.get(path(home, figure, "png"), params={"theme": "dark", "width": 360})
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(PNG)
    assert int.from_bytes(answer.content[16:20], "big") == 360


async def test_the_price_figure_leaves_the_home_itself_out(client: httpx.AsyncClient, database: Database) -> None:
    few = (await compared(database, [5000 + 100 * i for i in range(12)]))[0]
    svg = await draw(client, few, "price")
    assert "11 similar flats" in spoken(svg) or "11 flats" in spoken(svg)
    async with unit_of_work(database) as session:
        lone = await make_property(session)
    refused = await client.get(path(lone, "price"))
    assert refused.status_code == 404
    assert "Not compared yet" in refused.json()["detail"]


async def test_many_comparables_are_drawn_by_the_bar(client: httpx.AsyncClient, database: Database) -> None:
    home = (await compared(database, [5000 + 10 * i for i in range(90)]))[45]
    assert "89" in spoken(await draw(client, home, "price"))


async def test_unknown_facings_and_positions_are_said(client: httpx.AsyncClient, database: Database) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session, latitude=None, longitude=None, location_precision=None)
    assert "not known" in spoken(await draw(client, home, "compass"))
    assert "not known" in spoken(await draw(client, home, "nearby"))


@pytest.mark.parametrize(
    "query", [{"month": 0}, {"month": 13}, {"mode": "moon"}, {"theme": "pink"}, {"width": 10}, {"width": 10_000}]
)
async def test_bad_wishes_are_named(client: httpx.AsyncClient, database: Database, query: dict[str, Any]) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session)
    answer = await client.get(path(home, "compass"), params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", *query]


@pytest.mark.parametrize("figure", FIGURES)
async def test_there_is_no_such_home(client: httpx.AsyncClient, figure: str) -> None:
    answer = await client.get(f"/api/v1/properties/{new_id()}/widgets/{figure}.svg")
    assert answer.status_code == 404
    assert (await client.get(f"/api/v1/properties/{new_id()}/widgets/{figure}.gif")).status_code == 422
