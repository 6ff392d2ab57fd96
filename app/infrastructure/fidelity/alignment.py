"""Where each point of the original lies in the result."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.infrastructure.fidelity.pictures import Bytes, Floats, Mask, Matrix, blurred, shrunk

Indices = NDArray[np.intp]

FEATURES = 2000
FEATURES_SCALE = 0.64  # of the picture, where they are looked for
MATCH_RATIO = 0.8
FEWEST_PAIRS = 8
WHOLLY = 255
REACH = 2.0  # pixels a match may lie off the plane
SECOND_REACH = 6.0
LIKENESS = 0.8  # cosine of two descriptions
Features = tuple[Matrix, Floats]


@dataclass(frozen=True)
class Alignment:
    """`matrix` takes pixels of the original to pixels of the result; `agreeing` of its `features` are where it says."""

    matrix: Matrix
    agreeing: int
    features: int


def _even(picture: Bytes) -> Bytes:
    """Light and local contrast evened out, so that dark and bright pictures give the same features."""
    light = np.log1p(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32))
    centred = light - blurred(light, 16)
    spread = np.sqrt(blurred(centred**2, 16)) + np.float32(0.02)
    return np.asarray(np.clip(128 + 48 * centred / spread, 0, 255), np.uint8)


def features(picture: Bytes) -> Features:
    """Where they are (n x 2) and how they look (n x 128, of length 1)."""
    points, looks = cv2.SIFT.create(nfeatures=FEATURES, contrastThreshold=0.02).detectAndCompute(
        _even(shrunk(picture, FEATURES_SCALE)), None
    )
    if not points:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    where = np.array([point.pt for point in points], np.float64)
    looks = np.sqrt(looks / np.maximum(looks.sum(axis=1, keepdims=True), 1))
    return (where + 0.5) / FEATURES_SCALE - 0.5, np.asarray(looks, np.float32)


def _distinct(alike: Floats) -> tuple[Indices, Indices]:
    """Rows and columns of pairs whose second best is clearly worse; `alike` holds cosines."""
    rows = np.arange(len(alike))
    best = alike.argmax(axis=1)
    others = alike.copy()
    others[rows, best] = -1
    # One less a cosine is half the squared distance.
    clear = 1 - alike[rows, best] < MATCH_RATIO**2 * (1 - others.max(axis=1))
    return rows[clear], best[clear]


def _homography(here: Matrix, there: Matrix) -> tuple[Matrix, int]:
    """The map that most pairs agree on, and how many do."""
    if len(here) < FEWEST_PAIRS:
        return np.eye(3), 0
    cv2.setRNGSeed(0)
    matrix, agree = cv2.findHomography(here, there, cv2.USAC_MAGSAC, REACH, maxIters=5000, confidence=0.9999)
    if matrix is None:  # type: ignore[redundant-expr, unused-ignore] # its stubs do not say so
        return np.eye(3), 0
    sound = np.isfinite(matrix).all() and np.linalg.det(matrix) != 0
    return (np.asarray(matrix, np.float64), int(agree.sum())) if sound else (np.eye(3), 0)


def align(original: Features, result: Features) -> Alignment:
    """The plane-to-plane map most features agree on.

    Façades repeat themselves, so a second round looks for the partner of each feature only where the first says it is.
    """
    (here, looks), (there, other_looks) = original, result
    if len(here) < FEWEST_PAIRS or len(there) < FEWEST_PAIRS:
        return Alignment(np.eye(3), 0, len(here))
    alike = looks @ other_looks.T
    rows, columns = _distinct(alike)
    first, agreeing = _homography(here[rows], there[columns])
    if agreeing == 0:
        return Alignment(first, 0, len(here))
    expected = cv2.perspectiveTransform(here[None], first)[0]
    apart = (expected**2).sum(axis=1)[:, None] + (there**2).sum(axis=1) - 2 * expected @ there.T
    alike[apart > SECOND_REACH**2] = -1
    best = alike.argmax(axis=1)
    rows = np.flatnonzero(alike[np.arange(len(best)), best] > LIKENESS)
    second, agreeing_then = _homography(here[rows], there[best[rows]])
    return Alignment(*max((first, agreeing), (second, agreeing_then), key=lambda found: found[1]), len(here))


def onto_original(picture: Bytes, matrix: Matrix, size: tuple[int, ...]) -> tuple[Bytes, Mask]:
    """The result drawn over the original, whose height and width are `size`, and where it has anything to show."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    wide_high = (size[1], size[0])
    drawn = cv2.warpPerspective(picture, matrix, wide_high, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    whole = np.full(picture.shape[:2], WHOLLY, np.uint8)
    inside = cv2.warpPerspective(whole, matrix, wide_high, flags=flags)
    return np.asarray(drawn, np.uint8), np.asarray(inside, np.uint8) == WHOLLY
