"""Each honest change of a small picture passes, each forgery does not; docs/fidelity.md has the figures on many."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import app
from app.config.settings import FidelityThresholds
from app.infrastructure.fidelity import Fidelity, compare

PHOTOS = Path(app.__file__).parent / "data/photos"
Picture = Any  # height x width x blue, green, red, uint8


def photo(name: str) -> Picture:
    picture: Picture = cv2.imread(str(PHOTOS / f"exterior_{name}.jpg"))
    scale = 400 / max(picture.shape)
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def encoded(picture: Picture, kind: str = ".jpg") -> bytes:
    return cv2.imencode(kind, picture)[1].tobytes()


def judged(original: Picture, result: Picture) -> Fidelity:
    return compare(encoded(original), encoded(result))


STREET, FACADE, ROOF = map(photo, ("lund_22", "windows_bw_cc0", "angular_roof_portrait_cc0"))


def curve(picture: Picture, power: float) -> Picture:
    return cv2.LUT(picture, np.rint(255 * (np.arange(256) / 255) ** power).astype(np.uint8))


def clahe(picture: Picture) -> Picture:
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (6, 6)).apply(lab[..., 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)


def sharper(picture: Picture) -> Picture:
    return cv2.addWeighted(picture, 2, cv2.GaussianBlur(picture, (0, 0), 1.5), -1, 0)


def warmer(picture: Picture) -> Picture:
    return np.clip(picture * np.array([0.88, 1, 1.12]), 0, 255).astype(np.uint8)


def noisy(picture: Picture) -> Picture:
    return np.clip(picture + np.random.default_rng(1).normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


def turned(picture: Picture, degrees: float) -> Picture:
    """As straightening does it: enlarged until no corner is empty."""
    height, width = picture.shape[:2]
    enlarged = 1 + 0.026 * abs(degrees)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, enlarged)
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC)


def keystone(picture: Picture, share: float) -> Picture:
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inner = corners + np.array([[1, 0], [-1, 0], [0, 0], [0, 0]], np.float32) * width * share
    return cv2.warpPerspective(picture, cv2.getPerspectiveTransform(inner, corners), (width, height))


HONEST: dict[str, Callable[[Picture], Picture]] = {
    "brighter and warmer": lambda picture: warmer(curve(picture, 0.7)),
    "bright until white": lambda picture: cv2.convertScaleAbs(picture, alpha=1.3),
    "softer": lambda picture: cv2.bilateralFilter(picture, 7, 25, 3),
    "local contrast": clahe,
    "uprighted and cut a little": lambda picture: keystone(picture, 0.06)[8:-5, 12:-9],
    "all at once": lambda picture: sharper(turned(warmer(curve(picture, 0.8)), -4)),
}


def pasted(picture: Picture, source: tuple[float, ...], to: tuple[float, float]) -> Picture:
    """A box (left, top, right, bottom in shares of the sides) of the picture copied to another place."""
    height, width = picture.shape[:2]
    left, right = (round(share * width) for share in source[::2])
    top, bottom = (round(share * height) for share in source[1::2])
    x, y = round(to[0] * width), round(to[1] * height)
    result = picture.copy()
    result[y : y + bottom - top, x : x + right - left] = picture[top:bottom, left:right]
    return result


def without(picture: Picture, box: tuple[float, ...]) -> Picture:
    height, width = picture.shape[:2]
    left, right = (round(share * width) for share in box[::2])
    top, bottom = (round(share * height) for share in box[1::2])
    hole = np.zeros((height, width), np.uint8)
    hole[top:bottom, left:right] = 255
    return cv2.inpaint(picture, hole, 3, cv2.INPAINT_TELEA)


def with_sky(picture: Picture) -> Picture:
    """Everything blue above the street becomes a grey gradient."""
    blue, _, red = cv2.split(picture.astype(np.int16))
    sky = (blue > red + 12) & (blue > 95)
    sky[picture.shape[0] // 2 :] = False
    grey = np.linspace(150, 225, picture.shape[0])[:, None, None] * np.ones(3)
    return np.where(sky[..., None], grey, picture).astype(np.uint8)


def blue_for_haze(picture: Picture) -> Picture:
    """An even, pale sky becomes a blue one that pales downwards, and everything is tinted."""
    pale = (picture.min(axis=2) > 165).astype(np.float32)
    pale[int(picture.shape[0] * 0.6) :] = 0
    sky = cv2.GaussianBlur(pale, (0, 0), 1)[..., None]
    blue = np.linspace((210, 140, 80), (245, 225, 200), picture.shape[0])[:, None]
    return warmer(np.rint(picture * (1 - sky) + blue * sky).astype(np.uint8))


def shadow(picture: Picture, box: tuple[float, ...], share: float) -> Picture:
    """A window painted over so thinly that what was there shines through."""
    height, width = picture.shape[:2]
    left, right = (round(side * width) for side in box[::2])
    top, bottom = (round(side * height) for side in box[1::2])
    result = picture.copy()
    part = result[top:bottom, left:right]
    result[top:bottom, left:right] = cv2.addWeighted(part, 1 - share, np.full_like(part, 20), share, 0)
    return result


def with_tree(picture: Picture) -> Picture:
    result = picture.copy()
    rng = np.random.default_rng(2)
    for x, y in rng.normal(0, 14, (150, 2)):
        centre = (int(picture.shape[1] * 0.8 + x), int(picture.shape[0] * 0.45 + y))
        cv2.circle(result, centre, 3, (40, int(rng.integers(60, 140)), 50), -1)
    return result


def continued(picture: Picture) -> Picture:
    return cv2.copyMakeBorder(picture, 40, 0, 40, 0, cv2.BORDER_REFLECT)


def storey(picture: Picture) -> Picture:
    """What stands above the middle pushed up by an eighth, the band below it shown twice."""
    height = picture.shape[0]
    band = height // 8
    return np.vstack([picture[band : height // 2 + band], picture[height // 2 :]])


MIDDLE_RIGHT = "changed near the middle right"
FORGED: dict[str, tuple[Picture, Callable[[Picture], Picture], str]] = {
    "window removed": (STREET, lambda picture: without(picture, (0.78, 0.28, 0.85, 0.49)), MIDDLE_RIGHT),
    "window removed from a row": (FACADE, lambda picture: without(picture, (0.27, 0.28, 0.37, 0.69)), "changed"),
    "window added": (STREET, lambda picture: pasted(picture, (0.79, 0.3, 0.84, 0.47), (0.845, 0.42)), MIDDLE_RIGHT),
    "storey added": (FACADE, storey, "changed"),
    "another building": (STREET, lambda _: photo("lund_01"), "do not show the same"),
    "mirrored": (STREET, lambda picture: picture[:, ::-1].copy(), "the picture was mirrored"),
    "on its side": (STREET, lambda picture: cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE), "turned too far"),
    "another sky": (STREET, with_sky, "changed near the upper"),
    "a shadow of a window": (STREET, lambda picture: shadow(picture, (0.845, 0.42, 0.895, 0.59), 0.12), "changed near"),
    "heavily cut": (STREET, lambda picture: picture[:200, 133:].copy(), "cut away"),
    "stretched": (STREET, lambda picture: cv2.resize(picture, None, fx=1, fy=1.3), "stretched"),
    "tree": (STREET, with_tree, MIDDLE_RIGHT),
    "text": (STREET, lambda picture: cv2.putText(picture.copy(), "SOLD", (150, 180), 0, 0.8, (255,) * 3, 3), "changed"),
    "continued": (STREET, continued, "beyond its edges"),
}  # fmt: skip


def test_the_same_picture_passes() -> None:
    verdict = judged(FACADE, FACADE)
    assert (verdict.passed, verdict.reason) == (True, None)
    assert verdict.scores["coverage"] == pytest.approx(1, abs=0.01)
    assert verdict.scores["structure"] < 0.05


@pytest.mark.parametrize("change", HONEST)
def test_honest_changes_pass(change: str) -> None:
    verdict = judged(STREET, HONEST[change](STREET))
    assert verdict.passed, verdict


def test_honest_changes_of_a_dark_noisy_picture_pass() -> None:
    dark = noisy(curve(STREET, 2.2) // 2)
    verdict = judged(dark, clahe(turned(cv2.convertScaleAbs(dark, alpha=2), 6)))
    assert verdict.passed, verdict


@pytest.mark.parametrize("forgery", FORGED)
def test_forgeries_do_not_pass(forgery: str) -> None:
    original, forge, reason = FORGED[forgery]
    verdict = judged(original, forge(original))
    assert not verdict.passed
    assert reason in (verdict.reason or "")


def test_an_enhanced_forgery_does_not_pass() -> None:
    original, forge, _ = FORGED["window added"]
    assert not judged(original, HONEST["all at once"](forge(original))).passed


def test_blue_for_an_even_sky_is_seen_by_its_colours_alone() -> None:
    blind = FidelityThresholds(max_structure_change=1, max_standout=100)
    verdict = compare(encoded(ROOF), encoded(blue_for_haze(ROOF)), blind)
    assert "the colours changed near" in (verdict.reason or "")
    assert verdict.scores["unevenness"] > 9
    honest = compare(encoded(ROOF), encoded(HONEST["all at once"](ROOF)))
    assert honest.passed, honest
    assert honest.scores["unevenness"] < 5


def test_the_format_and_the_size_of_the_result_do_not_matter() -> None:
    larger = cv2.resize(STREET, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_CUBIC)
    assert compare(encoded(STREET, ".webp"), encoded(larger, ".png")).passed


@pytest.mark.parametrize(
    "broken", [b"", b"not a picture", encoded(STREET)[:200], b"\xff\xd8\xff\xe0" + bytes(500)], ids=range(4)
)
def test_bytes_that_are_no_picture_are_said_to_be_none(broken: bytes) -> None:
    assert compare(encoded(STREET), broken).reason == "the result is not a picture of at least 64 x 64 pixels"
    assert compare(broken, encoded(STREET)).reason == "the original is not a picture of at least 64 x 64 pixels"


def test_a_tiny_picture_is_none_that_can_be_compared() -> None:
    tiny = cv2.resize(STREET, (80, 60))
    assert judged(STREET, tiny).reason == "the result is not a picture of at least 64 x 64 pixels"
    assert judged(tiny, STREET).reason == "the original is not a picture of at least 64 x 64 pixels"


def test_a_flat_picture_cannot_be_compared() -> None:
    grey = np.full((300, 400, 3), 128, np.uint8)
    assert judged(grey, grey).reason == "there is too little to see in the original to compare it"
    assert judged(STREET, grey).reason == "the two pictures do not show the same thing"


def test_the_verdict_is_the_same_each_time() -> None:
    result = HONEST["all at once"](noisy(STREET))
    assert judged(STREET, result) == judged(STREET, result)


def test_thresholds_decide() -> None:
    original, result = encoded(STREET), encoded(turned(STREET, 6))
    strict = compare(original, result, FidelityThresholds(max_rotation_degrees=3))
    assert strict.reason == "the picture was turned too far"
    assert strict.scores["rotation"] == pytest.approx(6, abs=0.2)
