"""How much light is missing: in the whole picture, and in the dark parts of one whose highlights are right."""

import cv2
import numpy as np

from enhancer.engine.light import LUMINANCE, Floats, small, to_values

_LOOK = 640
_WHITE = 252.0
_BRIGHTEST = 99.5
# Highlights darker than the first are lifted to white, above the second not at all.
_DARK_WHITE, _FULL_WHITE = 190.0, 205.0
_MOST_LIGHT = 2.0**3.5
_BRIGHT_ENOUGH = 210.0  # as a white façade in the sun; the mean is not pushed above this
_BLACK = 4.0  # night and frames hold no light to lift
# What is not sky is lifted when its median is below the first, whole below the second.
_DIM, _VERY_DIM = 62.0, 52.0
_SKY, _LEAST_SKY = 205.0, 0.2  # of the upper third: a night has bright spots, but no bright sky
_SHADOW_TARGET = 110.0
_LIFTED_WHOLE, _LIFTED_NOT = 0.4, 0.8  # brightness of the surroundings, of 1
_MOST_LIFT = 2.5  # stops


def gain(light: Floats) -> float:
    """Return what the whole picture's light is to be multiplied by."""
    values = to_values(np.asarray(cv2.GaussianBlur(small(light, _LOOK), (0, 0), 0.8), np.float32))
    white = float(np.percentile(values.max(axis=2), _BRIGHTEST))
    if white >= _FULL_WHITE or white < _BLACK:
        return 1.0
    full = _stops(_WHITE) - _stops(white)
    mean = float(np.mean(values @ LUMINANCE))
    allowed = max(0.0, _stops(_BRIGHT_ENOUGH) - _stops(max(mean, _BLACK)))
    part = min(1.0, (_FULL_WHITE - white) / (_FULL_WHITE - _DARK_WHITE))
    return float(min(2 ** (min(full, allowed) * part), _MOST_LIGHT))


def lift(light: Floats) -> Floats | None:
    """Return the gain of each pixel that lifts a dark façade under a bright sky; None when that is not what is seen."""
    # The brightest channel and not luminance: a deep blue sky is bright, though its luminance is not.
    view = to_values(small(light, _LOOK)).max(axis=2)
    if (view[: view.shape[0] // 3] > _SKY).mean() < _LEAST_SKY:
        return None
    median = float(np.median(view[view <= _SKY])) if (view <= _SKY).any() else _WHITE
    if median >= _DIM or median < _BLACK:
        return None
    stops = min(_MOST_LIFT, _stops(_SHADOW_TARGET) - _stops(median))
    stops *= min(1.0, (_DIM - median) / (_DIM - _VERY_DIM))
    base = _smooth(np.asarray(to_values(light).max(axis=2) / 255, np.float32), max(8, round(max(light.shape) / 40)))
    dark = np.clip((_LIFTED_NOT - base) / (_LIFTED_NOT - _LIFTED_WHOLE), 0, 1)
    dark = dark * dark * (3 - 2 * dark)
    return np.asarray(np.exp2(np.float32(stops) * dark)[..., None], np.float32)


def _stops(value: float) -> float:
    return 2.2 * float(np.log2(value / 255))


def _smooth(grey: Floats, radius: int) -> Floats:
    # A guided filter by itself (He et al. 2010): flat inside a surface, true to its edges, so no halo.
    size = (2 * radius + 1, 2 * radius + 1)
    mean = cv2.blur(grey, size)
    variance = cv2.blur(grey * grey, size) - mean * mean
    share = variance / (variance + np.float32(0.004))
    return np.asarray(cv2.blur(share, size) * grey + cv2.blur((1 - share) * mean, size), np.float32)
