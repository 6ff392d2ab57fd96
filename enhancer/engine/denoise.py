"""Noise measured in the flattest parts of the picture and taken out in the DCT domain.

Every 8 x 8 block is transformed; coefficients that noise alone would explain are dropped, and a second pass weighs the
others by how far the first result stands out of the noise (an empirical Wiener filter). Blocks overlap, and each pixel
is the mean of the blocks it lies in. The method follows Yu and Sapiro, "DCT image denoising" (IPOL 2011).
"""

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from enhancer.engine.light import Floats

BLOCK = 8
VISIBLE = 2.0  # of 255: weaker noise stays
_STRIDE = 4  # 2 costs four times as much and gains a tenth of a decibel
_STRIP = 256  # rows at a time, which bounds the memory
_THRESHOLD = 2.7
_LEVELS = 6
_FLAT_SHARE = 0.08
_FEWEST_BLOCKS = 24

# Grey and two differences of colour, orthonormal so that noise keeps its size.
_OPPONENT = np.array(
    [[1 / np.sqrt(3)] * 3, [1 / np.sqrt(2), 0, -1 / np.sqrt(2)], [1 / np.sqrt(6), -2 / np.sqrt(6), 1 / np.sqrt(6)]],
    np.float32,
)


def _dct_basis() -> Floats:
    rows = [cv2.dct(np.eye(BLOCK, dtype=np.float32)[:, [column]]) for column in range(BLOCK)]
    one = np.hstack(rows)
    return np.kron(one, one).astype(np.float32)


_BASIS = _dct_basis()
_FREQUENCY = np.add.outer(np.arange(BLOCK), np.arange(BLOCK)).ravel()
_READ = (_FREQUENCY >= 3) & (_FREQUENCY <= 5)  # JPEG leaves little of the faster ones


@dataclass(frozen=True)
class Noise:
    """Standard deviations: `sizes[channel, level]` at grey levels `levels`, times `shape[channel, frequency]`."""

    levels: Floats
    sizes: Floats
    shape: Floats

    @property
    def calm(self) -> float:
        """The noise of grey where it is weak, which texture does not pass for."""
        return float(np.quantile(self.sizes[0], 0.34))

    def at(self, channel: int, grey: Floats) -> Floats:
        """Return the deviation of each coefficient (block, frequency) of blocks with these grey levels."""
        size = np.interp(grey, self.levels, self.sizes[channel])[:, None]
        return np.asarray(size * self.shape[channel], np.float32)


def measure(values: Floats) -> Noise:
    """Return the noise of the picture, whose values go from 0 to 255."""
    channels = _opponent(values)
    height, width = (side // BLOCK * BLOCK for side in values.shape[:2])
    coefficients = np.stack([_blocks(channel[:height, :width]) @ _BASIS.T for channel in channels])
    grey = coefficients[0, :, 0] / (BLOCK * np.sqrt(3))
    low = (_FREQUENCY > 0) & (_FREQUENCY <= 2)
    usable = np.flatnonzero((grey > 3) & (grey < 250))
    if usable.size < _FEWEST_BLOCKS:
        return _noiseless()
    # Flat is chosen by slow changes and noise read from fast ones, so that the choice does not bias the reading.
    slow = np.einsum("cbf,cbf->b", coefficients[:, :, low], coefficients[:, :, low])
    edges = np.quantile(grey[usable], np.linspace(0, 1, _LEVELS + 1))
    levels, sizes, chosen = [], [], []
    for floor, ceiling in itertools.pairwise(edges):
        within = usable[(grey[usable] >= floor) & (grey[usable] <= ceiling)]
        count = max(_FEWEST_BLOCKS, int(within.size * _FLAT_SHARE))
        flat = within[np.argsort(slow[within], kind="stable")[:count]]
        levels.append(grey[flat].mean())
        sizes.append(_size(coefficients[:, flat][:, :, _READ]))
        chosen.append(flat)
    return _noise(np.array(levels, np.float32), np.array(sizes, np.float32).T, coefficients, chosen)


def denoise(values: Floats, noise: Noise) -> Floats:
    """Return the picture without the noise."""
    result = np.empty_like(values)
    margin = 2 * BLOCK
    for top in range(0, values.shape[0], _STRIP):
        first, last = max(0, top - margin), min(values.shape[0], top + _STRIP + margin)
        strip = _denoise_strip(values[first:last], noise)
        rows = min(_STRIP, values.shape[0] - top)
        result[top : top + rows] = strip[top - first : top - first + rows]
    return result


def _denoise_strip(values: Floats, noise: Noise) -> Floats:
    height, width = values.shape[:2]
    padded = cv2.copyMakeBorder(values, BLOCK, 2 * BLOCK, BLOCK, 2 * BLOCK, cv2.BORDER_REFLECT_101)
    noisy = _opponent(np.asarray(padded, np.float32))
    pilot = _filter(noisy, None, noise)
    clean = _filter(noisy, pilot, noise)
    merged = np.einsum("chw,ck->hwk", clean, _OPPONENT)
    return np.asarray(merged[BLOCK : BLOCK + height, BLOCK : BLOCK + width], np.float32)


def _filter(noisy: Floats, pilot: Floats | None, noise: Noise) -> Floats:
    total, weight = np.zeros_like(noisy), np.full_like(noisy, 1e-6)
    for down in range(0, BLOCK, _STRIDE):
        for right in range(0, BLOCK, _STRIDE):
            rows, columns = (
                (side - shift) // BLOCK * BLOCK for side, shift in zip(noisy.shape[1:], (down, right), strict=True)
            )
            window = np.s_[down : down + rows, right : right + columns]
            grey: Floats | None = None
            for channel in range(3):
                spectrum = _blocks(noisy[channel][window]) @ _BASIS.T
                guide = spectrum if pilot is None else _blocks(pilot[channel][window]) @ _BASIS.T
                if grey is None:
                    grey = guide[:, 0] / np.float32(BLOCK * np.sqrt(3))
                deviation = noise.at(channel, grey)
                if pilot is None:
                    kept = (np.abs(spectrum) > _THRESHOLD * deviation).astype(np.float32)
                else:
                    power = guide * guide
                    kept = power / (power + deviation * deviation + np.float32(1e-6))
                kept[:, 0] = 1
                sure = 1 / (kept * kept).sum(axis=1, keepdims=True)
                block = ((spectrum * kept) @ _BASIS) * sure
                total[channel][window] += _picture(block, rows, columns)
                weight[channel][window] += _picture(np.broadcast_to(sure, block.shape), rows, columns)
    return total / weight


def _opponent(values: Floats) -> Floats:
    return np.ascontiguousarray(np.einsum("hwk,ck->chw", values, _OPPONENT))


def _blocks(plane: Floats) -> Floats:
    rows, columns = plane.shape[0] // BLOCK, plane.shape[1] // BLOCK
    return plane.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK * BLOCK)


def _picture(blocks: Floats, rows: int, columns: int) -> Floats:
    grid = blocks.reshape(rows // BLOCK, columns // BLOCK, BLOCK, BLOCK)
    return grid.swapaxes(1, 2).reshape(rows, columns)


def _size(coefficients: Floats) -> Floats:
    # The mean within a block, since JPEG sets many coefficients to zero; the median of blocks, since some hold an edge.
    return np.asarray(np.sqrt(np.median(np.mean(coefficients**2, axis=2), axis=1)), np.float32)


def _noise(levels: Floats, sizes: Floats, coefficients: Floats, chosen: list[NDArray[np.intp]]) -> Noise:
    # Texture can pass for noise where a level has nothing flat; noise does not jump between levels.
    calm = np.quantile(sizes, 0.34, axis=1, keepdims=True)
    sizes = np.minimum(sizes, 1.8 * calm)
    calmest = np.concatenate([flat for index, flat in enumerate(chosen) if sizes[0, index] <= calm[0, 0] * 1.05])
    power = coefficients[:, calmest] ** 2
    power = np.minimum(power, 9 * power.mean(axis=1, keepdims=True)).mean(axis=1)
    plateau = power[:, _READ].mean(axis=1, keepdims=True)
    shape = np.sqrt(np.where(_FREQUENCY <= 2, 1.0, np.minimum(power / np.maximum(plateau, 1e-6), 2)))
    order = np.argsort(levels, kind="stable")
    return Noise(levels[order].astype(np.float32), sizes[:, order].astype(np.float32), shape.astype(np.float32))


def _noiseless() -> Noise:
    return Noise(np.array([0, 255], np.float32), np.zeros((3, 2), np.float32), np.ones((3, BLOCK * BLOCK), np.float32))
