"""Whether an enhanced picture still shows the same building: the gate before it is published (docs/fidelity.md).

Blocking and CPU-bound (under a second, under 200 MB): call it in a worker, with pictures whose size was checked.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from app.config.settings import FidelityThresholds
from app.infrastructure.fidelity.alignment import Alignment, align, mirrored_matches, onto_original
from app.infrastructure.fidelity.pictures import SHORTEST_SIDE, Bytes, read
from app.infrastructure.fidelity.structure import changes

__all__ = ["Fidelity", "FidelityThresholds", "compare"]


@dataclass(frozen=True)
class Fidelity:
    """`reason` is a short sentence for an admin, None when it passed; `scores` are what was measured on the way."""

    passed: bool
    reason: str | None = None
    scores: dict[str, float] = field(default_factory=dict)


def _unusable(name: str, picture: Bytes | None) -> str | None:
    if picture is None:
        return f"the {name} is not a readable picture"
    if min(picture.shape[:2]) < SHORTEST_SIDE:
        return f"the {name} is too small to compare: its shorter side is under {SHORTEST_SIDE} pixels"
    return None


def _pose(alignment: Alignment, original: Bytes, result: Bytes) -> dict[str, float]:
    """How the camera seems to have moved: degrees turned, keystone as the change of scale across the picture, scale."""
    height, width = original.shape[:2]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    moved = cv2.perspectiveTransform(corners, alignment.matrix)[0]
    top, right, bottom, left = (moved[(i + 1) % 4] - moved[i] for i in range(4))
    across = top - bottom
    turned = np.degrees(np.arctan2(across[1], across[0]))
    lengths = [float(np.linalg.norm(side)) for side in (top, right, bottom, left)]
    keystone = max(lengths[0] / lengths[2], lengths[2] / lengths[0], lengths[1] / lengths[3], lengths[3] / lengths[1])
    return {"rotation": float(turned), "keystone": keystone - 1}


def compare(original: bytes, result: bytes, thresholds: FidelityThresholds | None = None) -> Fidelity:
    """Judge the result by the original. Never raises on bad bytes: they do not pass, and the reason says why."""
    limits = thresholds or FidelityThresholds()
    before, after = read(original), read(result)
    if problem := _unusable("original", before) or _unusable("result", after):
        return Fidelity(passed=False, reason=problem)
    assert before is not None and after is not None  # noqa: S101, PT018 - said by _unusable
    alignment = align(before, after)
    agreeing = alignment.inliers if alignment else 0
    scores: dict[str, float] = {"matches": agreeing}
    if alignment is None or agreeing < limits.min_matches:
        if mirrored_matches(before, after) > max(agreeing, limits.min_matches):
            return Fidelity(passed=False, reason="the picture was mirrored", scores=scores)
        return Fidelity(passed=False, reason="the two pictures do not show the same thing", scores=scores)
    scores |= _pose(alignment, before, after)
    height, width = before.shape[:2]
    drawn, seen = onto_original(after, alignment, (width, height))
    scores["coverage"] = float(seen.mean())
    if abs(scores["rotation"]) > limits.max_rotation_degrees:
        return Fidelity(passed=False, reason="the picture was turned too far", scores=scores)
    if scores["keystone"] > limits.max_keystone:
        return Fidelity(passed=False, reason="the perspective was changed too much", scores=scores)
    if scores["coverage"] < limits.min_coverage:
        return Fidelity(passed=False, reason="too much of the picture was cut away", scores=scores)
    change = changes(before, drawn, seen)
    scores["structure"] = change.score
    if change.score > limits.max_structure_change:
        return Fidelity(passed=False, reason=f"a part of the picture changed near the {change.place}", scores=scores)
    return Fidelity(passed=True, scores=scores)
