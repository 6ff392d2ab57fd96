"""Whether an enhanced picture still shows the same building: the gate before it is published (docs/fidelity.md)."""

from dataclasses import dataclass, field

import numpy as np

from app.config.settings import FidelityThresholds
from app.infrastructure.fidelity import colour, structure
from app.infrastructure.fidelity.alignment import Alignment, align, features, onto_original
from app.infrastructure.fidelity.pictures import SHORTEST_SIDE, Bytes, Floats, Mask, read, shrunk
from app.infrastructure.fidelity.pose import pose

__all__ = ["Fidelity", "FidelityThresholds", "compare"]

OFF_COLOUR_SHARE = 0.02  # of the picture
WHOLLY = 255
UNMISTAKABLE = 0.3  # of the features: so many agree in no mirrored picture


@dataclass(frozen=True)
class Fidelity:
    """`reason` is a short sentence for an admin, None when it passed; `scores` are what was measured on the way."""

    passed: bool
    reason: str | None = None
    scores: dict[str, float] = field(default_factory=dict)


def compare(original: bytes, result: bytes, thresholds: FidelityThresholds | None = None) -> Fidelity:
    """Judge the result by the original. Bad bytes do not raise: they do not pass, and the reason says why.

    Takes a second or so of processor time: call it in a worker, with pictures whose size was checked.
    """
    before, after = read(original), read(result)
    scores: dict[str, float] = {}
    if before is None or after is None:
        name = "original" if before is None else "result"
        reason: str | None = f"the {name} is not a picture of at least {SHORTEST_SIDE} x {SHORTEST_SIDE} pixels"
    else:
        reason = _difference(before, after, thresholds or FidelityThresholds(), scores)
    return Fidelity(passed=reason is None, reason=reason, scores=scores)


def _difference(before: Bytes, after: Bytes, limits: FidelityThresholds, scores: dict[str, float]) -> str | None:
    """Say what changed beyond the limits, and write down what was measured."""
    seen_before = features(before)
    alignment = align(seen_before, features(after))
    scores["matches"] = alignment.agreeing
    reason = _unaligned(alignment, limits) or _changed(before, after, alignment, limits, scores)
    if reason is None or alignment.agreeing > UNMISTAKABLE * alignment.features:
        return reason
    flipped = align(seen_before, features(np.ascontiguousarray(after[:, ::-1])))
    return "the picture was mirrored" if flipped.agreeing > max(alignment.agreeing, limits.min_matches) else reason


def _unaligned(alignment: Alignment, limits: FidelityThresholds) -> str | None:
    if alignment.features < limits.min_matches:
        return "there is too little to see in the original to compare it"
    if alignment.agreeing < limits.min_matches:
        return "the two pictures do not show the same thing"
    return None


def _moved(scores: dict[str, float], limits: FidelityThresholds) -> str | None:
    if scores["stretch"] > limits.max_stretch:
        return "the picture was stretched or slanted"
    if scores["rotation"] > limits.max_rotation_degrees:
        return "the picture was turned too far"
    if scores["keystone"] > limits.max_keystone:
        return "the perspective was changed too much"
    if scores["coverage"] < limits.min_coverage:
        return "too much of the picture was cut away"
    if scores["outside"] > limits.max_outside:
        return "the picture was continued beyond its edges"
    return None


def _changed(
    before: Bytes, after: Bytes, alignment: Alignment, limits: FidelityThresholds, scores: dict[str, float]
) -> str | None:
    camera = pose(alignment.matrix, before.shape[:2], after.shape[:2])
    if camera is None:
        return "the two pictures do not show the same thing"
    drawn, seen = onto_original(after, alignment.matrix, before.shape[:2])
    scores |= {
        "rotation": camera.rotation,
        "keystone": camera.keystone,
        "stretch": camera.stretch,
        "coverage": float(seen.mean()),  # the share of the original that is left
        "outside": max(0.0, 1 - float(seen.sum()) / camera.frame),  # the share of the result that was made up
    }
    if moved := _moved(scores, limits):
        return moved
    small, small_drawn, small_seen = shrunk(before, 0.5), shrunk(drawn, 0.5), _halved(seen)
    redrawn = structure.changes(small, small_drawn, small_seen)
    for name, change, most in (
        ("structure", redrawn, limits.max_structure_change),
        ("standout", structure.standout(redrawn, small_drawn, small_seen), limits.max_standout),
    ):
        scores[name] = float(change.max())
        if scores[name] > most:
            return f"a part of the picture changed near the {_place(change)}"
    for name, measure, most in (
        ("colour", colour.changes, limits.max_colour_change),
        ("unevenness", colour.unevenness, limits.max_unevenness),
    ):
        off = measure(shrunk(before, 0.25), shrunk(drawn, 0.25), _halved(small_seen))
        scores[name] = float(np.quantile(off, 1 - OFF_COLOUR_SHARE))
        if scores[name] > most:
            return f"the colours changed near the {_place(off)}"
    return None


def _halved(seen: Mask) -> Mask:
    return np.asarray(shrunk(seen.astype(np.uint8) * WHOLLY, 0.5) == WHOLLY)


def _place(change: Floats) -> str:
    """Where the change is strongest, in words."""
    height, width = change.shape
    y, x = np.unravel_index(int(change.argmax()), change.shape)
    row, column = ("upper", "middle", "lower")[int(3 * y / height)], ("left", "centre", "right")[int(3 * x / width)]
    return "centre" if (row, column) == ("middle", "centre") else f"{row} {column}"
