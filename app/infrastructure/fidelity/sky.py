"""Which part of a picture is sky, roughly: good enough to name it in a sentence."""

import cv2
import numpy as np

from app.infrastructure.fidelity.pictures import Bytes, Mask

STEP = 10  # levels between neighbouring pixels within one sky, in a picture of 200 pixels
SMALLEST = 0.03


def sky_of(picture: Bytes) -> Mask:
    """Smooth from the upper edge down, brighter than most of the picture and not reddish."""
    soft = cv2.GaussianBlur(picture, (0, 0), 2)
    height, width = soft.shape[:2]
    filled = np.zeros((height + 2, width + 2), np.uint8)
    light = soft.mean(axis=2)
    bright = float(np.median(light))
    step = (STEP, STEP, STEP)
    for x in range(0, width, 4):
        blue, _, red = (float(level) for level in soft[0, x])
        if not filled[1, x + 1] and light[0, x] > bright and blue > 0.8 * red:
            cv2.floodFill(soft, filled, (x, 0), (0, 0, 0), step, step, cv2.FLOODFILL_MASK_ONLY | (255 << 8))
    sky = filled[1:-1, 1:-1] > 0
    return sky if sky.mean() > SMALLEST else np.zeros_like(sky)
