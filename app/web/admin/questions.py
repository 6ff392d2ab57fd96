"""How the three questions are asked: words in both languages, the sliders, which options are offered in which order."""

from typing import Any

from fastapi import APIRouter, Response
from markupsafe import Markup

from app.api.dependencies import PlacesDep, reads_of
from app.config.database import WriteSession
from app.core.exceptions import InvalidInputError, NotFoundError, PreconditionFailedError
from app.core.vocabulary import Language
from app.schemas.audit import Change
from app.schemas.questions import QuestionsConfig
from app.schemas.search import CountRequest
from app.services import asking, questions
from app.services.gazetteer import Places
from app.web.admin.forms import FormRefusedError, problems_of
from app.web.admin.panel import Panel, SuperPanelDep, refusal
from app.web.admin.questions_form import (
    ASKED,
    CHOICES,
    ENDS,
    OPEN,
    SCALES,
    Row,
    Typed,
    config_of,
    moved,
    of_form,
    of_stored,
    usual_options,
)
from app.web.admin.toast import Told
from app.web.home import shown
from app.web.pages import rendered

router = APIRouter()
PATH = "/admin/questions"
MOST_DIGITS = 9  # of a version, which is an integer of PostgreSQL
MOST_NAMED = 3  # places that are gone; a browser drops a longer cookie, with the undo in it


class Editor:
    """The page with what is stored, and with what somebody typed over it."""

    def __init__(self, panel: Panel, places: Places) -> None:
        self.panel = panel
        self.places = places
        self.reads = reads_of(panel.request)
        self.language = Language.ENGLISH

    async def open(self) -> None:
        async with self.panel.reading() as session:
            self.stored = await questions.read(session)
        shipped = await questions.ask(self.reads, self.places, QuestionsConfig())
        self.usual = usual_options(shipped)

    async def config(self, typed: Typed) -> QuestionsConfig:
        """Raises FormRefusedError, InvalidInputError."""
        config = config_of(typed, self.usual)
        questions.check_places(await self.places.known(), config)
        return config

    async def page(
        self, typed: Typed, config: QuestionsConfig | None, *, problems: dict[str, str] | None = None, **more: Any
    ) -> Response:
        """`config` is what is shown as a preview."""
        preview = None if config is None else await self._preview(config)
        given = {"is_changed": True, "conflict": None} | more
        return await self.panel.page(
            "questions.html",
            typed=typed,
            problems=problems or {},
            preview=preview,
            version=questions.tag_of(self.stored),
            stored=self.stored,
            language_shown=self.language,
            usual=self.usual,
            blank=Row(""),
            asked=ASKED,
            choices=CHOICES,
            open=OPEN,
            scales=SCALES,
            ends=ENDS,
            status=422 if problems else 200,
            **given,
        )

    async def _preview(self, config: QuestionsConfig) -> Markup:
        """As visitors would see them."""
        asked = await asking.ask(self.reads, self.places, CountRequest(), config)
        part = rendered(self.panel.request, "admin/questions_preview.html", self.language, **shown(asked))
        return Markup(part)  # noqa: S704 - rendered by a template


@router.get(PATH, include_in_schema=False)
async def edit(panel: SuperPanelDep, places: PlacesDep) -> Response:
    """As they are asked now."""
    editor = Editor(panel, places)
    await editor.open()
    stored = editor.stored.questions
    return await editor.page(of_stored(stored, editor.usual), stored, is_changed=False)


@router.post(PATH, include_in_schema=False)
async def save(panel: SuperPanelDep, places: PlacesDep) -> Response:
    """Ask them so from now on; with `preview` or `move` only show what was typed, and keep nothing."""
    form = await panel.request.form(max_fields=2000)
    editor, typed = Editor(panel, places), of_form(form)
    editor.language = Language.HINDI if form.get("shown") == Language.HINDI else Language.ENGLISH
    await editor.open()
    moved(typed, str(form.get("move", "")))
    try:
        config = await editor.config(typed)
        if "preview" in form or "move" in form:
            return await editor.page(typed, config)
        async with panel.writing() as session:
            known, version = await places.known(), str(form.get("version", "")) or None
            await questions.replace(session, panel.actor, known, config, version)
    except (FormRefusedError, InvalidInputError) as refused:
        problems = problems_of(refused)
        return await editor.page(typed, None, problems=problems)
    except PreconditionFailedError:
        # What was typed stays, beside what stands there now; saving it again is a decision.
        changes = questions.differences(editor.stored.questions, config)
        conflict = {name: Change.model_validate(change) for name, change in changes.items()}
        return await editor.page(typed, config, conflict=conflict)
    undo = {"version": [str(editor.stored.version)]}
    return panel.go(PATH, Told("The questions are asked so from now on.", undo=f"{PATH}/restore", fields=undo))


@router.post(f"{PATH}/restore", include_in_schema=False)
async def restore(panel: SuperPanelDep, places: PlacesDep) -> Response:
    """Ask them again as an earlier version did, which can be taken back like any change."""
    version = str((await panel.request.form()).get("version", ""))
    known = await places.known()

    async def work(session: WriteSession) -> Told:
        if not version.isdecimal() or len(version) > MOST_DIGITS:
            raise InvalidInputError("version", "must be a number")
        before = await questions.read(session)
        gone = await questions.restore(session, panel.actor, known, int(version))
        names = gone[:MOST_NAMED] + [f"{len(gone) - MOST_NAMED} more"] * (len(gone) > MOST_NAMED)
        without = f", without {' and '.join(names)}: no search knows a place of that name any more" if gone else ""
        undo = {"version": [str(before.version)]}
        return Told(f"They are asked again as they were then{without}.", undo=f"{PATH}/restore", fields=undo)

    try:
        return await panel.write(PATH, work)
    except NotFoundError as gone:
        return panel.go(PATH, refusal(gone))
