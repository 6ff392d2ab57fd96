"""Phone numbers as people in India type them, stored as E.164."""

import phonenumbers

EXAMPLE = "98765 43210"


class PhoneRuleError(ValueError):
    """The text says what is wrong and shows a number that would do."""


def normalise_phone(typed: str) -> str:
    """ "98765 43210", "0120-245 0000", "+91 98765-43210" → "+919876543210"; Indian numbers only.

    Raises PhoneRuleError.
    """
    try:
        number = phonenumbers.parse(typed, "IN")
    except phonenumbers.NumberParseException:
        raise PhoneRuleError(f"is not a phone number; for example {EXAMPLE}") from None
    if number.country_code != phonenumbers.country_code_for_region("IN"):
        raise PhoneRuleError(f"must be an Indian number; for example {EXAMPLE}")
    if number.extension or not phonenumbers.is_valid_number(number):
        raise PhoneRuleError(f"is not a number in use in India; for example {EXAMPLE}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
