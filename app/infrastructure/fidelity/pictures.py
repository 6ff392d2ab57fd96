"""Encoded bytes to small pictures of one size for all comparisons."""

import cv2
import numpy as np
from numpy.typing import NDArray

LONG_SIDE = 800
SHORTEST_SIDE = 64

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def read(encoded: bytes) -> Bytes | None:
    """Height x width x BGR, upright, at most LONG_SIDE; None when it cannot be decoded."""
    if not encoded:
        return None
    try:
        full = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if full is None:
        return None
    height, width = full.shape[:2]
    scale = LONG_SIDE / max(height, width)
    if scale >= 1:
        return np.asarray(full, np.uint8)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(full, size, interpolation=cv2.INTER_AREA), np.uint8)


def grey(picture: Bytes) -> Floats:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.float32)


def blurred(values: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)
