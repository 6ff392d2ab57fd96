"""The colour of the light, read from what is brightest in each channel.

Something white or a highlight is the brightest thing in all three channels, so the light's colour shows in how
far each reaches. A channel that is cut off at white shows too little; it is completed from the others, since the
colours of daylight and lamps lie on one line from amber to blue.
"""

import cv2
import numpy as np

from enhancer.engine.light import Floats, small

_LOOK = 512
_BRIGHTEST = 99.5
_CUT_OFF = 0.93
# In stops: casts below the first are left, those above the second taken out whole. Photos exposed well differ by
# as much as the second pair honestly; in dark ones the highlights are not cut off and tell the light exactly.
_WHEN_DARK, _WHEN_BRIGHT = (0.06, 0.12), (0.3, 0.4)
_DARK = 0.5
_LARGEST = 1.2  # more is no cast but the subject
_AMBER_TO_BLUE = -1.15  # stops of blue against green for one of red against green


def cast(light: Floats) -> Floats:
    """Return by what the light multiplies blue, green and red, 1 in the mean of luminance; ones when it is neutral."""
    view = np.asarray(cv2.GaussianBlur(small(light, _LOOK), (0, 0), 1.0), np.float32)
    reach = np.percentile(view.reshape(-1, 3), _BRIGHTEST, axis=0)
    if reach.min() < 1e-3:
        return np.ones(3, np.float32)
    stops = np.log2(reach / reach[1])
    blue, red = float(stops[0]), float(stops[2])
    cut = reach >= _CUT_OFF
    if cut[2] and not cut[0]:
        red = max(red, blue / _AMBER_TO_BLUE)
    elif cut[0] and not cut[2]:
        blue = max(blue, red * _AMBER_TO_BLUE)
    size = float(np.hypot(red, blue))
    ignored, certain = _WHEN_DARK if reach.max() < _DARK else _WHEN_BRIGHT
    if size < ignored or size > _LARGEST or (size > 0.5 and not _others_agree(view, red - blue)):
        return np.ones(3, np.float32)
    part = min(1.0, (size - ignored) / (certain - ignored))
    return np.exp2(np.array([blue, 0, red]) * part).astype(np.float32)


def _others_agree(view: Floats, warmth: float) -> bool:
    # A coloured wall beside a blue sky has no white either; then the mean and the edges lean another way.
    mean = view.reshape(-1, 3).mean(axis=0)
    edges = np.abs(cv2.Laplacian(view, cv2.CV_32F)).reshape(-1, 3).mean(axis=0)
    lean = [float(np.log2(colour[2] / colour[0])) for colour in (mean + 1e-4, edges + 1e-4)]
    return max(stops * float(np.sign(warmth)) for stops in lean) > 0
