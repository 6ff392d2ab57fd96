"""Where each point of the original lies in the result."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.infrastructure.fidelity.pictures import Bytes, Floats, Mask, blurred, grey

Matrix = NDArray[np.float64]
Indices = NDArray[np.intp]

FEATURES = 2000
FEATURES_LONG_SIDE = 640
MATCH_RATIO = 0.8
FEWEST_MATCHES = 12
REACH = 2.0  # pixels a match may lie off the plane
SECOND_REACH = 6.0
LIKENESS = 0.8  # cosine of two descriptions


@dataclass(frozen=True)
class Alignment:
    """`matrix` takes pixels of the original to pixels of the result; `agreeing` of its `features` are where it says."""

    matrix: Matrix
    agreeing: int
    features: int


def _even(picture: Bytes) -> Bytes:
    """Light and local contrast evened out, so that dark and bright pictures give the same features."""
    light = np.log1p(grey(picture))
    centred = light - blurred(light, 16)
    spread = np.sqrt(blurred(centred**2, 16)) + np.float32(0.02)
    return np.clip(128 + 48 * centred / spread, 0, 255).astype(np.uint8)


def _features(picture: Bytes) -> tuple[Matrix, Floats]:
    """Where they are (n x 2) and how they look (n x 128, of length 1)."""
    scale = FEATURES_LONG_SIDE / max(picture.shape)
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    points, looks = cv2.SIFT.create(nfeatures=FEATURES, contrastThreshold=0.02).detectAndCompute(_even(picture), None)
    if not points:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    where = np.array([point.pt for point in points], np.float64)
    looks = np.sqrt(looks / np.maximum(looks.sum(axis=1, keepdims=True), 1))
    return (where + 0.5) / min(scale, 1) - 0.5, np.asarray(looks, np.float32)


def _distinct(alike: Floats) -> tuple[Indices, Indices]:
    """Rows and columns of pairs whose second best is clearly worse."""
    two_best = np.argpartition(-alike, 1, axis=1)[:, :2]
    distances = np.sqrt(np.maximum(2 - 2 * np.take_along_axis(alike, two_best, axis=1), 0))
    nearest = distances.argmin(axis=1)
    clear = distances.min(axis=1) < MATCH_RATIO * distances.max(axis=1)
    return np.flatnonzero(clear), two_best[np.arange(len(two_best)), nearest][clear]


def _homography(here: Matrix, there: Matrix, reach: float) -> tuple[Matrix, int] | None:
    if len(here) < FEWEST_MATCHES:
        return None
    cv2.setRNGSeed(0)
    matrix, agree = cv2.findHomography(here, there, cv2.USAC_MAGSAC, reach, maxIters=5000, confidence=0.9999)
    return None if matrix is None else (np.asarray(matrix, np.float64), int(agree.sum()))


def align(original: Bytes, result: Bytes) -> Alignment | None:
    """The plane-to-plane map most features agree on; None when too few do.

    Façades repeat themselves, so a second round looks for the partner of each feature only where the first says it is.
    """
    (here, looks), (there, other_looks) = _features(original), _features(result)
    if len(here) < FEWEST_MATCHES or len(there) < FEWEST_MATCHES:
        return None
    alike = looks @ other_looks.T
    rows, columns = _distinct(alike)
    first = _homography(here[rows], there[columns], REACH)
    if first is None or first[1] < FEWEST_MATCHES:
        return None
    expected = cv2.perspectiveTransform(here[None], first[0])[0]
    apart = np.linalg.norm(expected[:, None] - there[None], axis=2)
    alike[apart > SECOND_REACH] = -1
    best = alike.argmax(axis=1)
    rows = np.flatnonzero(alike[np.arange(len(best)), best] > LIKENESS)
    second = _homography(here[rows], there[best[rows]], REACH)
    matrix, agreeing = second if second and second[1] > first[1] else first
    return Alignment(matrix, agreeing, len(here))


def mirrored_matches(original: Bytes, result: Bytes) -> int:
    """How many features agree once the result is flipped."""
    flipped = align(original, np.ascontiguousarray(result[:, ::-1]))
    return flipped.agreeing if flipped else 0


def onto_original(picture: Bytes, alignment: Alignment, size: tuple[int, int]) -> tuple[Bytes, Mask]:
    """The result drawn over the original (`size` is width, height), and where it has anything to show."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    drawn = cv2.warpPerspective(picture, alignment.matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.full(picture.shape[:2], 255, np.uint8), alignment.matrix, size, flags=flags)
    return np.asarray(drawn, np.uint8), np.asarray(inside, np.uint8) == 255  # noqa: PLR2004 - wholly inside
