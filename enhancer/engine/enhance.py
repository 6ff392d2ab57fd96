"""The steps in their order, each taken only when the picture shows the need for it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from enhancer.engine import denoise, exposure, sharpen, verticals, white_balance
from enhancer.engine.light import Bytes, to_bytes, to_light, to_values

# Of 255, summed over the channels. Fine texture passes for noise up to the first; light that is added brings noise out.
_VISIBLE_NOISE, _VISIBLE_NOISE_LIFTED = 8.0, 5.0


class Operation(StrEnum):
    """What may be asked for, by the names of the wire."""

    EXPOSURE = "exposure"
    WHITE_BALANCE = "white_balance"
    DENOISE = "denoise"
    VERTICALS = "verticals"
    SHARPEN = "sharpen"


@dataclass(frozen=True)
class Enhanced:
    """The picture (the very same one when nothing was needed), what was done with its size, and where pixels went."""

    picture: Bytes
    done: dict[Operation, dict[str, Any]]
    homography: verticals.Matrix


def enhance(picture: Bytes, operations: AbstractSet[Operation] = frozenset(Operation)) -> Enhanced:
    """Return the enhanced picture, whose pixels are rows of blue, green, red. The same input gives the same output."""
    done: dict[Operation, dict[str, Any]] = {}
    values = picture.astype(np.float32)
    light = to_light(values)
    cast = white_balance.cast(light) if Operation.WHITE_BALANCE in operations else np.ones(3, np.float32)
    balanced = light / cast
    gain = exposure.gain(balanced) if Operation.EXPOSURE in operations else 1.0

    noise = denoise.measure(values)
    shown = noise.calm * gain ** (1 / 2.2)
    if Operation.DENOISE in operations and shown > (_VISIBLE_NOISE_LIFTED if gain > 1 else _VISIBLE_NOISE):
        values = denoise.denoise(values, noise)
        balanced = to_light(values) / cast
        done[Operation.DENOISE] = {"noise": round(shown, 2)}
    if (cast != 1).any():
        done[Operation.WHITE_BALANCE] = {"cast": [round(float(part), 3) for part in cast]}
    if gain > 1:
        done[Operation.EXPOSURE] = {"stops": round(float(np.log2(gain)), 2)}
    lift = exposure.lift(balanced * np.float32(gain)) if Operation.EXPOSURE in operations else None
    if lift is not None:
        done.setdefault(Operation.EXPOSURE, {})["shadows"] = round(float(np.log2(lift.max())), 2)
        balanced = balanced * lift
    if Operation.WHITE_BALANCE in done or Operation.EXPOSURE in done:
        values = to_values(balanced * np.float32(gain))

    if Operation.SHARPEN in operations:
        softness = sharpen.blur(values)
        if sharpen.needs_sharpening(softness):
            values = sharpen.sharpen(values, softness, shown if gain > 1 else 0)
            done[Operation.SHARPEN] = {"blur": round(softness, 2)}

    homography = np.eye(3)
    if Operation.VERTICALS in operations:
        turn = verticals.lean(to_bytes(values))
        if turn is not None and turn.needed:
            frame = verticals.upright(picture.shape[1], picture.shape[0], turn)
            values = verticals.straighten(values, frame)
            homography = frame.homography
            done[Operation.VERTICALS] = {
                "roll": round(turn.roll, 2),
                "pitch": round(turn.pitch, 2),
                "kept_area": round(frame.kept_area, 3),
            }
    return Enhanced(to_bytes(values) if done else picture, done, homography)
