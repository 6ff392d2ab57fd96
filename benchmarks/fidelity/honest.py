"""What an honest enhancer may do to a picture, and what makes a picture need it. BGR uint8 in and out."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator

Picture = np.ndarray[Any, np.dtype[np.uint8]]
Step = Callable[[Picture, Generator], Picture]


def _bytes(values: Any) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _through_table(picture: Picture, curve: Callable[[Any], Any]) -> Picture:
    return cv2.LUT(picture, _bytes(255 * np.clip(curve(np.arange(256) / 255), 0, 1)))


def _exposed(picture: Picture, stops: float) -> Picture:
    return _through_table(picture, lambda value: (value**2.2 * 2.0**stops) ** (1 / 2.2))


def exposure(picture: Picture, rng: Generator) -> Picture:
    """Towards a middle tone: dark pictures are lifted, bright ones only touched."""
    middle = max(2.0, float(np.percentile(picture, 60)))
    wanted = np.log2((rng.uniform(105, 165) / middle) ** 2.2)
    return _exposed(picture, float(np.clip(wanted, -0.8, 2.8)))


def gamma(picture: Picture, rng: Generator) -> Picture:
    power = np.exp(rng.uniform(-0.5, 0.5))
    return _through_table(picture, lambda value: value**power)


def contrast(picture: Picture, rng: Generator) -> Picture:
    middle, strength = rng.uniform(0.4, 0.6), np.exp(rng.uniform(-0.3, 0.45))
    return _through_table(picture, lambda value: middle + (value - middle) * strength)


def levels(picture: Picture, rng: Generator) -> Picture:
    share = rng.uniform(0.1, 1.0)
    low, high = np.percentile(picture, [share, 100 - share])
    return _through_table(picture, lambda value: (value * 255 - low) / max(high - low, 20))


def tone_curve(picture: Picture, rng: Generator) -> Picture:
    """Shadows lifted or deepened, highlights held or opened; monotone."""
    knots = np.array([0, 0.25, 0.5, 0.75, 1])
    heights = knots + np.array([0, rng.uniform(-0.06, 0.15), rng.uniform(-0.05, 0.1), rng.uniform(-0.07, 0.08), 0])
    return _through_table(picture, lambda value: np.interp(value, knots, np.maximum.accumulate(heights)))


def white_balance(picture: Picture, rng: Generator) -> Picture:
    gains = np.exp([rng.uniform(-0.18, 0.18), rng.uniform(-0.07, 0.07), rng.uniform(-0.18, 0.18)])
    return _bytes(picture * gains)


def saturation(picture: Picture, rng: Generator) -> Picture:
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR).astype(np.float32)
    return _bytes(grey + (picture - grey) * rng.uniform(0.75, 1.4))


def denoise(picture: Picture, rng: Generator) -> Picture:
    match rng.integers(3):
        case 0:
            h = float(rng.uniform(3, 8))
            return cv2.fastNlMeansDenoisingColored(picture, None, h, h, 5, 11)
        case 1:
            return cv2.bilateralFilter(picture, 7, rng.uniform(12, 40), 3)
        case _:
            return cv2.medianBlur(picture, 3)


def sharpen(picture: Picture, rng: Generator) -> Picture:
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.7, 2.5))
    return _bytes(picture + rng.uniform(0.3, 1.4) * (picture.astype(np.float32) - soft))


def clahe(picture: Picture, rng: Generator) -> Picture:
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB)
    tiles = int(rng.integers(4, 9))
    lab[..., 0] = cv2.createCLAHE(rng.uniform(1, 3.5), (tiles, tiles)).apply(lab[..., 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)


def local_tone(picture: Picture, rng: Generator) -> Picture:
    """Dark places lifted and bright ones lowered by their surroundings, detail kept."""
    light = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255
    base = cv2.bilateralFilter(light, 9, 0.25, max(picture.shape) / 60)
    base = cv2.GaussianBlur(base, (0, 0), max(picture.shape) / 80)
    gain = ((0.5 + 0.02) / (base + 0.02)) ** rng.uniform(0.1, 0.4)
    return _bytes(picture * gain[..., None])


def vignette(picture: Picture, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return _bytes(picture * (1 + rng.uniform(-0.15, 0.3) * (x**2 + y**2) / 2)[..., None])


def _largest_inside(matrix: Any, width: int, height: int) -> float:
    """The largest share of the frame, about its centre, that a warp fills."""
    back = np.linalg.inv(matrix)
    for share in np.arange(1, 0.5, -0.005):
        half = np.array([width, height]) * share / 2
        centre = np.array([width, height]) / 2
        corners = np.array([[centre + half * sign for sign in ((-1, -1), (1, -1), (1, 1), (-1, 1))]])
        inside = cv2.perspectiveTransform(corners, back)[0]
        if (inside >= 0).all() and (inside <= [width, height]).all():
            return float(share)
    return 0.5


def _warped(picture: Picture, turn: float, vertical: float, horizontal: float, *, crop: bool = True) -> Picture:
    """Turned by degrees, verticals and horizontals spread by shares of the sides, cut to what is filled."""
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    dx, dy = width * vertical / 2, height * horizontal / 2
    spread = np.array([[dx, -dy], [-dx, dy], [dx, -dy], [-dx, dy]], np.float32)
    keystone = cv2.getPerspectiveTransform(corners, corners + spread)
    rotation = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1), [0, 0, 1]])
    matrix = rotation @ keystone
    share = _largest_inside(matrix, width, height) if crop else 1.0
    left, top = width * (1 - share) / 2, height * (1 - share) / 2
    scale = 1 / share
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale], [0, 0, 1]]) @ matrix
    return cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def straighten(picture: Picture, rng: Generator) -> Picture:
    return _warped(picture, rng.uniform(-8, 8), 0, 0)


def keystone(picture: Picture, rng: Generator) -> Picture:
    return _warped(picture, rng.uniform(-2, 2), rng.uniform(-0.14, 0.14), rng.uniform(-0.06, 0.06))


def crop(picture: Picture, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    top, bottom, left, right = rng.uniform(0, 0.06, 4)
    return picture[int(height * top) : int(height * (1 - bottom)), int(width * left) : int(width * (1 - right))].copy()


def jpeg(picture: Picture, rng: Generator) -> Picture:
    return decoded(encoded(picture, int(rng.integers(45, 96))))


def resize(picture: Picture, rng: Generator) -> Picture:
    scale = rng.uniform(0.5, 1.5)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)


KINDS: dict[str, Step] = {
    step.__name__: step
    for step in (
        exposure, gamma, contrast, levels, tone_curve, white_balance, saturation, denoise, sharpen, clahe, local_tone,
        vignette, straighten, keystone, crop, jpeg, resize,
    )
}  # fmt: skip
LIGHT = [exposure, gamma, contrast, levels, tone_curve, clahe, local_tone, vignette]
DETAIL = [denoise, sharpen, jpeg]


def mixture(picture: Picture, rng: Generator) -> Picture:
    """What an enhancer does as a whole: denoise, white balance, light, straighten, sharpen; some of each."""
    steps: list[Step] = []
    if rng.random() < 0.5:
        steps.append(denoise)
    if rng.random() < 0.6:
        steps.append(white_balance)
    steps.extend(rng.choice(np.array(LIGHT, dtype=object), rng.integers(1, 3), replace=False))
    if rng.random() < 0.4:
        steps.append(saturation)
    if rng.random() < 0.5:
        steps.append(straighten if rng.random() < 0.5 else keystone)
    if rng.random() < 0.5:
        steps.append(sharpen)
    if rng.random() < 0.5:
        steps.append(resize)
    for step in steps:
        picture = step(picture, rng)
    return picture


def poor(picture: Picture, rng: Generator) -> Picture:
    """A picture as owners take them: dark and noisy, tilted, with a cast, soft; some of each."""
    if rng.random() < 0.5:
        picture = _warped(picture, rng.uniform(-6, 6), rng.uniform(-0.08, 0.08), 0)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 2))
    if rng.random() < 0.5:
        picture = white_balance(picture, rng)
    if rng.random() < 0.75:
        picture = _exposed(picture, -rng.uniform(0.5, 2.5))
    noise = rng.normal(0, rng.uniform(1, 7), picture.shape)
    return _bytes(picture + noise)


def encoded(picture: Picture, quality: int = 90) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def decoded(data: bytes) -> Picture:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        msg = "not a picture"
        raise ValueError(msg)
    return picture
