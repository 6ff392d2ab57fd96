"""GET /api/v1/method: the texts, with the figures that the code really uses."""

from typing import Any

import httpx
import orjson
import pytest

from app.config.settings import RankWeights
from app.core import market_rules, nearby_rules
from app.core.loans import FORMULA
from app.schemas.costs import CostRates, Costs
from app.schemas.method import MethodDocument
from app.services import method
from app.services.costs import cost_rates
from app.tests.conftest import Statements

KEYS = [
    *("compass.heat", "compass.daylight", "vastu", "price_comparison", "nearby"),
    *("rank", "reasons", "counts", "costs", "trust"),
]


def entry(document: bytes, key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in orjson.loads(document)["entries"] if each["key"] == key)
    return found


async def test_every_number_has_its_method(client: httpx.AsyncClient, statements: Statements) -> None:
    answer = await client.get("/api/v1/method")
    assert answer.status_code == 200
    document = MethodDocument.model_validate_json(answer.content)
    assert [each.key for each in document.entries] == KEYS
    assert all(each.inputs and each.data_sources and each.limits for each in document.entries)
    assert document.cost_rates == cost_rates()
    assert statements == []


async def test_validators(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/v1/method")
    assert first.headers["cache-control"] == "public, max-age=3600"
    again = await client.get("/api/v1/method", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_no_figure_is_left_to_fill_in() -> None:
    texts = method.document(RankWeights())
    assert b"{" not in b"".join(orjson.dumps(list(each.values())) for each in orjson.loads(texts)["entries"])


def test_weights_are_the_configured_ones() -> None:
    weights = RankWeights(place=7, freshness=2.5)
    document = method.document(weights)
    assert "place 7, picture 15, freshness 2.5, completeness 5" in entry(document, "rank")["method"]
    parts = {part["key"]: part["weight"] for part in orjson.loads(document)["rank_parts"]}
    assert parts == weights.model_dump()


def test_figures_are_the_codes_own(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("MIN_COMPARABLES", "MIN_RANGE", "FENCE_FROM", "FENCE_Z")
    for name, value in zip(names, (91, 31, 92, 9.3), strict=True):
        monkeypatch.setattr(market_rules, name, value)
    monkeypatch.setattr(nearby_rules, "NEARBY_PER_CATEGORY", 97)
    monkeypatch.setattr(nearby_rules, "NEARBY_RADIUS_KM", 96)
    monkeypatch.setattr(market_rules, "GUARD", 0.94)
    monkeypatch.setattr(market_rules, "AREA_TOLERANCE", 0.95)
    document = method.document.__wrapped__(RankWeights())
    price = orjson.dumps(entry(document, "price_comparison")).decode()
    for words in ("with 91 or more", "With 31 to 90:", "from 92 comparables", "z above 9.3", "within ±94%", "±95%"):
        assert words in price
    assert "nearest 97 of each" in entry(document, "nearby")["method"]
    assert "within 96 km" in entry(document, "nearby")["method"]


def test_costs_name_their_entry_and_date() -> None:
    document = method.document(RankWeights())
    costs = entry(document, Costs.model_fields["method"].default)
    assert costs["as_of"] == cost_rates().as_of.isoformat()
    assert costs["formula"] == f"Instalment = {FORMULA}"
    assert "20% of the price unless given), rate (8.5% a year), years (20)" in costs["inputs"][0]
    assert CostRates.model_validate(orjson.loads(document)["cost_rates"]) == cost_rates()


def test_every_rank_part_is_explained_and_no_other() -> None:
    assert method.texts()["rank_parts"].keys() == RankWeights.model_fields.keys()
