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
_BRIGHT_ENOUGH = 165.0  # the mean must not be pushed above this
_BLACK = 4.0  # night and frames hold no light to lift
_DIM, _VERY_DIM = 34.0, 22.0
_SHADOW_TARGET = 78.0
_MOST_LIFT = 2.0  # stops


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
    """Return the gain of each pixel that lifts a dark façade under a bright sky; None when nothing is dark."""
    view = to_values(small(light, _LOOK)) @ LUMINANCE
    lit = view[view > _BLACK]
    if lit.size < view.size / 2:
        return None
    median = float(np.median(lit))
    if median >= _DIM:
        return None
    stops = min(_MOST_LIFT, _stops(_SHADOW_TARGET) - _stops(median))
    stops *= min(1.0, (_DIM - median) / (_DIM - _VERY_DIM))
    grey = np.asarray(to_values(light) @ LUMINANCE / 255, np.float32)
    base = _smooth(grey, radius=max(8, round(max(grey.shape) / 40)))
    # Full below the dim median, none from the middle greys on.
    dark = np.clip((0.45 - base) / (0.45 - 0.15), 0, 1)
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
