"""Takes everything out of a picture's bytes but the picture: positions, camera, texts, previews, what is appended.

The pixels stay as they are, bit by bit, and so does the colour profile, without which they would look different.
Each function takes the whole file, returns the clean one, and raises ValueError when it is not put together as its
format says.
"""

import re
import struct

JPEG_START = b"\xff\xd8"
PNG_START = b"\x89PNG\r\n\x1a\n"
# Frames, scans and tables, JPEG's arithmetic ones too.
_JPEG_KEPT = {*range(0xC0, 0xD0), 0xDB, 0xDD}
_SOS, _EOI, _APP0, _APP2, _ADOBE = 0xDA, 0xD9, 0xE0, 0xE2, 0xEE
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"
# Within a scan an FF is followed by 00 or a restart marker; anything else begins a new segment.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FILL = re.compile(rb"\xff*")
# More than any encoder writes, and what a loop over them may take.
MOST_PARTS = 20_000
# Each scan goes over all pixels again, so a small file of thousands would take minutes.
MOST_SCANS = 40
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP"}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"}
_WEBP_TEXTS = 0b0000_1100  # the flags of VP8X that announce EXIF and XMP
_CUT_SHORT = "is cut short or damaged"
_TOO_MANY = f"is made of more than {MOST_PARTS:,} parts"


def clean_jpeg(data: bytes) -> bytes:
    kept = [JPEG_START, _JFIF]
    at, scans = 2, 0
    for _ in range(MOST_PARTS):
        marker, body, after = _jpeg_segment(data, at)
        if marker == _EOI:
            return b"".join((*kept, b"\xff\xd9"))
        if marker == _SOS:
            scans += 1
            if scans > MOST_SCANS:
                msg = f"has more than {MOST_SCANS} scans"
                raise ValueError(msg)
            end = _NEXT_MARKER.search(data, after)
            if end is None:
                raise ValueError(_CUT_SHORT)
            after = end.start()
            kept.append(data[at:after])
        elif marker in _JPEG_KEPT or _is_colour(marker, body):
            kept.append(data[at:after])
        if marker == _ADOBE and body.startswith(b"Adobe") and _JFIF in kept:
            kept.remove(_JFIF)  # the two say different things of the colours
        at = after
    raise ValueError(_TOO_MANY)


def _jpeg_segment(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Return the marker at `at`, what its segment holds, and where the next begins."""
    if fill := _FILL.match(data, at):
        at = max(at, fill.end() - 1)
    if len(data) < at + 2 or data[at] != 0xFF:  # noqa: PLR2004 - how each marker begins
        raise ValueError(_CUT_SHORT)
    marker = data[at + 1]
    if marker == _EOI:
        return marker, b"", at + 2
    if len(data) < at + 4:
        raise ValueError(_CUT_SHORT)
    after = at + 2 + int.from_bytes(data[at + 2 : at + 4])
    if not at + 4 <= after <= len(data):
        raise ValueError(_CUT_SHORT)
    return marker, data[at + 4 : after], after


def _is_colour(marker: int, body: bytes) -> bool:
    return (marker == _APP2 and body.startswith(b"ICC_PROFILE\x00")) or (marker == _ADOBE and body.startswith(b"Adobe"))


def clean_png(data: bytes) -> bytes:
    kept = [PNG_START]
    at = len(PNG_START)
    for _ in range(MOST_PARTS):
        if len(data) < at + 12:
            raise ValueError(_CUT_SHORT)
        length, kind = struct.unpack_from(">I4s", data, at)
        after = at + 12 + length
        if kind == b"acTL":
            raise ValueError("is animated; one picture is needed")
        if kind in _PNG_KEPT:
            kept.append(data[at:after])
        if kind == b"IEND":
            return b"".join(kept)
        at = after
    raise ValueError(_TOO_MANY)


def clean_webp(data: bytes) -> bytes:
    kept: list[bytes] = []
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise ValueError(_CUT_SHORT)
    at = 12
    for _ in range(MOST_PARTS):
        if at + 8 > end:
            body = b"WEBP" + b"".join(kept)
            return b"RIFF" + struct.pack("<I", len(body)) + body
        kind, length = struct.unpack_from("<4sI", data, at)
        after = at + 8 + length + length % 2
        if kind in {b"ANIM", b"ANMF"}:
            raise ValueError("is animated; one picture is needed")
        if after > end:
            raise ValueError(_CUT_SHORT)
        if kind in _WEBP_KEPT:
            chunk = bytearray(data[at:after])
            if kind == b"VP8X" and length:
                chunk[8] &= ~_WEBP_TEXTS
            kept.append(bytes(chunk))
        at = after
    raise ValueError(_TOO_MANY)
