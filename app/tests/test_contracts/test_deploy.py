"""The dashboard and the alert rules ask for what /metrics exports."""

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import Counter, Histogram

from app.core import metrics
from app.services.monitoring import FIGURES
from app.tests.conftest import ROOT

ALERTS = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text(encoding="utf-8"))
DASHBOARD = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
COUNTED = [each for each in vars(metrics).values() if isinstance(each, Counter | Histogram)]


def exported() -> dict[str, set[str]]:
    """The labels of every series' name."""
    labels: dict[str, set[str]] = {"casabricks_database_up": set()}
    labels |= {name: set(figure.labels) for name, figure in FIGURES.items()}
    for metric in COUNTED:
        (family,) = metric.describe()
        if isinstance(metric, Counter):
            labels[f"{family.name}_total"] = set(metric._labelnames)
        else:
            labels |= {f"{family.name}_{part}": set(metric._labelnames) for part in ("count", "sum")}
            labels[f"{family.name}_bucket"] = {*metric._labelnames, "le"}
    return labels


def rules() -> Iterator[Any]:
    for group in ALERTS["groups"]:
        yield from group["rules"]


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace("$__rate_interval", "5m")


def selectors(node: Any) -> Iterator[Any]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    parts = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "param", "vector_selector")]
    for part in [*parts, *getattr(node, "args", ())]:
        if part is not None:
            yield from selectors(part)


@pytest.mark.parametrize("expression", list(expressions()))
def test_every_expression_is_promql_on_what_is_exported(expression: str) -> None:
    asked = list(selectors(promql_parser.parse(expression)))
    assert asked
    for selector in asked:
        if selector.name != "up":  # Prometheus's own
            labels = exported()[selector.name]
            assert {matcher.name for matcher in selector.matchers.matchers} <= labels


def test_rules_and_panels_are_whole() -> None:
    for rule in rules():
        assert {"alert", "expr", "labels", "annotations"} <= rule.keys() <= {"for", *rule.keys()}
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_every_exported_figure_is_explained_and_on_the_dashboard_or_in_an_alert() -> None:
    shown = "\n".join(expressions())
    for name in exported():
        base = re.sub("_(bucket|sum|count)$", "", name)
        assert f"`{base}`" in PAGE
        assert base in shown
