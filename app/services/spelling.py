"""Known names by how they are spelled, for texts that match none of them letter by letter."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping
from itertools import islice, product
from string import ascii_lowercase
from typing import Generic, NamedTuple, TypeVar

CORRECTED_FROM = 5  # letters; shorter words lie too close to each other
MAX_CORRECTIONS = 8
TIE = 0.02  # two names this close in similarity are not told apart by guessing

T = TypeVar("T", bound=Hashable)


class Spelled(NamedTuple, Generic[T]):
    """What a name stands for, and the trigram similarity (0-1) of the name to the text."""

    meaning: T
    score: float


class SpellingIndex(Generic[T]):
    """Built once from normalised names (lower-case words split by single spaces) and what each stands for."""

    def __init__(self, names: Mapping[str, T]) -> None:
        self._entries = [(meaning, trigrams(name), _digits(name)) for name, meaning in names.items()]
        self._with_trigram: dict[str, list[int]] = defaultdict(list)
        self._words: dict[str, int] = {}  # and the place of the first name that uses it
        self._with_word: dict[str, set[int]] = defaultdict(set)
        for i, (name, (_, grams, _)) in enumerate(zip(names, self._entries, strict=True)):
            for gram in grams:
                self._with_trigram[gram].append(i)
            for word in name.split():
                self._words.setdefault(word, i)
                self._with_word[word].add(i)
        self._with_deletion: dict[str, set[str]] = defaultdict(set)
        for word in self._words:
            for shorter in _deletions(word):
                self._with_deletion[shorter].add(word)

    def ranked(self, text: str, at_least: float) -> list[Spelled[T]]:
        """Return the distinct meanings by falling similarity, ties in the order of the names."""
        return self._ranked(text, at_least, None)

    def best(self, text: str, at_least: float) -> Spelled[T] | None:
        """Return the most similar meaning with the numbers of the text, unless another comes as close."""
        ranked = self._ranked(text, at_least, _digits(text))
        if not ranked or (len(ranked) > 1 and ranked[0].score - ranked[1].score < TIE):
            return None
        return ranked[0]

    def holding(self, text: str) -> set[T]:
        """Return the meanings of the names that have every word of the text."""
        named = [self._with_word.get(word, set()) for word in text.split()]
        return {self._entries[i][0] for i in set.intersection(*named)} if named else set()

    def corrections(self, text: str) -> Iterator[str]:
        """Yield the text with unknown long words replaced by known ones one edit away, likeliest first."""
        for words in islice(product(*map(self._known, text.split())), MAX_CORRECTIONS):
            if (corrected := " ".join(words)) != text:
                yield corrected

    def _ranked(self, text: str, at_least: float, digits: tuple[str, ...] | None) -> list[Spelled[T]]:
        grams = trigrams(text)
        shared = Counter(i for gram in grams for i in self._with_trigram.get(gram, ()))
        best: dict[T, tuple[float, int]] = {}
        for i, count in shared.items():
            meaning, its_grams, its_digits = self._entries[i]
            score = count / (len(grams) + len(its_grams) - count)
            if score >= at_least and digits in (None, its_digits):
                best[meaning] = min(best.get(meaning, (0.0, i)), (-score, i))
        return [Spelled(self._entries[i][0], -score) for score, i in sorted(best.values())]

    def _known(self, word: str) -> list[str]:
        if len(word) < CORRECTED_FROM or word in self._words:
            return [word]
        near = {
            known
            for shorter in _deletions(word)
            for known in self._with_deletion.get(shorter, ())
            if len(known) >= CORRECTED_FROM and one_edit_apart(word, known)
        }
        return sorted(near, key=self._words.__getitem__) or [word]


def trigrams(text: str) -> frozenset[str]:
    """Return the trigrams of pg_trgm: of each word with two spaces before it and one after it."""
    return frozenset(f"  {word} "[i : i + 3] for word in text.split() for i in range(len(word) + 1))


def slips(word: str) -> set[str]:
    """Return the spellings with one letter dropped, changed or added, or two neighbours swapped."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    added = {f"{a}{letter}{b}" for a, b in cuts for letter in ascii_lowercase}
    changed = {f"{a}{letter}{b[1:]}" for a, b in cuts[:-1] for letter in ascii_lowercase}
    swapped = {f"{a}{b[1]}{b[0]}{b[2:]}" for a, b in cuts[:-2]}
    return (_deletions(word) | added | changed | swapped) - {word}


def _digits(text: str) -> tuple[str, ...]:
    return tuple(sorted(word for word in text.split() if word[0].isdigit()))


def _deletions(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def one_edit_apart(a: str, b: str) -> bool:
    """Whether one letter added, dropped or changed, or two neighbours swapped, turns `a` into `b`."""
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:]
    return swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:]
