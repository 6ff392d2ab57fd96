"""Encoded bytes to small pictures of one size for all comparisons."""

import cv2
import numpy as np
from numpy.typing import NDArray

LONG_SIDE = 800
SHORTEST_SIDE = 64
CLIPPED = 248  # a channel this bright has lost its colour and its detail

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Matrix = NDArray[np.float64]


def read(encoded: bytes) -> Bytes | None:
    """Height x width x BGR, upright, its long side LONG_SIDE; None when it cannot be decoded or is too small."""
    if not encoded:
        return None
    try:
        full = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if full is None or min(full.shape[:2]) < SHORTEST_SIDE:
        return None
    height, width = full.shape[:2]
    scale = LONG_SIDE / max(height, width)
    size = (round(width * scale), round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(full, size, interpolation=how), np.uint8)


def clipped(picture: Bytes) -> Mask:
    return np.asarray(picture.max(axis=2) >= CLIPPED)


def shrunk(picture: Bytes, scale: float) -> Bytes:
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def blurred(values: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)


def blurred_inside(values: Floats, inside: Floats, sigma: float) -> Floats:
    """Blurred as if nothing lay outside; `inside` is 0 or 1."""
    weight = np.maximum(blurred(inside, sigma), np.float32(1e-3))
    return np.asarray(blurred(values * inside, sigma) / weight, np.float32)


def eroded(mask: Mask, pixels: int) -> Mask:
    """Without its rim, except along the picture's own edge."""
    kernel = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return np.asarray(cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1)) > 0
