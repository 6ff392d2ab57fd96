"""Files for tests: real photos, and pictures made to measure."""

import hashlib
from typing import Any

import pyvips

from app.tests.conftest import ROOT

PHOTOS = ROOT / "app/data/photos"
# Taken in Lund, with the camera's position.
WITH_GPS = sorted(PHOTOS.glob("exterior_lund_*.jpg"))


def photo(name: str = "exterior_lund_01.jpg") -> bytes:
    return (PHOTOS / name).read_bytes()


def picture(width: int, height: int, ending: str = ".jpg", *, seed: int = 1, bands: int = 3, **options: Any) -> bytes:
    """Noise of a seed, so that each is another picture; `options` are the saver's."""
    noise = [pyvips.Image.gaussnoise(width, height, sigma=40, mean=120, seed=seed * 10 + band) for band in range(bands)]
    image = noise[0].bandjoin(noise[1:]) if bands > 1 else noise[0]
    return bytes(image.cast("uchar").copy(interpretation="srgb").write_to_buffer(ending, **options))


def decoded(data: bytes) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(data, "", fail_on="warning")


def pixels(data: bytes) -> str:
    """The decoded picture's hash."""
    return hashlib.sha256(decoded(data).write_to_memory()).hexdigest()
