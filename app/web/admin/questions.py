"""How the three questions are asked: words in both languages, the slider's ends, which options are offered."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.api.dependencies import PlacesDep, reads_of
from app.core.exceptions import InvalidInputError, PreconditionFailedError
from app.core.vocabulary import ListingType, PropertyType
from app.schemas.questions import QuestionsConfig, StoredQuestions
from app.schemas.search import QuestionsResponse
from app.services import questions
from app.web.admin.forms import FormRefusedError, checked, figure, problems_of
from app.web.admin.panel import Panel, SuperPanelDep, refusal
from app.web.admin.toast import Told

router = APIRouter()
PATH = "/admin/questions"
# Where each question stands in the document, and what the page calls it.
ASKED = {
    "budget": "1. Budget",
    "property_type": "2. Type",
    "preference": "3. One more wish",
    "preference.bhk": "The wish: bedrooms",
    "preference.listing_type": "The wish: buy or rent",
    "preference.locality_preference": "The wish: a place",
}
WORDS = ("text.en", "text.hi", "help.en", "help.hi")
ENDS = tuple(f"budget.{kind}.{end}" for kind in ListingType for end in ("minimum", "maximum"))
FIELDS = (*(f"{asked}.{word}" for asked in ASKED for word in WORDS), *ENDS)
HIDEABLE: dict[str, list[str]] = {
    "property_type": [kind.value for kind in PropertyType],
    "preference.listing_type": [kind.value for kind in ListingType],
}


def _leaf(document: Mapping[str, Any], path: str) -> Any:
    for name in path.split("."):
        document = document[name]
    return document


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for name in way:
        document = document.setdefault(name, {})
    document[last] = value


def _typed(stored: QuestionsConfig) -> dict[str, str]:
    """The form's fields as they stand; a tick is "on"."""
    document = stored.model_dump(mode="json")
    typed = {field: str(_leaf(document, field) or "") for field in FIELDS}
    for asked in HIDEABLE:
        hidden = {option["value"] for option in _leaf(document, f"{asked}.options") if option["hidden"]}
        typed |= {f"hide.{asked}.{value}": "on" for value in hidden}
    return typed


def _body(stored: QuestionsConfig, typed: Mapping[str, str]) -> dict[str, Any]:
    """The document with what was typed; what the form does not show (steps, labels, order) stays as it is."""
    document = stored.model_dump(mode="json", exclude_unset=True)
    for field in FIELDS:
        text = typed[field]
        _put(document, field, text if field not in ENDS else figure(text) if text else None)
    for asked, values in HIDEABLE.items():
        _put(document, f"{asked}.options", list(_options(stored, asked, values, typed)))
    return document


def _options(
    stored: QuestionsConfig, asked: str, values: list[str], typed: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    named = {option["value"]: option for option in _leaf(stored.model_dump(mode="json"), f"{asked}.options")}
    for value in [*named, *(value for value in values if value not in named)]:
        hidden = typed.get(f"hide.{asked}.{value}") == "on"
        if value in named or hidden:
            yield {**named.get(value, {"value": value}), "hidden": hidden}


async def _page(
    panel: Panel,
    stored: StoredQuestions,
    typed: Mapping[str, str],
    *,
    problems: Mapping[str, str] | None = None,
    preview: QuestionsResponse | None = None,
) -> Response:
    return await panel.page(
        "questions.html",
        typed=typed,
        problems=problems or {},
        preview=preview,
        version=questions.tag_of(stored),
        stored=stored,
        asked=ASKED,
        ends=ENDS,
        hideable=HIDEABLE,
        status=422 if problems else 200,
    )


@router.get(PATH, include_in_schema=False)
async def edit(panel: SuperPanelDep) -> Response:
    """As they are asked now."""
    async with panel.reading() as session:
        stored = await questions.read(session)
    return await _page(panel, stored, _typed(stored.questions))


@router.post(PATH, include_in_schema=False)
async def save(panel: SuperPanelDep, places: PlacesDep) -> Response:
    """Ask them so from now on, or, with `preview`, show what that would look like and keep nothing."""
    form = await panel.request.form()
    typed = dict.fromkeys(FIELDS, "") | {name: str(value).strip() for name, value in form.items()}
    async with panel.reading() as session:
        stored = await questions.read(session)
    try:
        body = checked(QuestionsConfig, _body(stored.questions, typed))
        if "preview" in typed:
            preview = await questions.ask(reads_of(panel.request), places, body)
            return await _page(panel, stored, typed, preview=preview)
        known = await places.known()
        async with panel.writing() as session:
            await questions.replace(session, panel.actor, known, body, typed.get("version"))
    except (FormRefusedError, InvalidInputError) as refused:
        return await _page(panel, stored, typed, problems=problems_of(refused))
    except PreconditionFailedError as refused:
        return panel.go(PATH, refusal(refused))
    return panel.go(PATH, Told("The questions are asked so from now on."))
