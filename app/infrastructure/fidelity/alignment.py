"""Where each point of the original lies in the result."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.infrastructure.fidelity.pictures import Bytes, Mask, blurred, grey

Matrix = NDArray[np.float64]

FEATURES = 3000
MATCH_RATIO = 0.8
FEWEST_MATCHES = 12
REACH = 2.5  # pixels a match may lie off the plane


@dataclass(frozen=True)
class Alignment:
    """`matrix` takes pixels of the original to pixels of the result; `inliers` is how many matches agree with it."""

    matrix: Matrix
    inliers: int
    matches: int


def _even(picture: Bytes) -> Bytes:
    """Light and local contrast evened out, so that dark and bright pictures give the same features."""
    light = np.log1p(grey(picture))
    centred = light - blurred(light, 16)
    spread = np.sqrt(blurred(centred**2, 16)) + np.float32(0.02)
    return np.clip(128 + 48 * centred / spread, 0, 255).astype(np.uint8)


def _matched(first: Bytes, second: Bytes) -> tuple[Matrix, Matrix]:
    """Points of the first and of the second picture that look alike, n x 2 each."""
    nowhere = np.empty((0, 2))
    sift = cv2.SIFT_create(nfeatures=FEATURES, contrastThreshold=0.02)
    points_1, looks_1 = sift.detectAndCompute(first, None)
    points_2, looks_2 = sift.detectAndCompute(second, None)
    if looks_1 is None or looks_2 is None or len(points_2) < 2:  # noqa: PLR2004 - two nearest are compared
        return nowhere, nowhere
    pairs = [
        best
        for best, second_best in cv2.BFMatcher(cv2.NORM_L2).knnMatch(looks_1, looks_2, k=2)
        if best.distance < MATCH_RATIO * second_best.distance
    ]
    if not pairs:
        return nowhere, nowhere
    return (
        np.array([points_1[pair.queryIdx].pt for pair in pairs]),
        np.array([points_2[pair.trainIdx].pt for pair in pairs]),
    )


def align(original: Bytes, result: Bytes) -> Alignment | None:
    """The plane-to-plane map most features agree on; None when too few do."""
    here, there = _matched(_even(original), _even(result))
    if len(here) < FEWEST_MATCHES:
        return None
    cv2.setRNGSeed(0)
    matrix, agree = cv2.findHomography(here, there, cv2.USAC_MAGSAC, REACH, maxIters=5000, confidence=0.999)
    if matrix is None or int(agree.sum()) < FEWEST_MATCHES:
        return None
    return Alignment(np.asarray(matrix, np.float64), int(agree.sum()), len(here))


def mirrored_matches(original: Bytes, result: Bytes) -> int:
    """How many features agree once the result is flipped."""
    flipped = align(original, np.ascontiguousarray(result[:, ::-1]))
    return flipped.inliers if flipped else 0


def onto_original(picture: Bytes, alignment: Alignment, size: tuple[int, int]) -> tuple[Bytes, Mask]:
    """The result drawn over the original (`size` is width, height), and where it has anything to show."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    drawn = cv2.warpPerspective(picture, alignment.matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.full(picture.shape[:2], 255, np.uint8), alignment.matrix, size, flags=flags)
    return np.asarray(drawn, np.uint8), np.asarray(inside, np.uint8) == 255  # noqa: PLR2004 - wholly inside
