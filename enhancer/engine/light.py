"""Between the values of a file and light."""

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_STEPS = 4096
LUMINANCE = np.array([0.0722, 0.7152, 0.2126], np.float32)  # of blue, green and red light (BT.709)


def to_light(values: Floats) -> Floats:
    """Return linear light 0..1 from sRGB values 0..255."""
    return _curve(values, 255.0, _DECODED)


def to_values(light: Floats) -> Floats:
    """Return sRGB values 0..255 from linear light, cut off at white."""
    # The root spreads the table's steps over the shadows, where the curve is steep.
    return _curve(np.sqrt(np.clip(light, 0, 1)), 1.0, _ENCODED)


def to_bytes(values: Floats) -> Bytes:
    """Return what a file holds."""
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def small(values: Floats, longest: int) -> Floats:
    """Return the picture no larger than `longest`, each pixel the mean of those it stands for."""
    scale = longest / max(values.shape[:2])
    if scale >= 1:
        return values
    return np.asarray(cv2.resize(values, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)


def _curve(values: Floats, top: float, table: Floats) -> Floats:
    position = np.clip(values, 0, top) * np.float32(_STEPS / top)
    below = np.minimum(position.astype(np.int32), _STEPS - 1)
    part = position - below
    return np.asarray(table[below] * (1 - part) + table[below + 1] * part, np.float32)


def _decoded(value: Floats) -> Floats:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _encoded(light: Floats) -> Floats:
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (255 * value).astype(np.float32)


_GRID = np.linspace(0, 1, _STEPS + 1, dtype=np.float32)
_DECODED = _decoded(_GRID)
_ENCODED = _encoded(_GRID**2)
