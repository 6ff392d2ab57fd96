"""Where colours changed otherwise than those of the whole picture: another sky, another paint."""

import cv2
import numpy as np

from app.infrastructure.fidelity.pictures import Bytes, Floats, Mask, blurred, eroded

ROUNDS = 6
TYPICAL = 3.0  # levels by which honest colours miss the common rule
CLIPPED = 248  # a channel this bright has lost its colour


def _rule_inputs(original: Floats, light: Floats) -> Floats:
    """What a colour of the result may depend on: brightness before and after, colour, and their products."""
    before, red, blue = (original[..., channel] for channel in range(3))
    colours = [tint * by for tint in (red, blue) for by in (np.ones_like(before), before, light, before**2, light**2)]
    lights = [np.ones_like(before), before, light, before * light, before**2, light**2]
    inputs = np.stack(lights + colours, axis=-1)
    return np.asarray(inputs.reshape(-1, inputs.shape[-1]), np.float32)


def _tints(picture: Bytes) -> Floats:
    """Brightness 0 to 1, red and blue difference about 0."""
    levels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb), np.float32)
    return np.asarray(levels / np.float32(255) - np.array([0, 0.5, 0.5], np.float32), np.float32)


def changes(original: Bytes, result: Bytes, seen: Mask) -> Floats:
    """How many levels of 255 the result's colours lie off the rule that most of the picture follows.

    The rule is fitted again and again with less weight on what does not follow it (Cauchy weights).
    """
    before, after = _tints(original), _tints(result)
    counted = (eroded(seen, 2) & (result.max(axis=2) < CLIPPED)).astype(np.float32).ravel()
    inputs, wanted = _rule_inputs(before, after[..., 0]), after[..., 1:].reshape(-1, 2)
    weights = counted
    off = np.zeros_like(counted)
    for _ in range(ROUNDS):
        weighted = inputs * weights[:, None]
        ridge = 0.01 * np.eye(inputs.shape[1])
        rule = np.linalg.solve(weighted.T @ inputs + ridge, weighted.T @ wanted)
        off = np.linalg.norm(wanted - inputs @ rule, axis=1) * 255
        weights = counted / (1 + (off / TYPICAL) ** 2)
    return blurred((off * counted).reshape(seen.shape).astype(np.float32), 2)
