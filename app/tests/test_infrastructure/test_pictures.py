"""Reading pictures: any bytes end in a picture or in a refusal, and what is kept stays as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.exceptions import InvalidInputError, UnsupportedMediaTypeError
from app.infrastructure.pictures import make_variants, read
from app.tests.photos import WITH_GPS, decoded, photo, picture, pixels

KINDS = {
    "jpeg": picture(40, 30),
    "progressive": picture(40, 30, interlace=True),
    "png": picture(40, 30, ".png", interlace=True),
    "webp": picture(40, 30, ".webp"),
    "lossless": picture(40, 30, ".webp", lossless=True, bands=4),
    "photo": photo()[:30_000],
}


@settings(max_examples=400)
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)))
def test_damaged_files_are_read_or_refused(data: st.DataObject, kind: str) -> None:
    broken = bytearray(KINDS[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(broken)))
        match data.draw(st.sampled_from(["change", "cut", "insert", "drop"])):
            case "change":
                broken[at : at + 1] = data.draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del broken[at:]
            case "insert":
                broken[at:at] = data.draw(st.binary(max_size=20))
            case "drop":
                del broken[at : at + data.draw(st.integers(1, 200))]
    try:
        kept = read(bytes(broken))
    except (InvalidInputError, UnsupportedMediaTypeError):
        return
    assert read(kept.data) == kept
    make_variants(kept.data)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"photo"}))
def test_what_is_kept_is_read_as_itself(kind: str) -> None:
    kept = read(KINDS[kind])
    assert pixels(kept.data) == pixels(KINDS[kind])
    assert read(kept.data) == kept


@pytest.mark.parametrize("ending", [".png", ".webp"])
def test_metadata_of_other_formats_is_taken_out(ending: str) -> None:
    tagged = decoded(photo(WITH_GPS[0].name)).write_to_buffer(ending, keep="all")
    assert any("GPS" in name for name in decoded(tagged).get_fields())
    kept = read(tagged)
    assert not any(name.startswith(("exif", "xmp", "iptc")) for name in decoded(kept.data).get_fields())
    assert pixels(kept.data) == pixels(tagged)


def test_colours_stay_what_they_are() -> None:
    wide = decoded(picture(40, 30)).icc_transform("p3", input_profile="srgb").write_to_buffer(".jpg", keep="icc")
    kept = decoded(read(wide).data)
    assert kept.get("icc-profile-data") == decoded(wide).get("icc-profile-data")
    shown = decoded(make_variants(wide).variants[-1].data)
    assert shown.get_typeof("icc-profile-data") == 0
    original = decoded(wide).icc_transform("srgb", embedded=True)
    assert abs(shown.avg() - original.avg()) < 1
