"""Where the verticals of the building meet, and the turn of the camera that makes them upright.

The turn is a rotation (a lens of normal focal length is assumed), so the picture is what the same camera would have
seen from the same spot; it is bounded, and the frame is cut to what was photographed.
"""

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from enhancer.engine.light import Bytes, Floats

Matrix = NDArray[np.float64]

_LOOK = 1280
_SHORTEST = 0.035  # of the picture's height
_STEEPEST = 22.0  # degrees from upright that a vertical may seem to lean
_CLOSE = 1.0  # degrees between a line and the vertical through its middle
_MOST_ROLL, _MOST_PITCH = 9.0, 25.0
_CORRECTED_PITCH = 9.0
_SMALL_ROLL, _SMALL_PITCH = 1.0, 4.5
_FEWEST_LINES, _FEWEST_HEIGHTS, _FEWEST_SHARE = 8, 1.2, 0.35
_TRIES = 1500
_KEPT_AREA = 0.7
_KNEE = 1.5  # degrees


@dataclass(frozen=True)
class Turn:
    """Degrees that the camera leant sideways and looked down (positive) or up."""

    roll: float
    pitch: float

    @property
    def needed(self) -> bool:
        """Whether it is more than the eye lets pass."""
        return abs(self.roll) > _SMALL_ROLL or abs(self.pitch) > _SMALL_PITCH


@dataclass(frozen=True)
class Frame:
    """Where each pixel goes, and the size of the result."""

    homography: Matrix
    width: int
    height: int
    kept_area: float


def lean(picture: Bytes) -> Turn | None:
    """Return how the camera was held; None when the lines do not tell."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, _LOOK / max(grey.shape))
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lines = _near_vertical_lines(np.asarray(grey, np.uint8))
    if len(lines) < _FEWEST_LINES:
        return None
    direction = _vertical(lines, grey.shape[0] / max(grey.shape))
    if direction is None:
        return None
    x, y, z = direction
    return Turn(float(np.degrees(np.arctan2(x, y))), float(np.degrees(np.arctan2(z, np.hypot(x, y)))))


def upright(width: int, height: int, turn: Turn) -> Frame:
    """Return the frame that undoes the turn as far as the crop stays mild."""
    pitch = float(np.clip(turn.pitch, -_CORRECTED_PITCH, _CORRECTED_PITCH))
    for part in np.linspace(1, 0.1, 19):
        frame = _frame(width, height, turn.roll * part, pitch * part)
        if frame.kept_area >= _KEPT_AREA:
            break
    return frame


def straighten(values: Floats, frame: Frame) -> Floats:
    """Return the picture in the frame."""
    size = (frame.width, frame.height)
    return np.asarray(cv2.warpPerspective(values, frame.homography, size, flags=cv2.INTER_LANCZOS4), np.float32)


def _near_vertical_lines(grey: Bytes) -> Matrix:
    """Return x1, y1, x2, y2 of lines, the longer side of the picture being 1 and its middle 0."""
    found = cv2.createLineSegmentDetector().detect(grey)[0]
    if found is None:
        return np.empty((0, 4))
    height, width = grey.shape
    lines = found.reshape(-1, 4).astype(np.float64)
    across, down = np.abs(lines[:, 2] - lines[:, 0]), np.abs(lines[:, 3] - lines[:, 1])
    wanted = (np.degrees(np.arctan2(across, down)) < _STEEPEST) & (np.hypot(across, down) > _SHORTEST * height)
    middle = np.array([width / 2, height / 2] * 2)
    return np.asarray((lines[wanted] - middle) / max(width, height))


def _vertical(lines: Matrix, height: float) -> Matrix | None:
    lengths = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    normals = np.cross(_rays(lines[:, :2]), _rays(lines[:, 2:]))
    rng = np.random.default_rng(0)
    chance = lengths / lengths.sum()
    pairs = rng.choice(len(lines), size=(_TRIES, 2), p=chance)
    best, best_support = np.array([0.0, 1, 0]), _support(_angles(lines, np.array([0.0, 1, 0])), lengths)
    for first, second in pairs:
        candidate = np.cross(normals[first], normals[second])
        if not _plausible(candidate):
            continue
        support = _support(_angles(lines, candidate), lengths)
        if support > best_support:
            best, best_support = candidate, support
    for _ in range(5):
        best = _refined(lines, normals, lengths, best)
    close = _angles(lines, best) < _CLOSE
    enough = lengths[close].sum() > _FEWEST_HEIGHTS * height and lengths[close].sum() > _FEWEST_SHARE * lengths.sum()
    if np.count_nonzero(close) < _FEWEST_LINES or not enough or not _plausible(best):
        return None
    return np.asarray(best * np.sign(best[1]))


def _refined(lines: Matrix, normals: Matrix, lengths: Matrix, vertical: Matrix) -> Matrix:
    angles = _angles(lines, vertical)
    weight = np.where(angles < 2 * _CLOSE, lengths * np.maximum(0, 1 - (angles / (2 * _CLOSE)) ** 2), 0)
    units = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    scatter = (units * weight[:, None]).T @ units
    # With few lines, or all on one side, looking up and leaning look alike: prefer not to have looked up.
    scatter[2, 2] += 1e-3 * weight.sum()
    return np.asarray(np.linalg.eigh(scatter)[1][:, 0])


def _rays(points: Matrix) -> Matrix:
    return np.column_stack([points, np.ones(len(points))])


def _angles(lines: Matrix, vertical: Matrix) -> Matrix:
    # The vertical through a point runs along the image of the direction there: (x, y) parts of v - v_z * point.
    middle = (lines[:, :2] + lines[:, 2:]) / 2
    along = lines[:, 2:] - lines[:, :2]
    towards = vertical[:2] - vertical[2] * middle
    cross = along[:, 0] * towards[:, 1] - along[:, 1] * towards[:, 0]
    dot = (along * towards).sum(axis=1)
    return np.asarray(np.degrees(np.arctan2(np.abs(cross), np.abs(dot))))


def _support(angles: Matrix, lengths: Matrix) -> float:
    return float((lengths * np.maximum(0, 1 - (angles / _CLOSE) ** 2)).sum())


def _plausible(vertical: Matrix) -> bool:
    x, y, z = vertical * np.sign(vertical[1])
    return bool(
        np.hypot(x, y) > 0
        and abs(np.degrees(np.arctan2(x, y))) < _MOST_ROLL
        and abs(np.degrees(np.arctan2(z, np.hypot(x, y)))) < _MOST_PITCH
    )


def _frame(width: int, height: int, roll: float, pitch: float) -> Frame:
    focal = float(max(width, height))
    camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    turned = camera @ _rotation(roll, pitch) @ np.linalg.inv(camera)
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    outline = cv2.perspectiveTransform(corners, turned)[0]
    x, y, scale = _largest_inside(outline, width, height)
    size = int(width * scale), int(height * scale)
    shift = np.array([[1, 0, size[0] / 2 - x], [0, 1, size[1] / 2 - y], [0, 0, 1]])
    return Frame(shift @ turned, size[0], size[1], size[0] * size[1] / (width * height))


def _rotation(roll: float, pitch: float) -> Matrix:
    """Return the rotation that brings the vertical of a camera held so to (0, 1, 0)."""
    side, up = np.radians(roll), np.radians(pitch)
    level = np.array([[np.cos(side), -np.sin(side), 0], [np.sin(side), np.cos(side), 0], [0, 0, 1]])
    ahead = np.array([[1, 0, 0], [0, np.cos(up), np.sin(up)], [0, -np.sin(up), np.cos(up)]])
    return np.asarray(ahead @ level)


def _largest_inside(outline: Matrix, width: int, height: int) -> tuple[float, float, float]:
    """Return centre and scale of the largest width x height frame inside a convex outline (clockwise in the picture).

    Each side bounds centre and scale by one inequality; the best frame touches three of the four.
    """
    edges = np.roll(outline, -1, axis=0) - outline
    inward = np.column_stack([-edges[:, 1], edges[:, 0]])
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    reach = np.abs(inward) @ np.array([width / 2, height / 2])
    rows = np.column_stack([inward, -reach])
    bounds = (inward * outline).sum(axis=1)
    best = (float(outline[:, 0].mean()), float(outline[:, 1].mean()), 0.0)
    for three in itertools.combinations(range(4), 3):
        chosen = list(three)
        if abs(np.linalg.det(rows[chosen])) < 1e-9:
            continue
        x, y, scale = np.linalg.solve(rows[chosen], bounds[chosen])
        if best[2] < scale <= 1 and (rows @ np.array([x, y, scale]) >= bounds - 1e-6).all():
            best = (float(x), float(y), float(scale))
    return best
