"""The form of how the questions are asked, and the document it stands for: what is as shipped is left out of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import ValidationError
from starlette.datastructures import FormData

from app.core.money import group_indian
from app.core.vocabulary import Language, ListingType
from app.schemas.asked_questions import QuestionsResponse
from app.schemas.questions import MOST_OPTIONS, MOST_STEPS, QuestionsConfig
from app.web.admin.forms import FormRefusedError, figure, rule_in_words, rupees

# Where each question stands in the document, and what the page calls it.
ASKED = {
    "budget": "1. Budget",
    "property_type": "2. Type",
    "preference": "3. One more wish",
    "preference.bhk": "The wish: bedrooms",
    "preference.listing_type": "The wish: buy or rent",
    "preference.locality_preference": "The wish: a place",
}
CHOICES = ("property_type", "preference.bhk", "preference.listing_type", "preference.locality_preference")
# Of these more can be offered than the usual ones.
OPEN = ("preference.bhk", "preference.locality_preference")
TEXTS = tuple(f"{asked}.{words}" for asked in ASKED for words in ("text", "help"))
SCALES = tuple(f"budget.{kind}" for kind in ListingType)
ENDS = ("minimum", "maximum")
SHIPPED = QuestionsConfig().model_dump(mode="json")


class Row(NamedTuple):
    """An option: its words are empty where it has the usual ones."""

    value: str
    en: str = ""
    hi: str = ""
    offered: bool = True


@dataclass
class Typed:
    words: dict[str, str] = field(default_factory=dict)
    """Texts and ends of the sliders, by their place in the document."""
    steps: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """By slider: from which price, in steps of."""
    options: dict[str, list[Row]] = field(default_factory=dict)


def usual_options(shipped: QuestionsResponse) -> dict[str, dict[str, tuple[str, str]]]:
    """By choice: the options there are without anybody's doing, in their order, with their words."""
    choices = {"property_type": shipped.property_type} | {
        f"preference.{each.key}": each for each in shipped.preference.choices
    }
    return {
        asked: {str(option.value): (option.label, option.label_hi) for option in choices[asked].options}
        for asked in CHOICES
    }


def leaf(document: Mapping[str, Any], path: str) -> Any:
    for name in path.split("."):
        document = document[name]
    return document


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for name in way:
        document = document.setdefault(name, {})
    document[last] = value


def of_stored(stored: QuestionsConfig, usual: Mapping[str, Mapping[str, Any]]) -> Typed:
    document = stored.model_dump(mode="json")
    typed = Typed()
    for text in TEXTS:
        typed.words |= {f"{text}.{language}": words for language, words in leaf(document, text).items()}
    for scale in SCALES:
        typed.words |= {f"{scale}.{end}": _grouped(leaf(document, f"{scale}.{end}")) for end in ENDS}
        typed.steps[scale] = [
            (_grouped(each["price_from"]), _grouped(each["step"])) for each in leaf(document, f"{scale}.steps")
        ]
    for asked in CHOICES:
        named = [_row(option) for option in leaf(document, f"{asked}.options")]
        known = {row.value for row in named}
        others = [Row(value) for value in usual[asked] if value not in known]
        typed.options[asked] = (
            [row for row in named if row.offered] + others + [row for row in named if not row.offered]
        )
    return typed


def _grouped(price: int | None) -> str:
    return "" if price is None else group_indian(price)


def _row(option: Mapping[str, Any]) -> Row:
    label = option["label"] or {"en": "", "hi": ""}
    return Row(str(option["value"]), label["en"], label["hi"], not option["hidden"])


def of_form(form: FormData) -> Typed:
    """As it was typed; rows left empty are left out."""
    typed = Typed()
    names = [f"{text}.{language}" for text in TEXTS for language in ("en", "hi")]
    for name in (*names, *(f"{scale}.{end}" for scale in SCALES for end in ENDS)):
        typed.words[name] = str(form.get(name, "")).strip()
    for scale in SCALES:
        rows = _columns(form, scale, ("price_from", "step"), MOST_STEPS + 1)
        typed.steps[scale] = [(start, step) for start, step in rows if start or step]
    for asked in CHOICES:
        found = _columns(form, asked, ("value", "en", "hi", "offered"), MOST_OPTIONS + 1)
        typed.options[asked] = [Row(value, en, hi, offered != "no") for value, en, hi, offered in found if value]
    return typed


def _columns(form: FormData, of: str, names: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    columns = [[str(value).strip() for value in form.getlist(f"{of}.{name}")[:most]] for name in names]
    return zip(*columns, strict=False)


def moved(typed: Typed, move: str) -> None:
    """`move` is "property_type 2 up": that row changes places with the one before it; "down": with the one after."""
    asked, _, rest = move.partition(" ")
    at, _, way = rest.partition(" ")
    rows = typed.options.get(asked, [])
    first = int(at) - (way == "up") if at in map(str, range(len(rows))) else -1
    if 0 <= first < len(rows) - 1:
        rows[first], rows[first + 1] = rows[first + 1], rows[first]


def config_of(typed: Typed, usual: Mapping[str, Mapping[str, Any]]) -> QuestionsConfig:
    """Raises FormRefusedError with the place in the form of each rule that is broken."""
    document: dict[str, Any] = {}
    for text in TEXTS:
        words = {language: typed.words[f"{text}.{language}"] for language in ("en", "hi")}
        if words != leaf(SHIPPED, text):
            _put(document, text, words)
    for scale in SCALES:
        for end in ENDS:
            if price := typed.words[f"{scale}.{end}"]:
                _put(document, f"{scale}.{end}", rupees(price))
        steps = [{"price_from": rupees(start), "step": rupees(step)} for start, step in typed.steps[scale]]
        if steps != leaf(SHIPPED, f"{scale}.steps"):
            _put(document, f"{scale}.steps", steps)
    named = {asked: _named(typed.options[asked], list(usual[asked])) for asked in CHOICES}
    for asked, rows in named.items():
        if rows:
            _put(document, f"{asked}.options", [_option(asked, row) for row in rows])
    try:
        return QuestionsConfig.model_validate(document)
    except ValidationError as refused:
        raise FormRefusedError(_problems(refused, named)) from None


def _named(rows: Sequence[Row], usual: Sequence[str]) -> list[Row]:
    """All but those that would follow by themselves: the last ones, if they are as usual and in the usual order."""
    shown = [row for row in rows if row.offered]
    rank = {value: at for at, value in enumerate(usual)}
    end = len(shown)
    while end and not (shown[end - 1].en or shown[end - 1].hi) and shown[end - 1].value in rank:
        if end < len(shown) and rank[shown[end - 1].value] > rank[shown[end].value]:
            break
        end -= 1
    return shown[:end] + [row for row in rows if not row.offered]


def _option(asked: str, row: Row) -> dict[str, Any]:
    value = figure(row.value) if asked == "preference.bhk" else row.value
    label = {"en": row.en, "hi": row.hi} if row.en or row.hi else None
    return {"value": value, "label": label, "hidden": not row.offered}


def _problems(refused: ValidationError, named: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    problems: dict[str, str] = {}
    for problem in refused.errors(include_url=False):
        loc, rule = problem["loc"], rule_in_words(problem)
        at = next((place for place, name in enumerate(loc) if isinstance(name, int)), None)
        if at is None:
            problems.setdefault(".".join(map(str, loc)), rule)
            continue
        of, row = ".".join(map(str, loc[:at])), int(loc[at])
        rows = named.get(of.removesuffix(".options"))
        which = f"“{rows[row].value}”" if rows else f"row {row + 1}"
        what = "" if loc[-1] in set(Language) else f"{str(loc[-1]).replace('_', ' ')} "
        problems.setdefault(of, f"{which}: {what}{rule}")
    return problems
