"""Phone numbers as people in India type them, stored as E.164."""

import re

import phonenumbers
from phonenumbers import PhoneNumberType

EXAMPLE = "98765 43210"
# Not toll-free, telemarketing and the like: nobody who asks about a home is called back on them.
PERSONAL = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
# "091…": the country's code behind a trunk zero, where "0091…" or "+91…" was meant.
_ZERO_NINETY_ONE = re.compile(r"^\D*0\D*9\D*1(?=(?:\D*\d){10}\D*$)")


class PhoneRuleError(ValueError):
    """The text says what is wrong and shows a number that would do."""


def normalise_phone(typed: str, *, foreign: bool = False) -> str:
    """ "98765 43210", "0120-245 0000", "+91 98765-43210" → "+919876543210"; of other countries only with `foreign`.

    Raises PhoneRuleError.
    """
    if any(character.isalpha() for character in typed):  # they would be read as the keys they stand on
        raise PhoneRuleError(f"must not contain letters; for example {EXAMPLE}")
    try:
        number = phonenumbers.parse(_ZERO_NINETY_ONE.sub("+91 ", typed, count=1), "IN")
    except phonenumbers.NumberParseException:
        raise PhoneRuleError(f"is not a phone number; for example {EXAMPLE}") from None
    indian = number.country_code == phonenumbers.country_code_for_region("IN")
    if not indian and not foreign:
        raise PhoneRuleError(f"must be an Indian number; for example {EXAMPLE}")
    if number.extension or not phonenumbers.is_valid_number(number):
        raise PhoneRuleError(f"is not a number in use{' in India' if indian else ''}; for example {EXAMPLE}")
    if phonenumbers.number_type(number) not in PERSONAL:
        raise PhoneRuleError(f"must be a mobile or landline number; for example {EXAMPLE}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def spoken_phone(phone: str) -> str:
    """ "+919876543210" → "+91 98765 43210", unbroken at the end of a line."""
    parsed = phonenumbers.parse(phone)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace(" ", "\u00a0")


def mask_phone(phone: str) -> str:
    """ "+919876543210" → "+91•••••••210": enough to tell leads apart, not to call them."""
    return f"{phone[:3]}{'•' * (len(phone) - 6)}{phone[-3:]}"
