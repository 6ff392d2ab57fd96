"""Results that show something else than the original: what the gate must refuse. BGR uint8 in and out."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from honest import Picture, decoded
from numpy.random import Generator

HERE = Path(__file__).parent
PHOTOS = HERE.parents[1] / "app/data/photos"
LONG_SIDE = 1024
SCENES = tomllib.loads((HERE / "scenes.toml").read_text(encoding="utf-8"))


def load(name: str) -> Picture:
    """A photo as it is used here, at most LONG_SIDE."""
    photo = decoded((PHOTOS / f"{name}.jpg").read_bytes())
    scale = LONG_SIDE / max(photo.shape)
    return photo if scale >= 1 else cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


@dataclass(frozen=True)
class Box:
    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        return self.right - self.left, self.bottom - self.top

    def grown(self, share: float, picture: Picture) -> "Box":
        height, width = picture.shape[:2]
        dx, dy = (round(side * share) for side in self.size)
        return Box(
            max(0, self.left - dx), max(0, self.top - dy), min(width, self.right + dx), min(height, self.bottom + dy)
        )

    @property
    def area(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)


def _boxes(name: str, what: str, picture: Picture) -> list[Box]:
    height, width = picture.shape[:2]
    return [
        Box(round(x0 * width / 100), round(y0 * height / 100), round(x1 * width / 100), round(y1 * height / 100))
        for x0, y0, x1, y1 in SCENES[name][what]
    ]


def _one(boxes: list[Box], rng: Generator) -> Box:
    return boxes[int(rng.integers(len(boxes)))]


def _blended(picture: Picture, patch: Any, shape: Any, feather: float) -> Picture:
    """`patch` over the picture where `shape` (0 to 1) is, with soft edges."""
    alpha = cv2.GaussianBlur(np.asarray(shape, np.float32), (0, 0), feather)[..., None]
    return np.rint(picture * (1 - alpha) + patch * alpha).astype(np.uint8)


def _with_grain(picture: Picture, original: Picture, area: Any, rng: Generator) -> Picture:
    """The noise of the original over what was painted in, so that smoothness does not give it away."""
    detail = original.astype(np.float32) - cv2.GaussianBlur(original, (0, 0), 1.5)
    spread = float(np.median(np.abs(detail))) * 1.4
    grain = cv2.GaussianBlur(rng.normal(0, 1, picture.shape[:2]).astype(np.float32), (0, 0), 0.7) * spread * 1.5
    out = picture.astype(np.float32)
    out[area] += grain[area][..., None]
    return np.clip(out, 0, 255).astype(np.uint8)


def window_removed(picture: Picture, name: str, rng: Generator) -> Picture:
    box = _one(_boxes(name, "windows", picture), rng).grown(rng.uniform(0.05, 0.15), picture)
    hole = np.zeros(picture.shape[:2], np.uint8)
    hole[box.area] = 255
    if rng.random() < 0.5:
        how = cv2.INPAINT_TELEA if rng.random() < 0.5 else cv2.INPAINT_NS
        small = 0.5
        filled = cv2.inpaint(
            cv2.resize(picture, None, fx=small, fy=small, interpolation=cv2.INTER_AREA),
            cv2.resize(hole, None, fx=small, fy=small, interpolation=cv2.INTER_NEAREST),
            5,
            how,
        )
        filled = cv2.resize(filled, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        return _with_grain(_blended(picture, filled, hole / 255, 1), picture, box.area, rng)
    wall = _one(_boxes(name, "walls", picture), rng)
    patch = cv2.resize(picture[wall.area], box.size, interpolation=cv2.INTER_CUBIC)
    return _cloned(picture, patch, box)


def _cloned(picture: Picture, patch: Picture, box: Box) -> Picture:
    """The patch at the box, its light bent to its surroundings."""
    margin = 2
    padded = cv2.copyMakeBorder(picture, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    centre = (margin + box.left + box.size[0] // 2, margin + box.top + box.size[1] // 2)
    whole = np.full(patch.shape[:2], 255, np.uint8)
    cloned = cv2.seamlessClone(patch, padded, whole, centre, cv2.NORMAL_CLONE)
    return np.ascontiguousarray(cloned[margin:-margin, margin:-margin])


def window_added(picture: Picture, name: str, rng: Generator) -> Picture:
    """A window of this photo, or of another, on a wall; at least 3% of the picture's width."""
    source, source_name = picture, name
    if rng.random() < 0.3:
        source_name = str(rng.choice(sorted(SCENES)))
        source = load(source_name)
    window = _one(_boxes(source_name, "windows", source), rng).grown(0.08, source)
    wall = _one(_boxes(name, "walls", picture), rng)
    width = max(0.03 * picture.shape[1], min(wall.size[0], window.size[0] * rng.uniform(0.7, 1.2)))
    scale = width / window.size[0]
    if scale * window.size[1] > 1.3 * wall.size[1]:
        scale = max(1.3 * wall.size[1] / window.size[1], 0.03 * picture.shape[1] / window.size[0])
    patch = cv2.resize(source[window.area], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    high, wide = (min(a, b - 2) for a, b in zip(patch.shape[:2], picture.shape[:2], strict=True))
    patch = np.ascontiguousarray(patch[:high, :wide])
    left = int(np.clip((wall.left + wall.right - wide) // 2 + rng.normal(0, 3), 0, picture.shape[1] - wide))
    top = int(np.clip((wall.top + wall.bottom - high) // 2 + rng.normal(0, 3), 0, picture.shape[0] - high))
    box = Box(left, top, left + wide, top + high)
    if rng.random() < 0.5:
        return _cloned(picture, patch, box)
    shape = np.zeros(picture.shape[:2], np.float32)
    shape[box.area] = 1
    over = picture.copy()
    over[box.area] = patch
    return _blended(picture, over, shape, 1.2)


def storey_added(picture: Picture, name: str, rng: Generator) -> Picture:
    """A band of the building twice, what stands above it pushed up; over the whole width or over one side."""
    height, width = picture.shape[:2]
    box = _one(_boxes(name, "windows", picture), rng)
    band = round(height * rng.uniform(0.1, 0.2))
    bottom = int(np.clip((box.top + box.bottom) // 2 + band // 2, band + 2, height))
    taller = picture.copy()
    taller[: bottom - band] = picture[band:bottom]
    side = rng.integers(3)
    shape = np.zeros((height, width), np.float32)
    middle = (box.left + box.right) // 2
    half = round(width * rng.uniform(0.15, 0.3))
    shape[:bottom, slice(None) if side == 0 else slice(max(0, middle - half), middle + half)] = 1
    return _blended(picture, taller, shape, 2)


def another_building(picture: Picture, name: str, rng: Generator) -> Picture:
    """Another photo, or another photo's building over the middle of this one."""
    others = [other for other in sorted(SCENES) if other != name]
    other = load(str(rng.choice(others)))
    size = picture.shape[1::-1]
    other = cv2.resize(other, size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.6:
        return other
    shape = np.zeros(picture.shape[:2], np.float32)
    left, top = (int(side * rng.uniform(0.1, 0.4)) for side in size)
    wide, high = (int(side * rng.uniform(0.35, 0.5)) for side in size)
    shape[top : top + high, left : left + wide] = 1
    return _blended(picture, other, shape, 3)


def mirrored(picture: Picture, _name: str, _rng: Generator) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


def _sky(picture: Picture) -> Any:
    """0 to 1: blue or bright, smooth, and joined to the upper edge."""
    blue, green, red = cv2.split(picture.astype(np.int16))
    cyan = (blue > red + 12) & (blue > 95) & (blue >= green - 4)
    pale = (np.minimum(np.minimum(blue, green), red) > 165) & (np.abs(blue - red) < 60)  # clouds and overcast skies
    mask = (cyan | pale).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    keep = [n for n in range(1, len(stats)) if stats[n][1] < 4 and stats[n][4] > mask.size * 0.004]
    sky = np.isin(labels, keep).astype(np.uint8)
    return cv2.morphologyEx(sky, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)).astype(np.float32)


def has_sky(name: str) -> bool:
    return not any(word in name for word in ("berlin", "facade", "windows"))


def hazy(picture: Picture, rng: Generator) -> Picture:
    """The photo under an even, pale sky, with the grain that a camera gives it."""
    level, tint = rng.uniform(195, 230), rng.uniform(-12, 12)
    slope = np.linspace(-1, 1, picture.shape[0])[:, None, None] * rng.uniform(-8, 8)
    grain = cv2.GaussianBlur(rng.normal(0, rng.uniform(2, 6), picture.shape), (0, 0), 0.7)
    return _blended(picture, np.array([level + tint, level, level - tint]) + slope + grain, _sky(picture), 1.5)


HORIZONS = [
    ((200, 120, 50), (245, 225, 200)),  # blue
    ((90, 60, 110), (80, 150, 250)),  # sunset
    ((150, 150, 150), (225, 225, 225)),  # overcast
    ((120, 60, 20), (210, 160, 90)),  # deep blue
]


def sky_replaced(picture: Picture, name: str, rng: Generator) -> Picture:
    """By a gradient, by drawn clouds, or by another photo's sky."""
    height, width = picture.shape[:2]
    sky = _sky(picture)
    kind = rng.integers(3)
    lowest = max(int(np.nonzero(sky.any(axis=1))[0].max()), 8)
    if kind == 2:
        donors = [other for other in sorted(SCENES) if other != name and has_sky(other)]
        donor = load(str(rng.choice(donors)))
        part = donor[: int(donor.shape[0] * rng.uniform(0.15, 0.3))]
        if rng.random() < 0.5:
            part = part[:, ::-1]
        new = np.zeros_like(picture)
        new[:] = cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC)
        new[:lowest] = cv2.resize(part, (width, lowest), interpolation=cv2.INTER_CUBIC)
    else:
        above, below = HORIZONS[int(rng.integers(len(HORIZONS)))]
        share = np.clip(np.arange(height) / lowest, 0, 1)[:, None, None]
        new = np.broadcast_to(np.array(above) * (1 - share) + np.array(below) * share, picture.shape)
        if kind == 1:
            clouds = sum(
                cv2.resize(rng.random((2**n, 2**n), np.float32), (width, height), interpolation=cv2.INTER_CUBIC) / 2**n
                for n in range(2, 7)
            )
            clouds = np.clip((clouds - np.quantile(clouds, 0.55)) * 6, 0, 1)[..., None]
            new = new * (1 - clouds) + 245 * clouds
    return _blended(picture, new, sky, 1.5)


def heavy_crop(picture: Picture, _name: str, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    share = rng.uniform(0.4, 0.7)
    wide, high = round(width * share), round(height * share)
    left, top = rng.integers(width - wide), rng.integers(height - high)
    part = picture[top : top + high, left : left + wide]
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC) if rng.random() < 0.5 else part.copy()


FOLIAGE = ("exterior_lund_27", (24, 14, 36, 44))


def tree_pasted(picture: Picture, name: str, rng: Generator) -> Picture:
    """A crown of leaves and a trunk before a part of the building."""
    height, width = picture.shape[:2]
    source = load(FOLIAGE[0])
    x0, y0, x1, y1 = FOLIAGE[1]
    leaves = source[
        source.shape[0] * y0 // 100 : source.shape[0] * y1 // 100,
        source.shape[1] * x0 // 100 : source.shape[1] * x1 // 100,
    ]
    where = _one(_boxes(name, "windows", picture) + _boxes(name, "walls", picture), rng)
    across = int(max(width, height) * rng.uniform(0.1, 0.3))
    x, y = (where.left + where.right) // 2, (where.top + where.bottom) // 2
    shape = np.zeros((height, width), np.float32)
    for _ in range(40):
        dx, dy = rng.normal(0, across / 5, 2)
        cv2.circle(shape, (int(x + dx), int(y + dy)), int(across * rng.uniform(0.06, 0.14)), 1.0, -1)
    ragged = cv2.GaussianBlur(rng.random((height, width), np.float32), (0, 0), 2)
    shape *= ragged > np.quantile(ragged, 0.12)
    tile = cv2.resize(leaves, (across, int(across * 1.3)), interpolation=cv2.INTER_AREA)
    texture = np.tile(tile, (height // tile.shape[0] + 1, width // tile.shape[1] + 1, 1))[:height, :width]
    trunk = picture.copy()
    cv2.line(trunk, (x, y), (x, min(height - 1, y + across)), (40, 55, 70), max(4, across // 12))
    return _blended(trunk, texture, shape, 1)


WORDS = ["FOR SALE", "2 BHK", "Call 98xxxxxx10", "Dream Homes", "SOLD", "Premium"]


def text_overlaid(picture: Picture, _name: str, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    word = WORDS[int(rng.integers(len(WORDS)))]
    face = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX]))
    tall = height * rng.uniform(0.04, 0.1)
    scale = tall / 22
    thick = max(2, round(scale * 2))
    (wide, high), _ = cv2.getTextSize(word, face, scale, thick)
    x, y = int(rng.uniform(0, max(1, width - wide))), int(rng.uniform(high + 4, height - 4))
    over = picture.copy()
    if rng.random() < 0.3:
        cv2.rectangle(over, (x - 8, y - high - 8), (x + wide + 8, y + 12), (30, 30, 200), -1)
    colour = [(255, 255, 255), (0, 0, 0), (0, 220, 255), (20, 20, 220)][int(rng.integers(4))]
    cv2.putText(over, word, (x, y), face, scale, colour, thick, cv2.LINE_AA)
    alpha = rng.uniform(0.6, 1)
    return cv2.addWeighted(over, alpha, picture, 1 - alpha, 0)


Forger = Callable[[Picture, str, Generator], Picture]
KINDS: dict[str, Forger] = {
    forger.__name__: forger
    for forger in (
        window_removed, window_added, storey_added, another_building, mirrored, sky_replaced, heavy_crop, tree_pasted,
        text_overlaid,
    )
}  # fmt: skip


def visible(original: Picture, result: Picture, area: float) -> bool:
    """Whether at least half of an area so large, in pixels, changed by a sixth of the scale."""
    if original.shape != result.shape:
        return True
    apart = np.abs(original.astype(np.int16) - result).max(axis=2) > 40
    return int(apart.sum()) > 0.5 * area


def least_area(picture: Picture, kind: str) -> float:
    """Of what is forged: a window is at least 3% of the width wide; for an even sky nothing counts but another sky."""
    return float(_sky(picture).sum()) if kind.endswith("hazy") else (0.03 * picture.shape[1]) ** 2
