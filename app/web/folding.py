"""Calls whose outcome is known when a template is compiled: texts, icons and addresses of files."""

from collections.abc import Iterable, Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

FOLDED = frozenset({"t", "icon", "asset"})
CONSTANTS = frozenset({"string", "integer"})


class Folding(Extension):
    """Writes `icon("heart", 22)` as `("heart" | icon(22))`: Jinja applies a filter to a constant once, as it compiles.

    Environments must have each of FOLDED as a filter as well, and one that always says the same.
    """

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        return _folded(list(stream))


def _folded(tokens: list[Token]) -> Iterator[Token]:
    place = 0
    while place < len(tokens):
        end = _end_of_call(tokens, place)
        if end is None:
            yield tokens[place]
            place += 1
            continue
        name, opening, constant, *others = tokens[place:end]
        yield from (opening, constant, Token(name.lineno, "pipe", "|"), name)
        if len(others) > 1:  # a comma and what follows it, besides the closing bracket
            yield from (opening, *others[1:])
        yield others[-1]
        place = end


def _end_of_call(tokens: list[Token], place: int) -> int | None:
    """Where the call that begins here ends; None where there is none that can be folded."""
    if tokens[place].type != "name" or tokens[place].value not in FOLDED or tokens[place - 1].type in {"dot", "pipe"}:
        return None
    if place + 1 >= len(tokens) or tokens[place + 1].type != "lparen":
        return None
    end = place + 2
    while end < len(tokens) and tokens[end].type in CONSTANTS:
        end += 1
        if tokens[end].type == "comma":
            end += 1
    is_call = end > place + 2 and end < len(tokens) and tokens[end].type == "rparen"
    return end + 1 if is_call else None
