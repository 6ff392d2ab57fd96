import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.phones import PhoneRuleError, normalise_phone

separators = st.sampled_from(["", " ", "-", "  ", "."])
mobiles = st.from_regex(r"[6-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("98765 43210", "+919876543210"),
        ("+91 98765-43210", "+919876543210"),
        ("0091 9876543210", "+919876543210"),
        ("09876543210", "+919876543210"),
        ("(0120) 245 0000", "+911202450000"),
        ("0120-2450000", "+911202450000"),
        ("+91 (0)120 245-0000", "+911202450000"),
        ("011 2345 6789", "+911123456789"),
        ("0919876543210", "+919876543210"),
        ("091-120-2450000", "+911202450000"),
        ("0 91234 56789", "+919123456789"),
        ("+91(0)98765 43210", "+919876543210"),
        ("98 76 54 32 10", "+919876543210"),
        ("\u202a+91\u00a098765\u201343210\u202c", "+919876543210"),
        ("९८७६५ ४३२१०", "+919876543210"),
    ],
)
def test_indian_numbers_in_the_shapes_people_type(typed: str, stored: str) -> None:
    assert normalise_phone(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345",
        "+1 650 253 0000",
        "98765 4321",
        "98765 432101",
        "5555555555",
        "call me",
        "9876543210 ext. 5",
        "++91",
        "1800 11 4000",
        "140 123 4567",
        "98765 43210 / 98111 22233",
        "98765 43210; 98111 22233",
        "+91 +91 98765 43210",
        "112",
        "00000 00000",
    ],
)
def test_others_are_refused_with_an_example(typed: str) -> None:
    with pytest.raises(PhoneRuleError, match="98765 43210"):
        normalise_phone(typed)


@given(mobiles, separators, st.sampled_from(["", "0", "+91", "+91 ", "91"]))
def test_spelling_does_not_matter(mobile: str, separator: str, prefix: str) -> None:
    try:
        plain = normalise_phone(mobile)
    except PhoneRuleError:  # a range that was never given out
        with pytest.raises(PhoneRuleError):
            normalise_phone(f"+91{mobile}")
        return
    assert normalise_phone(f"{prefix}{mobile[:5]}{separator}{mobile[5:]}") == plain == f"+91{mobile}"


@given(st.text(max_size=40))
def test_any_text_is_stored_as_e164_or_refused(typed: str) -> None:
    try:
        stored = normalise_phone(typed)
    except PhoneRuleError:
        return
    assert re.fullmatch(r"\+91\d{8,12}", stored)
    assert normalise_phone(stored) == stored
