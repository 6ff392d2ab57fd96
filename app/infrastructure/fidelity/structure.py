"""What is drawn in one picture and not in the other, whatever its light: windows, edges, letters.

Light, contrast and tone curves change how steep an edge is, but neither where it is nor which of its sides is
brighter. So the slopes of the original, times a gain that is free within limits, must explain those of the result.
"""

import cv2
import numpy as np

from app.infrastructure.fidelity.pictures import Bytes, Floats, Mask, blurred, blurred_inside, clipped, eroded

# In pixels of a picture LONG_SIDE / 2 long, where the smallest window (3% of the width) is 12 wide.
FINEST, COARSEST = 1.25, 4.0  # sigmas of the band that is compared: coarser than noise, finer than shade
PLACE = 6.0  # sigma of what counts as one place
SURROUNDINGS = 20.0  # sigma of what sets the usual gain
RIM = 2
USUAL_GAIN = (0.2, 6.0)
GAIN_SPAN = 2.5  # how far the gain of a place may lie from the usual one
FAINT = 1.5**2  # squared slope, in grey levels a pixel, below which nothing counts as drawn
ORDINARY_SHARE = 0.98  # of all places; an edited window is less than the rest
ALLOWANCE = 0.02  # of change, which noise alone makes
MOST_CLIPPED = 0.2  # of a place
# Brightness, and two differences of colour, from blue, green, red.
CHANNELS = np.array([[0.114, 0.587, 0.299], [0.5, -0.33, -0.17], [-0.08, -0.42, 0.5]], np.float32)


def _band(channel: Floats, inside: Floats) -> Floats:
    fine = blurred_inside(channel, inside, FINEST)
    return fine - blurred_inside(fine, inside, COARSEST)


def _slopes(band: Floats, inside: Floats) -> tuple[Floats, Floats]:
    across, down = (cv2.Sobel(band, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=1 / 8) for dx in (1, 0))
    return np.asarray(across * inside, np.float32), np.asarray(down * inside, np.float32)


def _unexplained(original: Floats, result: Floats, seen: Floats, inner: Floats) -> tuple[Floats, Floats]:
    """Squared slopes of the result that the original's do not explain, and all squared slopes, at each place."""
    x_1, y_1 = _slopes(_band(original, seen), inner)
    x_2, y_2 = _slopes(_band(result, seen), inner)
    own, other, shared = x_1**2 + y_1**2, x_2**2 + y_2**2, x_1 * x_2 + y_1 * y_2
    few = np.float32(0.1)
    usual = (blurred(shared, SURROUNDINGS) + few) / (blurred(own, SURROUNDINGS) + few)
    usual = np.clip(usual, *USUAL_GAIN)
    own, other, shared = (blurred(energy, PLACE) for energy in (own, other, shared))
    gain = np.clip(shared / (own + np.float32(1e-3)), usual / GAIN_SPAN, usual * GAIN_SPAN)
    rest = other - 2 * gain * shared + gain**2 * own
    everything = np.maximum(other + gain**2 * own, usual**2 * own)
    return np.maximum(rest, 0), everything


def changes(original: Bytes, result: Bytes, seen: Mask) -> Floats:
    """0 where the result draws what the original does, to 1 where all that is drawn is new or gone.

    Both are BGR and lie on each other; `seen` is where the result shows anything.
    """
    inside = eroded(seen, 1).astype(np.float32)
    inner = eroded(seen, 1 + RIM).astype(np.float32)
    rest = np.zeros(seen.shape, np.float32)
    everything = np.full(seen.shape, FAINT, np.float32)
    for weights in CHANNELS:
        new, drawn = _unexplained(original @ weights, result @ weights, inside, inner)
        rest += new
        everything += drawn
    return rest / everything


def standout(change: Floats, result: Bytes, seen: Mask) -> Floats:
    """How many times the change at each place exceeds that of the ordinary ones.

    An enhancement treats the whole picture alike, except that it loses detail where it makes it white.
    """
    ordinary = float(np.quantile(change[seen], ORDINARY_SHARE))
    legible = blurred(clipped(result).astype(np.float32), PLACE) < MOST_CLIPPED
    return np.asarray(change * legible / np.float32(ordinary + ALLOWANCE), np.float32)
