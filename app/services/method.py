"""The method document: the texts of app/data/method*.toml with the figures the code really uses."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from app.config.settings import RankWeights
from app.core import market_rules, nearby_rules
from app.core.loans import FORMULA
from app.core.vocabulary import Language
from app.schemas.costs import DOWN_PAYMENT_PERCENT, CostQuery
from app.schemas.method import MethodDocument
from app.schemas.paging import MAX_DEPTH
from app.services.costs import cost_rates
from app.services.search import FEW


@cache
def document(weights: RankWeights, language: Language = Language.ENGLISH) -> bytes:
    """Return MethodDocument as JSON bytes. Raises KeyError when a text is missing, or a figure that a text names."""
    filled = _filled(texts(language), _figures(weights))
    rank_parts = [{"key": key, "weight": weight, "method": filled["rank_parts"][key]} for key, weight in weights]
    answer = {"entries": filled["entries"], "rank_parts": rank_parts, "cost_rates": cost_rates()}
    return MethodDocument.model_validate(answer).model_dump_json().encode()


def texts(language: Language = Language.ENGLISH) -> dict[str, Any]:
    """`entries`, and what each of the `rank_parts` is. Versions and dates stand in the English file alone."""
    found = _read("method.toml")
    if language is Language.ENGLISH:
        return found
    translated = _read(f"method_{language}.toml")
    entries = [entry | translated["entries"][entry["key"]] for entry in found["entries"]]
    return {"entries": entries, "rank_parts": translated["rank_parts"]}


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("app.data") / name).read_text(encoding="utf-8"))


def _figures(weights: RankWeights) -> dict[str, object]:
    loan = CostQuery()
    return {
        "min_comparables": market_rules.MIN_COMPARABLES,
        "below_min_comparables": market_rules.MIN_COMPARABLES - 1,
        "min_range": market_rules.MIN_RANGE,
        "fence_from": market_rules.FENCE_FROM,
        "fence_z": market_rules.FENCE_Z,
        "guard": f"±{market_rules.GUARD:.0%}",
        "area_tolerance": f"±{market_rules.AREA_TOLERANCE:.0%}",
        "nearby_radius": nearby_rules.NEARBY_RADIUS_KM,
        "nearby_per_category": nearby_rules.NEARBY_PER_CATEGORY,
        "weights": ", ".join(f"{part} {weight:g}" for part, weight in weights),
        "few": FEW,
        "max_depth": f"{MAX_DEPTH:,}",
        "instalment_formula": FORMULA,
        "down_payment": f"{DOWN_PAYMENT_PERCENT}%",
        "annual_rate": loan.annual_rate,
        "years": loan.years,
        "rates_as_of": cost_rates().as_of,
    }


def _filled(value: Any, figures: dict[str, object]) -> Any:
    if isinstance(value, str):
        return value.format_map(figures)
    if isinstance(value, list):
        return [_filled(part, figures) for part in value]
    if isinstance(value, dict):
        return {key: _filled(part, figures) for key, part in value.items()}
    return value
