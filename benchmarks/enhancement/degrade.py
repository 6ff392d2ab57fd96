"""Real photos spoilt in known ways: every fault has its size, its seed and, where it moves pixels, its homography."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Linear = NDArray[np.float32]
Matrix = NDArray[np.float64]

WORKING_SIZE = 1280
FULL_WELL = 2500.0  # electrons of a small phone sensor at the brightest value and high gain: shot noise
READ_NOISE = 6.0  # electrons


@dataclass(frozen=True)
class Fault:
    """What is wrong: exposure in stops, the light's red and blue against its green, tilt and pitch in degrees, the
    radius of a blur in pixels, the stops that all but the bright parts (a sky) lack, noise, the quality of the JPEG.
    """

    exposure: float = 0
    cast: tuple[float, float] = (1, 1)
    tilt: float = 0
    pitch: float = 0
    blur: float = 0
    shade: float = 0
    noise: bool = False
    quality: int = 92


@dataclass(frozen=True)
class Case:
    """A spoilt photo beside the untouched one in the same frame."""

    photo: str
    kind: str
    original: Image
    spoilt: Image
    reference: Image
    homography: Matrix  # from the original to the spoilt frame


def read_photo(path: Path) -> Image:
    """Return the photo at the working size."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise FileNotFoundError(path)
    scale = WORKING_SIZE / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8)


def spoil(photo: str, kind: str, original: Image, fault: Fault, seed: int) -> Case:
    """Apply the fault in the order a camera would: where it points, its lens, its light, its sensor, its file."""
    homography, size = _pointing(original.shape[1], original.shape[0], fault.tilt, fault.pitch)
    reference = original
    if fault.tilt or fault.pitch:
        reference = warp(original, homography, size)
    light = to_linear(reference)
    if fault.blur:
        light = cv2.filter2D(light, -1, _disc(fault.blur), borderType=cv2.BORDER_REFLECT).astype(np.float32)
    if fault.shade:
        bright = cv2.GaussianBlur(to_srgb(light).max(axis=2).astype(np.float32) / 255, (0, 0), max(light.shape) / 200)
        light = light * np.exp2(-fault.shade * np.clip((0.9 - bright) / 0.2, 0, 1))[..., None]
    gains = np.array([fault.cast[1], 1, fault.cast[0]], np.float32)
    gains /= gains @ np.array([0.0722, 0.7152, 0.2126], np.float32)
    light = light * gains * np.float32(2**fault.exposure)
    if fault.noise:
        rng = np.random.default_rng(seed)
        electrons = rng.poisson(np.maximum(light, 0) * FULL_WELL) + rng.normal(0, READ_NOISE, light.shape)
        light = (electrons / FULL_WELL).astype(np.float32)
    spoilt = through_jpeg(to_srgb(light), fault.quality)
    return Case(photo, kind, original, spoilt, reference, homography)


def faults(seed: int) -> Iterator[tuple[str, Fault]]:
    """Yield every kind of fault, its signs and mixtures drawn from the seed."""
    rng = np.random.default_rng(seed)

    def sign() -> float:
        return float(rng.choice((-1, 1)))

    yield "undegraded", Fault()
    yield "exposure -1.5", Fault(exposure=-1.5, noise=True)
    yield "exposure -2.5", Fault(exposure=-2.5, noise=True)
    yield "warm cast", Fault(cast=(1.35, 0.65))
    yield "cold cast", Fault(cast=(0.72, 1.35))
    yield "tilt 3°", Fault(tilt=3 * sign())
    yield "tilt 6°", Fault(tilt=6 * sign())
    yield "keystone", Fault(pitch=8 * sign(), tilt=1.5 * sign())
    yield "dark façade, bright sky", Fault(shade=2.5, noise=True)
    yield "defocus", Fault(blur=2.5)
    for _ in range(2):
        warmth = float(rng.uniform(0.12, 0.35)) * sign()
        yield (
            "mixture",
            Fault(
                exposure=float(rng.uniform(-2.5, -1.5)),
                cast=(1 + warmth, 1 - warmth),
                tilt=float(rng.uniform(2, 6)) * sign(),
                pitch=float(rng.uniform(0, 6)) * sign(),
                blur=float(rng.choice((0, 1.5, 2))),
                noise=True,
                quality=int(rng.integers(85, 95)),
            ),
        )


def to_linear(image: Image) -> Linear:
    """Return light from sRGB values."""
    value = np.arange(256, dtype=np.float32) / 255
    table = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return table[image]


def to_srgb(light: Linear) -> Image:
    """Return sRGB values from light."""
    light = np.clip(light, 0, 1)
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(value * 255).astype(np.uint8)


def through_jpeg(image: Image, quality: int) -> Image:
    """Return the picture as it comes out of a JPEG file."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def warp(image: Image, homography: Matrix, size: tuple[int, int]) -> Image:
    """Return the picture seen through the homography."""
    warped = cv2.warpPerspective(image, homography, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(warped, np.uint8)


def _pointing(width: int, height: int, tilt: float, pitch: float) -> tuple[Matrix, tuple[int, int]]:
    # A camera of normal focal length turned by degrees; the frame is cut to what the original covers.
    focal = float(max(width, height))
    camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    roll, nod = np.radians([tilt, pitch])
    around_axis = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    around_side = np.array([[1, 0, 0], [0, np.cos(nod), -np.sin(nod)], [0, np.sin(nod), np.cos(nod)]])
    turned = camera @ around_axis @ around_side @ np.linalg.inv(camera)
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    outline = cv2.perspectiveTransform(corners, turned)[0].astype(np.float32)
    centre = outline.mean(axis=0)
    scale = 1.0
    while not _covered(outline, centre, width * scale / 2, height * scale / 2):
        scale -= 0.005
    size = int(width * scale), int(height * scale)
    shift = np.array([[1, 0, size[0] / 2 - centre[0]], [0, 1, size[1] / 2 - centre[1]], [0, 0, 1]])
    return shift @ turned, size


def _covered(outline: NDArray[np.float32], centre: NDArray[np.float32], half_width: float, half_height: float) -> bool:
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    corners = [(float(centre[0] + x * half_width), float(centre[1] + y * half_height)) for x, y in signs]
    return all(cv2.pointPolygonTest(outline, corner, measureDist=False) >= 0 for corner in corners)


def _disc(radius: float) -> Linear:
    reach = int(np.ceil(radius)) + 1
    fine = 8
    steps = (np.arange((2 * reach + 1) * fine) + 0.5) / fine - reach - 0.5
    inside = (steps[:, None] ** 2 + steps[None, :] ** 2 <= radius**2).astype(np.float32)
    kernel = cv2.resize(inside, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    return np.asarray(kernel / kernel.sum(), np.float32)
