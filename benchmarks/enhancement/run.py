"""Measures the enhancer on real photos spoilt in known ways, beside autocontrast and CLAHE."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from degrade import Case, Image, Matrix, faults, read_photo, spoil, warp

from enhancer.engine.enhance import enhance

PHOTOS = Path(__file__).parents[2] / "app" / "data" / "photos"
SEED = 100
CUT_OFFS = (0.0, 0.5)  # percent of each channel that autocontrast may lose at either end; the better one counts


@dataclass(frozen=True)
class Scores:
    """Of one spoilt photo: decibels, structural similarity, lean of the verticals in degrees; area kept."""

    psnr_in: float
    psnr_out: float
    psnr_autocontrast: float
    psnr_clahe: float
    ssim_in: float
    ssim_out: float
    ssim_best: float
    lean_original: float
    lean_in: float
    lean_out: float
    kept: float

    @property
    def gain(self) -> float:
        """Decibels gained over the input."""
        return self.psnr_out - self.psnr_in

    @property
    def over_best(self) -> float:
        """By how much the enhancer beats the better of the two for this very photo."""
        return self.psnr_out - max(self.psnr_autocontrast, self.psnr_clahe)


def measure(case: Case) -> Scores:
    """Compare pixels in the frame of each result, which is known exactly, and geometry by the verticals."""
    result = enhance(case.spoilt)
    total = result.homography @ case.homography
    height, width = result.picture.shape[:2]
    moved = not np.allclose(result.homography, np.eye(3))
    reference = warp(case.original, total, (width, height)) if moved else case.reference
    stretched = [autocontrast(case.spoilt, cut_off) for cut_off in CUT_OFFS]
    equalised = clahe(case.spoilt)
    verticals = upright_lines(case.original)
    return Scores(
        psnr_in=psnr(case.spoilt, case.reference),
        psnr_out=psnr(result.picture, reference),
        psnr_autocontrast=max(psnr(rival, case.reference) for rival in stretched),
        psnr_clahe=psnr(equalised, case.reference),
        ssim_in=ssim(case.spoilt, case.reference),
        ssim_out=ssim(result.picture, reference),
        ssim_best=max(ssim(rival, case.reference) for rival in (*stretched, equalised)),
        lean_original=lean(verticals, np.eye(3)),
        lean_in=lean(verticals, case.homography),
        lean_out=lean(verticals, total),
        kept=height * width / (case.spoilt.shape[0] * case.spoilt.shape[1]),
    )


def autocontrast(image: Image, cut_off: float) -> Image:
    """Stretch each channel to the full range."""
    low, high = np.percentile(image.reshape(-1, 3), [cut_off, 100 - cut_off], axis=0)
    return np.clip((image - low) * 255 / np.maximum(high - low, 1), 0, 255).round().astype(np.uint8)


def clahe(image: Image) -> Image:
    """Equalise lightness in 8 x 8 tiles, with the usual limit of 2."""
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB)
    lab[..., 0] = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), np.uint8)


def psnr(image: Image, reference: Image) -> float:
    """Return the peak signal to noise ratio in decibels."""
    error = np.mean((image.astype(np.float32) - reference) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-4)))


def ssim(image: Image, reference: Image) -> float:
    """Return the mean structural similarity of grey (Wang et al. 2004: Gaussian of 1.5)."""
    first, second = (cv2.cvtColor(each, cv2.COLOR_BGR2GRAY).astype(np.float64) for each in (image, reference))

    def mean(values: Matrix) -> Matrix:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5))

    one, two = mean(first), mean(second)
    spread = mean(first * first) - one * one, mean(second * second) - two * two
    together = mean(first * second) - one * two
    steady, firm = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    score = (2 * one * two + steady) * (2 * together + firm)
    return float((score / ((one * one + two * two + steady) * (spread[0] + spread[1] + firm))).mean())


def upright_lines(original: Image) -> Matrix:
    """Return x1, y1, x2, y2 of the original's own verticals: long lines, within 12 degrees of upright."""
    found = cv2.createLineSegmentDetector().detect(cv2.cvtColor(original, cv2.COLOR_BGR2GRAY))[0]
    lines = np.empty((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)
    across, down = np.abs(lines[:, 2] - lines[:, 0]), np.abs(lines[:, 3] - lines[:, 1])
    wanted = (np.degrees(np.arctan2(across, down)) < 12) & (np.hypot(across, down) > 0.05 * original.shape[0])
    return lines[wanted]


def lean(lines: Matrix, homography: Matrix) -> float:
    """Return the median angle in degrees from upright of the lines seen through the homography, by length."""
    if len(lines) == 0:
        return float("nan")
    ends = cv2.perspectiveTransform(lines.reshape(1, -1, 2), homography).reshape(-1, 4)
    angles = np.degrees(np.arctan2(np.abs(ends[:, 2] - ends[:, 0]), np.abs(ends[:, 3] - ends[:, 1])))
    order = np.argsort(angles)
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])[order].cumsum()
    return float(angles[order][np.searchsorted(length, length[-1] / 2)])


def table(scores: dict[str, list[Scores]]) -> Iterable[str]:
    """Yield the lines of a Markdown table of means."""
    columns = ("fault", "PSNR in → out", "autocontrast, CLAHE", "gain (least)", "over the best", "SSIM in → out (best)")
    yield " | ".join(("", *columns, "lean original, in → out", "area", "")).strip()
    yield "|---" + "|---:" * 7 + "|"
    for kind, rows in scores.items():

        def mean(name: str, rows: list[Scores] = rows) -> float:
            return float(np.nanmean([getattr(row, name) for row in rows]))

        yield (
            f"| {kind} | {mean('psnr_in'):.1f} → {mean('psnr_out'):.1f} "
            f"| {mean('psnr_autocontrast'):.1f}, {mean('psnr_clahe'):.1f} "
            f"| {mean('gain'):+.1f} ({min(row.gain for row in rows):+.1f}) | {mean('over_best'):+.1f} "
            f"| {mean('ssim_in'):.3f} → {mean('ssim_out'):.3f} ({mean('ssim_best'):.3f}) "
            f"| {mean('lean_original'):.1f}°, {mean('lean_in'):.1f}° → {mean('lean_out'):.1f}° | {mean('kept'):.0%} |"
        )


def main() -> None:
    """Print the table of the photos that the thresholds were chosen on and of those kept out of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("chosen-on", "kept-out"), help="one of the two sets")
    parser.add_argument("--kind", help="one kind of fault")
    options = parser.parse_args()
    photos = sorted(PHOTOS.glob("exterior_*.jpg"))
    sets = {"chosen-on": [path for path in photos if path not in photos[1::3]], "kept-out": photos[1::3]}
    for name, paths in sets.items():
        if options.only not in (None, name):
            continue
        scores: dict[str, list[Scores]] = defaultdict(list)
        for path in paths:
            original = read_photo(path)
            for index, (kind, fault) in enumerate(faults(SEED + photos.index(path))):
                if options.kind in (None, kind):
                    case = spoil(path.stem, kind, original, fault, 1000 * photos.index(path) + index)
                    scores[kind].append(measure(case))
            print(f"{path.stem} done", file=sys.stderr)
        print(f"\n{name}: {len(paths)} photos\n")
        print("\n".join(table(scores)), flush=True)


if __name__ == "__main__":
    main()
