"""The lens's blur, measured at the sharpest edges and undone by a Wiener filter.

An edge blurred with deviation s and looked at through Gaussians a and b has gradients whose ratio tells s
(Zhuo and Sim 2011, "Defocus map estimation from a single image").
"""

import cv2
import numpy as np

from enhancer.engine.light import LUMINANCE, Floats

_FINE, _COARSE = 1.0, 2.0
_SHARPEST = 45  # percentile of the edges: some things are always out of focus
_FEWEST_EDGES = 200
_SOFT, _LARGEST = 0.55, 3.0
_RADIUS = 1.85  # of the disc that a lens out of focus makes of a point, for one of deviation
_NOISE = 0.015  # against the detail, in power; what noise was found counts on top
_NOISY = 22.0
_PAD = 32


def blur(values: Floats) -> float:
    """Return the deviation in pixels of the blur at the sharpest edges; 0 when there are too few to tell."""
    grey = np.asarray(values @ LUMINANCE, np.float32)
    fine, coarse = _gradient(grey, _FINE), _gradient(grey, _COARSE)
    ridge = (
        (fine >= np.percentile(fine, 97)) & (fine >= cv2.dilate(fine, np.ones((3, 3), np.uint8)) * 0.999) & (fine > 6)
    )
    if np.count_nonzero(ridge) < _FEWEST_EDGES:
        return 0.0
    squared = np.maximum((fine[ridge] / coarse[ridge]) ** 2, 1.02)
    variance = (_COARSE**2 - squared * _FINE**2) / (squared - 1)
    return float(np.sqrt(np.percentile(np.maximum(variance, 0), _SHARPEST)))


def needs_sharpening(deviation: float) -> bool:
    """Tell whether the blur is one to undo."""
    return _SOFT < deviation < _LARGEST


def sharpen(values: Floats, deviation: float, noise: float) -> Floats:
    """Return the picture with the blur undone as far as noise allows; colours stay."""
    grey = np.asarray(values @ LUMINANCE, np.float32)
    padded = cv2.copyMakeBorder(grey, _PAD, _PAD, _PAD, _PAD, cv2.BORDER_REFLECT_101)
    passed = np.fft.rfft2(_centred(_disc(_RADIUS * deviation), padded.shape)).real
    floor = _NOISE + (noise / _NOISY) ** 2
    gain = passed * (1 + floor) / (passed * passed + floor)
    sharp = np.fft.irfft2(np.fft.rfft2(padded) * gain, padded.shape)
    detail = sharp[_PAD:-_PAD, _PAD:-_PAD] - grey
    # No brighter or darker than the neighbourhood: that keeps edges from ringing.
    reach = np.ones((5, 5), np.uint8)
    slack = np.float32(4)
    detail = np.clip(detail, cv2.erode(grey, reach) - grey - slack, cv2.dilate(grey, reach) - grey + slack)
    return values + detail[..., None].astype(np.float32)


def _disc(radius: float) -> Floats:
    """Return the spot that a point becomes, its rim partly covered."""
    reach = int(np.ceil(radius)) + 1
    fine = 8
    steps = (np.arange((2 * reach + 1) * fine) + 0.5) / fine - reach - 0.5
    inside = (steps[:, None] ** 2 + steps[None, :] ** 2 <= radius**2).astype(np.float32)
    spot = cv2.resize(inside, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    return np.asarray(spot / spot.sum(), np.float32)


def _centred(spot: Floats, shape: tuple[int, ...]) -> Floats:
    field = np.zeros(shape, np.float32)
    field[: spot.shape[0], : spot.shape[1]] = spot
    return np.roll(field, (-(spot.shape[0] // 2), -(spot.shape[1] // 2)), axis=(0, 1))


def _gradient(grey: Floats, deviation: float) -> Floats:
    soft = cv2.GaussianBlur(grey, (0, 0), deviation)
    return np.asarray(cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)), np.float32)
