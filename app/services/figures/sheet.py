"""A figure as a sheet of its own, to open or to share: sentence, drawing, legend, facts and notes under each other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from app.services.figures.svg import (
    DISPLAY_FAMILY,
    LABEL,
    MARGIN,
    NOTE,
    STRONG,
    WIDTH,
    advance,
    document,
    element,
    fit,
    lettering,
    line,
    rect,
    words,
)
from app.services.figures.theme import Theme, Tone

MEASURE = WIDTH - 2 * MARGIN
HEADLINE_SIZE, HEADLINE_LEADING, NOTE_LEADING, ROW = 21.0, 27.0, 19.0, 25.0

Sentence = tuple[tuple[str, Tone], ...]  # its parts and what each is coloured by; they meet at spaces


@dataclass(frozen=True)
class Drawing:
    """What is drawn, in a box WIDTH wide; `body` is markup."""

    key: str
    height: float
    title: str
    description: str
    body: str


@dataclass(frozen=True)
class Sign:
    """An entry of the legend; `mark` is markup `width` wide, about y = 0."""

    mark: str
    width: float
    label: str


def plain(sentence: Sentence) -> str:
    return " ".join(part.strip() for part, _ in sentence)


def alone(drawing: Drawing, theme: Theme) -> str:
    """The drawing without words around it, for a page that has them."""
    return document(
        drawing.key,
        drawing.height,
        theme,
        title=drawing.title,
        description=drawing.description,
        body=drawing.body,
    )


def sheet(
    drawing: Drawing,
    theme: Theme,
    *,
    headline: Sentence,
    legend: Sequence[Sign] = (),
    facts: Sequence[tuple[str, str]] = (),
    listing: tuple[str, float] = ("", 0),
    notes: Sequence[str] = (),
) -> str:
    """`listing` is markup and its height, set between facts and notes."""
    blocks = [
        _headline(headline, theme),
        (drawing.body, drawing.height),
        _legend(legend, theme),
        _facts(facts, theme),
        listing,
        _notes(notes, theme),
        _imprint(theme),
    ]
    body, y = "", 10.0
    for markup, height in blocks:
        if height:
            body += element("g", markup, transform=f"translate(0 {y:.1f})")
            y += height + 8
    return document(drawing.key, y, theme, title=drawing.title, description=drawing.description, body=body)


def wrap(content: str, width: float, size: float) -> list[str]:
    return [" ".join(word for word, _ in row) for row in _rows(((content, "ink"),), width, size)]


def _rows(sentence: Sentence, width: float, size: float, *, display: bool = False) -> Iterator[list[tuple[str, Tone]]]:
    row: list[tuple[str, Tone]] = []
    for part, tone in sentence:
        for whole in part.split(" "):
            word = fit(whole, width, size, display=display)
            if row and advance(" ".join([*(said for said, _ in row), word]), size, display=display) > width:
                yield row
                row = []
            if word:
                row.append((word, tone))
    if row:
        yield row


def _headline(sentence: Sentence, theme: Theme) -> tuple[str, float]:
    widest = [*_rows(sentence, MEASURE, HEADLINE_SIZE, display=True)]
    # The narrowest that needs no more lines and cuts no word, so that none is left with a single word.
    tries = ([*_rows(sentence, MEASURE * tenths / 10, HEADLINE_SIZE, display=True)] for tenths in range(4, 11))
    rows = next(rows for rows in tries if len(rows) == len(widest) and [*chain(*rows)] == [*chain(*widest)])
    markup = "".join(
        element(
            "text",
            *(
                element("tspan", words(f" {word}" if column else word), fill=theme.tone(tone))
                for column, (word, tone) in enumerate(row)
            ),
            x=MARGIN,
            y=21 + HEADLINE_LEADING * index,
            font_family=DISPLAY_FAMILY,
            font_weight="500",
            font_size=HEADLINE_SIZE,
        )
        for index, row in enumerate(rows)
    )
    return markup, HEADLINE_LEADING * len(rows) + 3


def _legend(signs: Sequence[Sign], theme: Theme) -> tuple[str, float]:
    markup, x, y = "", MARGIN, 12.0
    for sign in signs:
        width = sign.width + 7 + advance(sign.label, NOTE)
        if x > MARGIN and x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + ROW
        markup += element("g", sign.mark, transform=f"translate({x:.1f} {y:.1f})")
        markup += lettering((x + sign.width + 7, y + 5), sign.label, theme.ink_2, size=NOTE, anchor="start")
        x += width + 14
    return markup, y + 12 if signs else 0


def _facts(facts: Sequence[tuple[str, str]], theme: Theme) -> tuple[str, float]:
    gap = 16.0
    column = (MEASURE - gap) / 2
    markup, y = "", 0.0
    for start in range(0, len(facts), 2):
        lines = 0
        for index, (label, value) in enumerate(facts[start : start + 2]):
            x = MARGIN + index * (column + gap)
            markup += lettering((x, y + 17), label, theme.ink_3, size=NOTE, anchor="start")
            for row, said in enumerate(wrap(value, column, LABEL)):
                markup += lettering((x, y + 37 + row * NOTE_LEADING), said, theme.ink, strong=True, anchor="start")
                lines = max(lines, row + 1)
        y += 29 + lines * NOTE_LEADING
        markup += line([(MARGIN, y), (WIDTH - MARGIN, y)], theme.line, 1)
    return markup, y


def _notes(notes: Iterable[str], theme: Theme) -> tuple[str, float]:
    rows = [row for note in notes for row in wrap(note, MEASURE, NOTE)]
    markup = "".join(
        lettering((MARGIN, 16 + NOTE_LEADING * index), row, theme.ink_3, size=NOTE, anchor="start")
        for index, row in enumerate(rows)
    )
    return markup, NOTE_LEADING * len(rows) + 4 if rows else 0


def _imprint(theme: Theme) -> tuple[str, float]:
    """The name and its mark: six bricks around a lit window."""
    mark = "".join(
        rect(x, y, width, 4, theme.brick, rx=0.7)
        for x, y, width in ((0, 0, 8), (9, 0, 8), (0, 5.5, 3.5), (13.5, 5.5, 3.5), (0, 11, 8), (9, 11, 8))
    ) + rect(5, 5.5, 7, 4, theme.lamp, rx=0.7)
    name = element("g", mark, transform=f"translate({MARGIN} 4)") + element(
        "text",
        "CasaBricks",
        x=MARGIN + 24,
        y=17,
        fill=theme.ink_2,
        font_family=DISPLAY_FAMILY,
        font_weight="500",
        font_size=STRONG,
    )
    return name, 26
