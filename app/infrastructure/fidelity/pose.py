"""How the camera seems to have moved between original and result."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.infrastructure.fidelity.pictures import Matrix


@dataclass(frozen=True)
class Pose:
    """`rotation` in degrees. `keystone`: how much longer one side became than the one facing it, as a share.
    `stretch`: how much more one direction was enlarged than another at the centre. `frame`: what the result's frame
    would cover of the original's plane, in pixels of the original.
    """

    rotation: float
    keystone: float
    stretch: float
    frame: float


def _frame(size: tuple[int, int]) -> Matrix:
    """Corners clockwise from the upper left; `size` is height, width."""
    height, width = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def _in_front(matrix: Matrix, corners: Matrix) -> bool:
    """Whether all corners stay on the side of the plane that a camera sees."""
    return bool((corners @ matrix[2, :2] + matrix[2, 2] > 0).all())


def _at_centre(matrix: Matrix, size: tuple[int, int]) -> Matrix:
    """The linear part of the map at the middle of the picture, 2 x 2."""
    height, width = size
    x, y, depth = matrix @ np.array([width / 2, height / 2, 1])
    there = np.array([x, y]) / depth
    return np.asarray((matrix[:2, :2] - np.outer(there, matrix[2, :2])) / depth, np.float64)


def pose(matrix: Matrix, original: tuple[int, int], result: tuple[int, int]) -> Pose | None:
    """Sizes are height, width. None when no camera could have moved like that: folded or mirrored."""
    frame, result_frame = _frame(original), _frame(result)
    matrix = matrix / matrix[2, 2]
    back = np.linalg.inv(matrix)
    back = back / back[2, 2]
    if not (_in_front(matrix, frame) and _in_front(back, result_frame)):
        return None
    linear = _at_centre(matrix, original)
    if np.linalg.det(linear) <= 0:
        return None
    left, lengths, right = np.linalg.svd(linear)
    turn = left @ right
    moved = cv2.perspectiveTransform(frame[None], matrix)[0]
    sides = np.linalg.norm(np.roll(moved, -1, axis=0) - moved, axis=1)
    scaled = sides / np.linalg.norm(np.roll(frame, -1, axis=0) - frame, axis=1)
    kept = cv2.perspectiveTransform(result_frame[None], back)[0].astype(np.float32)
    return Pose(
        rotation=float(abs(np.degrees(np.arctan2(turn[1, 0], turn[0, 0])))),
        keystone=float(np.exp(np.abs(np.log(scaled[:2] / scaled[2:])).max()) - 1),
        stretch=float(lengths[0] / lengths[1] - 1),
        frame=float(cv2.contourArea(kept)),
    )
