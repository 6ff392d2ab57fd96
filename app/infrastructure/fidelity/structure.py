"""What is drawn in one picture and not in the other, whatever its light."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.infrastructure.fidelity.pictures import Bytes, Floats, Mask, blurred, grey

WINDOW = 6.0  # sigma of what counts as one place, in pixels


@dataclass(frozen=True)
class Change:
    """`score` is 0 for none and 1 for all of the structure at `place`."""

    score: float
    place: str


def _place(x: float, y: float) -> str:
    """Shares of width and height to words."""
    rows, columns = ("upper", "middle", "lower"), ("left", "centre", "right")
    row, column = rows[min(2, int(y * 3))], columns[min(2, int(x * 3))]
    return "centre" if (row, column) == ("middle", "centre") else f"{row} {column}"


def _slopes(light: Floats) -> tuple[Floats, Floats]:
    return np.asarray(cv2.Scharr(light, cv2.CV_32F, 1, 0)) / 16, np.asarray(cv2.Scharr(light, cv2.CV_32F, 0, 1)) / 16


def changes(original: Bytes, result: Bytes, seen: Mask) -> Change:
    """The strongest change inside `seen`; both pictures lie on each other."""
    first, second = (blurred(np.log1p(grey(picture)), 1.5) for picture in (original, result))
    (x_1, y_1), (x_2, y_2) = _slopes(first), _slopes(second)
    energy_1, energy_2 = blurred(x_1**2 + y_1**2, WINDOW), blurred(x_2**2 + y_2**2, WINDOW)
    shared = blurred(x_1 * x_2 + y_1 * y_2, WINDOW)
    inside = cv2.erode(seen.astype(np.uint8), np.ones((9, 9))) > 0
    floor_1, floor_2 = (np.median(energy[inside]) + 1e-6 for energy in (energy_1, energy_2))
    alike = shared / np.sqrt(energy_1 * energy_2 + floor_1 * floor_2)
    strength = np.maximum(energy_1 / (energy_1 + floor_1), energy_2 / (energy_2 + floor_2))
    score = np.where(inside, strength * (1 - alike) / 2, 0)
    y, x = np.unravel_index(int(score.argmax()), score.shape)
    height, width = score.shape
    return Change(float(score[y, x]), _place(float(x) / width, float(y) / height))
