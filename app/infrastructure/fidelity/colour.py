"""Where colours changed otherwise than those of the whole picture: another sky, another paint."""

import cv2
import numpy as np

from app.infrastructure.fidelity.pictures import Bytes, Floats, Mask, blurred, clipped, eroded

ROUNDS = 6
TYPICAL = 3.0  # levels by which honest colours miss the common rule
SAME_LIGHT, SAME_TINT = 12, 6  # levels within which colours of the original count as one
PLACE = 4.0  # sigma of what counts as one place, in pixels of a picture LONG_SIDE / 4 long
DARKEST = 10.0  # levels: below, a tint that scales with the light cannot be told


def _rule_inputs(original: Floats, light: Floats) -> Floats:
    """What a colour of the result may depend on: brightness before and after, colour, and their products."""
    before, red, blue = (original[..., channel] for channel in range(3))
    colours = [tint * by for tint in (red, blue) for by in (np.ones_like(before), before, light, before**2, light**2)]
    lights = [np.ones_like(before), before, light, before * light, before**2, light**2]
    inputs = np.stack(lights + colours, axis=-1)
    return np.asarray(inputs.reshape(-1, inputs.shape[-1]), np.float32)


def _tints(picture: Bytes) -> Floats:
    """Brightness 0 to 1, red and blue difference about 0."""
    planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb), np.float32) / 255
    return np.asarray(planes - (0, 0.5, 0.5), np.float32)


def _counted(result: Bytes, seen: Mask) -> Floats:
    return np.asarray((eroded(seen, 2) & ~clipped(result)).ravel(), np.float32)


def changes(original: Bytes, result: Bytes, seen: Mask) -> Floats:
    """How many levels of 255 the result's colours lie off the rule that most of the picture follows.

    The rule is fitted again and again with less weight on what does not follow it (Cauchy weights).
    """
    before, after = _tints(original), _tints(result)
    counted = _counted(result, seen)
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


def unevenness(original: Bytes, result: Bytes, seen: Mask) -> Floats:
    """How many levels of 255 the result's colours lie off what the same colour of the original became elsewhere.

    Light may be changed by place (shade lifted, haze cut). That leaves a tint as it is, or scales it with the light.
    """
    before, after = (_tints(picture).reshape(-1, 3) * 255 for picture in (original, result))
    counted = _counted(result, seen)
    cells = np.rint(before / (SAME_LIGHT, SAME_TINT, SAME_TINT)).astype(np.intp)
    cells -= cells.min(axis=0)
    same = np.ravel_multi_index(tuple(cells.T), tuple(cells.max(axis=0) + 1))
    many = np.maximum(np.bincount(same, counted), 1)
    light, *usual = (np.bincount(same, counted * plane) / many for plane in after.T)
    tint = np.stack(usual, axis=1)[same]
    scaled = tint * (after[:, 0] / np.maximum(light[same], DARKEST) - 1)[:, None]
    missing = after[:, 1:] - tint
    share = np.clip((missing * scaled).sum(axis=1) / np.maximum((scaled**2).sum(axis=1), 1e-6), 0, 1)
    off = (missing - scaled * share[:, None]) * counted[:, None]
    height, width = seen.shape
    return np.asarray(np.linalg.norm(blurred(off.reshape(height, width, 2).astype(np.float32), PLACE), axis=2))
