"""What the comparison of an enhanced photo with its original measured, in plain words (docs/fidelity.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.config.settings import FidelityThresholds


def _percent(value: float) -> str:
    return f"{value * 100:.0f}%"


def _whole(value: float) -> str:
    return f"{value:.0f}"


def _times(value: float) -> str:
    return f"{value:.1f}-fold"


def _degrees(value: float) -> str:
    return f"{value:.1f}°"


class _Rule(NamedTuple):
    score: str
    label: str
    threshold: str
    written: Callable[[float], str]
    at_least: bool = False


RULES = (
    _Rule("structure", "Redrawn at the worst place", "max_structure_change", _percent),
    _Rule("standout", "Change against elsewhere", "max_standout", _times),
    _Rule("colour", "Colours off, of 255", "max_colour_change", _whole),
    _Rule("unevenness", "One colour apart, of 255", "max_unevenness", _whole),
    _Rule("coverage", "Of the original still there", "min_coverage", _percent, at_least=True),
    _Rule("outside", "Made up beyond its edges", "max_outside", _percent),
    _Rule("keystone", "Perspective changed", "max_keystone", _percent),
    _Rule("stretch", "Stretched", "max_stretch", _percent),
    _Rule("rotation", "Turned", "max_rotation_degrees", _degrees),
    _Rule("matches", "Points found again", "min_matches", _whole, at_least=True),
)


@dataclass(frozen=True, slots=True)
class Check:
    label: str
    value: str
    limit: str
    passed: bool
    share: float
    """0-1: how far along a bar whose middle is the limit."""


def checks(scores: Mapping[str, float] | None, limits: FidelityThresholds) -> list[Check]:
    """Those that were measured, the broken ones first."""
    found = []
    for rule in RULES:
        value = (scores or {}).get(rule.score)
        if value is None:
            continue
        limit = float(getattr(limits, rule.threshold))
        passed = value >= limit if rule.at_least else value <= limit
        word = "at least" if rule.at_least else "at most"
        share = min(1.0, value / limit / 2) if limit else 1.0
        found.append(Check(rule.label, rule.written(value), f"{word} {rule.written(limit)}", passed, share))
    return sorted(found, key=lambda check: check.passed)
