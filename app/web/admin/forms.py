"""Forms of the admin pages: what was typed, checked by the models of the API, and what is wrong with it by field."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, ValidationError

from app.api.errors import rule_of
from app.core.exceptions import InvalidInputError
from app.services.plain_words.prices import read_amount

M = TypeVar("M", bound=BaseModel)
# Pydantic's words for these would speak of input, not of what to type.
WORDS = {
    "missing": "is required",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "decimal_parsing": "must be a number",
    "date_from_datetime_parsing": "must be a day, such as 2026-11-26",
    "enum": "must be one of the choices",
}
GROUPING = str.maketrans("", "", ", ₹")


class FormRefusedError(Exception):
    """Rules that a form breaks, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems


def checked(model: type[M], values: Mapping[str, Any]) -> M:
    """The form as that model. Raises FormRefusedError."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as refused:
        problems: dict[str, str] = {}
        for problem in refused.errors(include_url=False):
            field = str(problem["loc"][0]) if problem["loc"] else "body"
            problems.setdefault(field, rule_in_words(problem))
        raise FormRefusedError(problems) from None


def rule_in_words(problem: Mapping[str, Any]) -> str:
    """`problem` is one of pydantic's."""
    return WORDS.get(problem["type"]) or rule_of(problem).replace("Input should be", "must be")


def problems_of(refused: FormRefusedError | InvalidInputError) -> dict[str, str]:
    """What to write beside which field."""
    if isinstance(refused, FormRefusedError):
        return refused.problems
    return {str(problem["loc"][-1]): str(problem["msg"]) for problem in refused.extra["errors"]}


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left empty."""
    return {name: value for name, value in values.items() if value not in {"", None}}


def ids_of(values: Sequence[Any], what: str) -> list[UUID]:
    """Each once, in order. Raises InvalidInputError."""
    try:
        return sorted({UUID(str(value)) for value in values})
    except ValueError:
        raise InvalidInputError("id", f"is not the id of a {what}") from None


def figure(typed: str) -> int | float | str:
    """ "85,00,000" → 8500000; what is no number stays as it was typed, to be refused by name."""
    plain = typed.translate(GROUPING)
    for kind in (int, float):
        try:
            return kind(plain)
        except ValueError:
            continue
    return typed


def rupees(typed: str) -> int | float | str:
    """As `figure`, also "85 lakh" and "1 crore 20 lakh"."""
    number = figure(typed)
    return (read_amount(number) or number) if isinstance(number, str) else number


def address(path: str, values: Mapping[str, Any], **changes: Any) -> str:
    """The path with these filters, `changes` in their place."""
    query = filled({**values, **changes})
    return f"{path}?{urlencode(query)}" if query else path
