"""A query cut into words, and what has been read out of it so far: every word is taken by exactly one phrase."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from app.schemas.search import AnswerName
from app.services.imports.parsers import DIGITS
from app.services.plain_words.lexicon import INSIDE_NAMES, SAME_WORD, fold

# Devanagari's vowel signs are no letters to `re`, but parts of words.
TOKEN = re.compile(
    rf"(?P<number>{DIGITS}|(?<![\w.])\.\d{{1,15}})(?!\d)|(?P<word>(?:[^\W\d_]|[\u0900-\u0963\u0971-\u097f])+|\d+)"
    r"|(?P<symbol>[₹<>~+/&,\u2013\u2014-])"
)
DASHES = str.maketrans("\u2013\u2014", "--")
TAKEN = "|"
LOOK_AHEAD = 4  # tokens


class Token(NamedTuple):
    """`word`: as the grammar compares it; `name`: as places do. [start, end) is where it stands in the query."""

    word: str
    name: str
    kind: str
    start: int
    end: int


class Phrase(NamedTuple):
    """The tokens [start, end)."""

    start: int
    end: int


class Said(NamedTuple):
    answer: AnswerName
    value: Any
    phrase: Phrase
    assumed: bool = False


class Aside(NamedTuple):
    """Words that are no answer: the code of why, and the figures of its sentence."""

    phrase: Phrase
    code: str
    figures: dict[str, Any]


class Reading:
    def __init__(self, q: str) -> None:
        self.q = q
        self.tokens = [_token(found) for found in TOKEN.finditer(q)]
        self.said: list[Said] = []
        self.unused: list[Aside] = []
        self._free = [True] * len(self.tokens)

    def quote(self, phrase: Phrase) -> str:
        return self.q[self.tokens[phrase.start].start : self.tokens[phrase.end - 1].end]

    def words(self, phrase: Phrase) -> list[str]:
        return [token.word for token in self.tokens[phrase.start : phrase.end] if token.kind != "symbol"]

    def name(self, phrase: Phrase) -> str:
        """The phrase as the name of a place."""
        tokens = self.tokens[phrase.start : phrase.end]
        return " ".join(token.name for token in tokens if token.kind != "symbol" and token.word not in INSIDE_NAMES)

    def say(self, answer: AnswerName, value: Any, phrase: Phrase, *, assumed: bool = False) -> None:
        self.said.append(Said(answer, value, phrase, assumed))
        self._take(phrase)

    def set_aside(self, phrase: Phrase, code: str, **figures: Any) -> None:
        self.unused.append(Aside(phrase, code, figures))
        self._take(phrase)

    def find(self, pattern: re.Pattern[str]) -> Iterator[tuple[re.Match[str], Phrase]]:
        """Matches in the words not taken yet, each with a space before and after it; a match begins with a space."""
        line = f" {' '.join(self._shown(number) for number in range(len(self.tokens)))} "
        for match in pattern.finditer(line):
            start = line.count(" ", 0, match.start() + 1) - 1
            yield match, Phrase(start, line.count(" ", 0, match.end()))

    def line(self, phrase: Phrase) -> str:
        """The words and symbols of a phrase, in the form of `find`."""
        return "".join(f" {token.word}" for token in self.tokens[phrase.start : phrase.end]) + " "

    def rest(self, phrase: Phrase) -> str:
        """The next words after a phrase, in the form of `find`."""
        return self.line(Phrase(phrase.end, phrase.end + LOOK_AHEAD))

    def phrases(
        self, longest: int, *, across: str = "", only: Callable[[Token], bool] = lambda _: True
    ) -> Iterator[Phrase]:
        """Runs of such words not taken yet, those of most words first; the symbols in `across` may stand inside."""
        spelled = [number for number, token in enumerate(self.tokens) if token.kind != "symbol"]
        fits = [token.word in across if token.kind == "symbol" else only(token) for token in self.tokens]
        for length in range(min(longest, len(spelled)), 0, -1):
            for start, last in zip(spelled, spelled[length - 1 :], strict=False):
                if all(fits[start : last + 1]) and all(self._free[start : last + 1]):
                    yield Phrase(start, last + 1)

    def left(self, ignored: frozenset[str]) -> Iterator[Phrase]:
        """Maximal runs of words not taken, without the ignored ones and symbols."""
        start = None
        for number, token in enumerate((*self.tokens, None)):
            counts = token is not None and self._free[number] and token.kind != "symbol" and token.word not in ignored
            if counts and start is None:
                start = number
            elif not counts and start is not None:
                yield Phrase(start, number)
                start = None

    def _take(self, phrase: Phrase) -> None:
        self._free[phrase.start : phrase.end] = [False] * (phrase.end - phrase.start)

    def _shown(self, number: int) -> str:
        return self.tokens[number].word if self._free[number] else TAKEN


def any_of(spellings: Iterable[str]) -> str:
    """The pattern of one of these phrases in the form of `Reading.find`."""
    return f"(?:{'|'.join(sorted(map(re.escape, spellings), key=len, reverse=True))})(?= )"


def _token(found: re.Match[str]) -> Token:
    typed = found[0].translate(DASHES) if found.lastgroup == "symbol" else fold(found[0])
    typed = f"0{typed}" if typed.startswith(".") else typed
    word = SAME_WORD.get(typed, typed)
    # Places are known by their Latin names, of which some hold a Hindi word: "Bally Hai".
    return Token(word, typed if typed.isascii() else word, found.lastgroup or "", found.start(), found.end())
