"""All work on pictures, by libvips. Every function blocks for up to seconds: call it in a thread or a worker.

Each decoder is named by what the bytes begin with; libvips never guesses, so its other loaders (SVG, PDF, GIF and more)
are out of reach of an upload.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pyvips

from app.core.exceptions import InvalidInputError, UnsupportedMediaTypeError
from app.infrastructure.picture_metadata import JPEG_START, PNG_START, clean_jpeg, clean_png, clean_webp

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 16_000  # WebP ends at 16,383
# As good as the eye can tell, where pixels must be written anew.
KEPT_QUALITY = 95
UPRIGHT = 1
# 800 fills a phone of 360 to 400 points at two pixels a point.
WIDTHS = (320, 640, 800, 1280, 1920)
LARGE = 800
JPEG_WIDTH = 1280
# By the width alone, and never made larger.
FITTED = {"height": 10_000_000, "size": "down"}
WEBP, JPEG = ("webp", "image/webp"), ("jpeg", "image/jpeg")
# Nothing is asked for twice, and what runs at the same time is decided by who calls.
pyvips.cache_set_max(0)
pyvips.concurrency_set(1)
pyvips.block_untrusted_set(True)  # noqa: FBT003 - as it is called


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes to keep, and what is known of them. `sha256` is that of `data`."""

    data: bytes
    width: int
    height: int
    content_type: str
    extension: str
    sha256: str


class _Format(NamedTuple):
    content_type: str
    extension: str
    clean: Callable[[bytes], bytes]
    load: Callable[..., pyvips.Image]
    save: Mapping[str, object]


_JPEG = _Format(
    "image/jpeg", "jpg", clean_jpeg, pyvips.Image.jpegload_buffer, {"Q": KEPT_QUALITY, "subsample_mode": "off"}
)
_PNG = _Format("image/png", "png", clean_png, pyvips.Image.pngload_buffer, {"compression": 6})
_WEBP = _Format("image/webp", "webp", clean_webp, pyvips.Image.webpload_buffer, {"Q": KEPT_QUALITY})


def read(data: bytes) -> Picture:
    """Make of a file that came from outside the picture that is kept: upright, and without anything but its pixels.

    Raises UnsupportedMediaTypeError when it is no JPEG, PNG or WebP, InvalidInputError when it cannot be used.
    """
    if not data:
        raise _unusable("is empty")
    kind = _format(data)
    try:
        clean = kind.clean(data)
        head = kind.load(data, access="sequential", fail_on="truncated")
        _check_size(head)
        if _must_be_rewritten(head):
            # With its tags, which say how to turn it; they are not written.
            clean = _rewritten(kind.load(data, fail_on="truncated"), kind)
        decoded = kind.load(clean, access="sequential", fail_on="truncated")
        decoded.avg()  # goes through every pixel, which shows that all are there
    except ValueError as error:
        raise _unusable(str(error)) from None
    except pyvips.Error:
        raise _unusable("is cut short or damaged") from None
    return Picture(
        clean, decoded.width, decoded.height, kind.content_type, kind.extension, hashlib.sha256(clean).hexdigest()
    )


def _format(data: bytes) -> _Format:
    if data.startswith(JPEG_START + b"\xff"):
        return _JPEG
    if data.startswith(PNG_START):
        return _PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _WEBP
    raise UnsupportedMediaTypeError("The file must be a JPEG, PNG or WebP picture, whatever its name")


def _check_size(head: pyvips.Image) -> None:
    """By the head alone: nothing is decoded of a picture that would fill the memory."""
    if head.width * head.height > MOST_PIXELS:
        msg = f"has {head.width:,} by {head.height:,} pixels; at most {MOST_PIXELS // 1_000_000} million are taken"
        raise ValueError(msg)
    if max(head.width, head.height) > LONGEST_SIDE:
        msg = f"has {head.width:,} by {head.height:,} pixels; a side may have at most {LONGEST_SIDE:,}"
        raise ValueError(msg)


def _must_be_rewritten(head: pyvips.Image) -> bool:
    turned = head.get_typeof("orientation") != 0 and head.get("orientation") != UPRIGHT
    return bool(turned or head.interpretation == "cmyk")


def _rewritten(image: pyvips.Image, kind: _Format) -> bytes:
    upright = image.autorot()
    if upright.interpretation == "cmyk":
        upright = upright.icc_transform("srgb", embedded=True, input_profile="cmyk")
    written: bytes = upright.write_to_buffer(f".{kind.extension}", keep="icc", **kind.save)
    return written


def _unusable(rule: str) -> InvalidInputError:
    return InvalidInputError("file", rule)


class Variant(NamedTuple):
    name: str
    data: bytes
    width: int
    height: int
    format: str
    content_type: str


class Variants(NamedTuple):
    """The smallest first, the JPEG last; the placeholder is a data URI."""

    variants: list[Variant]
    placeholder: str


def widths_up_to(largest: int) -> list[int]:
    """Of the WebP variants of a picture whose largest is so wide."""
    return [*(width for width in WIDTHS if width < largest), largest]


def make_variants(data: bytes, kept: Collection[str] = ()) -> Variants:
    """The sizes pages show, in sRGB, none larger than the picture, less those whose names are `kept`.

    Raises InvalidInputError when it does not decode.
    """
    _format(data)
    try:
        largest = _narrowed(pyvips.Image.thumbnail_buffer(data, WIDTHS[-1], **FITTED, output_profile="srgb"))
        plain = min(JPEG_WIDTH, largest.width)
        wanted = [*((f"{width}.webp", width) for width in widths_up_to(largest.width)), (f"{plain}.jpg", plain)]
        made = []
        for name, width in wanted:
            if name not in kept:
                size = _narrowed(largest, width)
                written, kind = (_webp(size), WEBP) if name.endswith("webp") else (_jpeg(size), JPEG)
                made.append(Variant(name, written, size.width, size.height, *kind))
        smallest = _narrowed(largest, min(WIDTHS[0], largest.width))
        placeholder = _webp(smallest.thumbnail_image(16, height=24, size="down"), quality=30)
    except pyvips.Error:
        raise _unusable("is cut short or damaged") from None
    return Variants(made, f"data:image/webp;base64,{b64encode(placeholder).decode()}")


def _narrowed(image: pyvips.Image, width: int | None = None) -> pyvips.Image:
    """In memory, since several sizes are made of each."""
    return (image if width is None else image.thumbnail_image(width, **FITTED)).copy_memory()


def _webp(image: pyvips.Image, quality: int | None = None) -> bytes:
    # The large ones are shown at two pixels a point, where the eye sees less: 21% fewer bytes.
    quality = quality or (80 if image.width < LARGE else 75)
    # More effort than 2 takes twice the time for 3% fewer bytes.
    written: bytes = image.webpsave_buffer(Q=quality, effort=2, keep="none")
    return written


def _jpeg(image: pyvips.Image) -> bytes:
    written: bytes = image.jpegsave_buffer(Q=82, optimize_coding=True, background=255, keep="none")
    return written


def reduced_png(data: bytes) -> bytes:
    """A PNG in 256 colours: a third of the size, for messengers that show no large ones."""
    picture = pyvips.Image.new_from_buffer(data, "")
    return bytes(picture.pngsave_buffer(palette=True, Q=90, effort=4))
