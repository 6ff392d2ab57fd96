"""Pairs of an original and a result with what the gate should say: the same every time, made once, kept in a folder."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import forged
import honest
import numpy as np

from enhancer.engine.enhance import enhance

HELD_OUT = frozenset(
    {
        "exterior_angular_roof_portrait_cc0",
        "exterior_berlin_facade_02",
        "exterior_lund_04",
        "exterior_lund_10",
        "exterior_lund_16",
        "exterior_windows_bw_cc0",
    }
)
STARTS = {"poor": honest.poor, "hazy": forged.hazy}
OF_HAZY = "_of_hazy"
GENERATION = "2"  # another number makes every picture anew


@dataclass(frozen=True)
class Case:
    """`start`: what is made of the photo first, one of STARTS. `enhanced`: the forged result is enhanced as well."""

    kind: str
    photo: str
    number: int
    honest: bool
    start: str = ""
    enhanced: bool = False

    @property
    def held_out(self) -> bool:
        return self.photo in HELD_OUT

    @property
    def name(self) -> str:
        parts = (self.kind, self.photo, str(self.number), self.start, "enhanced" * self.enhanced)
        return "-".join(filter(None, parts))


def cases(repeats: int = 1) -> Iterator[Case]:
    for photo in sorted(forged.SCENES):
        for kind in honest.KINDS:
            for number in range(repeats):
                yield Case(kind, photo, number, honest=True)
        for number in range(4 * repeats):
            yield Case("mixture", photo, number, honest=True)
            yield Case("mixture_of_poor", photo, number, honest=True, start="poor")
            yield Case("reference_enhancer", photo, number, honest=True, start="poor")
            if forged.has_sky(photo):
                yield Case("mixture_of_hazy", photo, number, honest=True, start="hazy")
                yield Case(
                    f"sky_replaced{OF_HAZY}", photo, number, honest=False, start="hazy", enhanced=number % 2 == 1
                )
        for kind in forged.KINDS:
            if kind == "sky_replaced" and not forged.has_sky(photo):
                continue
            for number in range(repeats * (4 if kind.startswith("window") else 2)):
                yield Case(kind, photo, number, honest=False, enhanced=number % 2 == 1)


def _forged(case: Case, picture: honest.Picture, rng: np.random.Generator) -> honest.Picture:
    """A forgery one can see in the end: white painted over white, or cut off afterwards, is tried again elsewhere."""
    while True:
        result, unforged = forged.KINDS[case.kind.removesuffix(OF_HAZY)](picture, case.photo, rng), picture
        if case.enhanced:
            seed = int(rng.integers(2**32))
            result, unforged = (honest.mixture(each, np.random.default_rng(seed)) for each in (result, picture))
        if forged.visible(unforged, result, forged.least_area(unforged, case.kind)):
            return result


def _made(case: Case) -> tuple[bytes, bytes]:
    rng = np.random.default_rng(zlib.crc32(case.name.encode()))
    picture = forged.load(case.photo)
    if case.start:
        picture = STARTS[case.start](picture, rng)
    original = honest.encoded(picture, int(rng.integers(80, 96)))
    picture = honest.decoded(original)
    if case.kind == "reference_enhancer":
        result = enhance(picture).picture
    elif case.honest:
        result = honest.KINDS.get(case.kind, honest.mixture)(picture, rng)
    else:
        result = _forged(case, picture, rng)
    return original, honest.encoded(result, int(rng.integers(75, 96)))


def pair(case: Case, folder: Path) -> tuple[bytes, bytes]:
    """The bytes of the original and of the result."""
    stem = folder / f"{hashlib.sha256(GENERATION.encode()).hexdigest()[:6]}-{case.name}"
    before, after = stem.with_suffix(".a.jpg"), stem.with_suffix(".b.jpg")
    if not after.exists():
        original, result = _made(case)
        before.write_bytes(original)
        after.write_bytes(result)
    return before.read_bytes(), after.read_bytes()
