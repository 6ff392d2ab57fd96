"""What every wire type shares."""

import re
import unicodedata
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.core.vocabulary import PropertyType

MAX_RUPEES = 100_000_000_000
MAX_BHK = 20
WITHOUT_BHK = {PropertyType.PLOT: "plots", PropertyType.COMMERCIAL: "commercial units"}
Rupees = Annotated[StrictInt, Field(ge=0, le=MAX_RUPEES, description="Whole rupees")]


def _one_line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


# Control characters, which terminals obey, and those that turn the direction of the text after them.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _shown(value: str) -> str:
    if found := _UNSHOWN.search(value):
        msg = f"must not contain the control character U+{ord(found[0]):04X}"
        raise ValueError(msg)
    return value


Paragraphs = Annotated[str, AfterValidator(_shown)]
Line = Annotated[str, BeforeValidator(_one_line), AfterValidator(_shown)]
"""Text of one line: white space is collapsed."""


def _seen(name: str) -> str:
    if not any(character.isalnum() for character in name):
        raise ValueError("must have a letter or digit")
    return name


FullName = Annotated[Line, StringConstraints(min_length=1, max_length=120), AfterValidator(_seen)]


def _email(value: str) -> str:
    try:
        address = validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"is not an e-mail address: {error}") from None
    for part in re.split("[@.]", address):
        # A Cyrillic letter among Latin ones looks like another address.
        alphabets = {unicodedata.name(letter).partition(" ")[0].capitalize() for letter in part if letter.isalpha()}
        if len(alphabets) > 1:
            msg = f"mixes letters of {' and '.join(sorted(alphabets))} in {part!r}"
            raise ValueError(msg)
    return address


Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_email)]
"""One that is well formed; nobody asks whether it exists."""


def refused(*problems: tuple[str, str]) -> ValidationError:
    """Return the error for rules over several fields, each (the field to change, the rule), to raise in a validator."""
    errors = [
        InitErrorDetails(type=PydanticCustomError("value_error", "{rule}", {"rule": rule}), loc=(field,), input=None)
        for field, rule in problems
    ]
    return ValidationError.from_exception_data("rules", errors)


class RequestModel(BaseModel):
    """A request body: unknown fields are refused, never ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_nul(cls, value: Any) -> Any:
        # JSON can carry the character, PostgreSQL's text cannot.
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            msg = "must not contain a NUL character"
            raise ValueError(msg)
        return value
