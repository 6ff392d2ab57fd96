"""From the bytes of a file to the enhanced file."""

from collections.abc import Set as AbstractSet

import cv2
import numpy as np
from numpy.typing import NDArray

from enhancer.engine.enhance import Enhanced, Operation, enhance
from enhancer.engine.light import Bytes

LONGEST_SIDE = 2560
_QUALITY = 95
_KINDS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


class UnusablePictureError(Exception):
    """The photo cannot be enhanced; the message says why."""


def enhance_file(data: bytes, operations: AbstractSet[Operation]) -> tuple[bytes, Enhanced]:
    """Return a JPEG with the colour profile of the photo, at most 2560 pixels long, and what was done.

    Raises UnusablePictureError.
    """
    picture, profile = _read(data)
    longest = max(picture.shape[:2])
    if longest > LONGEST_SIDE:
        scale = LONGEST_SIDE / longest
        picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    enhanced = enhance(picture, operations)
    kinds, chunks = ([cv2.IMAGE_METADATA_ICCP], [profile]) if profile is not None else ([], [])
    quality = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    written, file = cv2.imencodeWithMetadata(".jpg", enhanced.picture, kinds, chunks, quality)
    if not written:
        message = "The enhanced photo could not be written"
        raise UnusablePictureError(message)
    return file.tobytes(), enhanced


def _read(data: bytes) -> tuple[Bytes, NDArray[np.uint8] | None]:
    if not data.startswith(_KINDS):
        message = "The photo is no JPEG, PNG or WebP"
        raise UnusablePictureError(message)
    buffer = np.frombuffer(data, np.uint8)
    try:
        picture, kinds, chunks = cv2.imdecodeWithMetadata(buffer, cv2.IMREAD_COLOR)
    except cv2.error:
        picture = None
    if picture is None or picture.size == 0:
        message = "The photo is damaged or larger than 60 megapixels"
        raise UnusablePictureError(message)
    if min(picture.shape[:2]) < 32:  # noqa: PLR2004 - the engine looks at blocks and their surroundings
        message = "The photo is smaller than 32 pixels"
        raise UnusablePictureError(message)
    profiles = [np.asarray(chunk) for kind, chunk in zip(kinds, chunks, strict=True) if kind == cv2.IMAGE_METADATA_ICCP]
    return np.asarray(picture, np.uint8), np.asarray(profiles[0], np.uint8) if profiles else None
