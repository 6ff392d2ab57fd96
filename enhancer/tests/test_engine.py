"""The engine on real photos: what is good stays, what is wrong is put right, and nothing else changes."""

import cv2
import numpy as np
import pytest

from enhancer.engine import sharpen, verticals
from enhancer.engine.enhance import Operation, enhance
from enhancer.engine.light import Bytes, to_bytes, to_light, to_values
from enhancer.tests.conftest import read_photo

GOOD = ("lund_01", "lund_04", "lund_09", "modern_roofline_cc0", "windows_bw_cc0")


def with_light(image: Bytes, factors: float | tuple[float, float, float]) -> Bytes:
    """Blue, green and red light multiplied."""
    return to_bytes(to_values(to_light(image.astype(np.float32)) * np.array(factors, np.float32)))


def turned(image: Bytes, degrees: float) -> Bytes:
    """The picture of a camera that leant, cut to its inner part."""
    height, width = image.shape[:2]
    around = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    whole = cv2.warpAffine(image, around, (width, height), flags=cv2.INTER_LANCZOS4)
    return np.asarray(whole[height // 8 : -height // 8, width // 8 : -width // 8], np.uint8)


def psnr(image: Bytes, reference: Bytes) -> float:
    return float(cv2.PSNR(image, reference))


@pytest.mark.parametrize("name", GOOD)
def test_a_good_photo_is_left_as_it_is(name: str) -> None:
    photo = read_photo(name)
    result = enhance(photo)
    assert result.done == {}
    assert result.picture is photo


def test_the_same_photo_gives_the_same_result() -> None:
    photo = turned(with_light(read_photo("lund_10"), 0.3), 4)
    first, second = enhance(photo), enhance(photo)
    assert np.array_equal(first.picture, second.picture)
    assert first.done == second.done


@pytest.mark.parametrize("stops", [-1.5, -2.5])
def test_a_dark_photo_gets_its_light_back(stops: float) -> None:
    original = read_photo("lund_04")
    dark = with_light(original, 2**stops)
    result = enhance(dark, {Operation.EXPOSURE})
    assert result.done[Operation.EXPOSURE]["stops"] == pytest.approx(-stops, abs=0.3)
    assert psnr(result.picture, original) > psnr(dark, original) + 10


def test_a_dark_facade_under_a_bright_sky_is_lifted_and_the_sky_kept() -> None:
    original = read_photo("lund_01")
    bright = cv2.GaussianBlur(original.max(axis=2).astype(np.float32) / 255, (0, 0), 4)
    factors = np.exp2(-2.5 * np.clip((0.9 - bright) / 0.2, 0, 1))[..., None]
    backlit = to_bytes(to_values(to_light(original.astype(np.float32)) * factors))
    result = enhance(backlit, {Operation.EXPOSURE}).picture
    highlights, shadows = backlit.max(axis=2) > 235, backlit.max(axis=2) < 60
    assert np.abs(result[highlights].astype(int) - backlit[highlights]).mean() < 3
    assert result[shadows].mean() > 1.5 * backlit[shadows].mean()
    assert psnr(result, original) > psnr(backlit, original) + 5


def test_highlights_are_not_cut_off() -> None:
    dark = with_light(read_photo("lund_27"), 2**-1.5)
    before, after = dark.max(axis=2), enhance(dark, {Operation.EXPOSURE}).picture.max(axis=2)
    assert (after == 255).mean() < 0.03 + (before >= before.max() - 2).mean()


@pytest.mark.parametrize("light", [(0.65, 1.0, 1.35), (1.35, 1.0, 0.72)], ids=["amber", "blue"])
def test_a_cast_is_taken_out(light: tuple[float, float, float]) -> None:
    original = read_photo("lund_09")
    tinted = with_light(original, tuple(0.7 * part for part in light))  # type: ignore[arg-type] # still three
    result = enhance(tinted, {Operation.WHITE_BALANCE, Operation.EXPOSURE}).picture

    def ratio(image: Bytes) -> float:
        return float(image[..., 2].mean() / image[..., 0].mean())

    assert abs(ratio(result) - ratio(original)) < 0.3 * abs(ratio(tinted) - ratio(original))


@pytest.mark.parametrize("degrees", [-6, -3, 3, 6])
def test_a_leaning_photo_is_put_upright(degrees: float) -> None:
    leaning = turned(read_photo("windows_bw_cc0", 1200), degrees)
    result = enhance(leaning, {Operation.VERTICALS})
    after = verticals.lean(result.picture)
    assert after is not None
    assert abs(after.roll) < 0.5
    assert result.done[Operation.VERTICALS]["kept_area"] >= 0.7


def test_noise_is_taken_out_and_edges_stay() -> None:
    original = read_photo("modern_roofline_cc0")
    noise = np.random.default_rng(1).normal(0, 9, original.shape)
    noisy = to_bytes(original.astype(np.float32) + noise.astype(np.float32))
    result = enhance(noisy, {Operation.DENOISE})
    assert Operation.DENOISE in result.done
    assert psnr(result.picture, original) > psnr(noisy, original) + 3


def test_a_soft_photo_is_sharpened_toward_the_sharp_one() -> None:
    original = read_photo("lund_16", 1024)
    soft = np.asarray(cv2.GaussianBlur(original, (0, 0), 1.3), np.uint8)
    result = enhance(soft, {Operation.SHARPEN})
    assert Operation.SHARPEN in result.done
    assert psnr(result.picture, original) > psnr(soft, original) + 0.5
    assert sharpen.blur(result.picture.astype(np.float32)) < sharpen.blur(soft.astype(np.float32))


@pytest.mark.parametrize("asked", list(Operation))
def test_only_what_was_asked_for_is_done(asked: Operation) -> None:
    wrong_in_every_way = turned(with_light(read_photo("lund_10"), (0.15, 0.22, 0.3)), 5)
    assert set(enhance(wrong_in_every_way, {asked}).done) <= {asked}


@pytest.mark.parametrize("size", [(32, 32), (33, 470), (700, 41)])
@pytest.mark.parametrize("value", [0, 17, 255, None], ids=["black", "dark", "white", "noise"])
def test_odd_pictures_come_out_as_they_went_in_or_better(size: tuple[int, int], value: int | None) -> None:
    random = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    picture = random if value is None else np.full((*size, 3), value, np.uint8)
    result = enhance(picture)
    assert result.picture.dtype == np.uint8
    assert min(result.picture.shape[:2]) >= 0.8 * min(size)


def test_black_and_white_stay_without_colour() -> None:
    dark = with_light(read_photo("windows_bw_cc0"), 0.25)
    grey = cv2.cvtColor(cv2.cvtColor(dark, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    result = enhance(np.asarray(grey, np.uint8)).picture.astype(int)
    assert np.ptp(result, axis=2).max() <= 2
