"""Importing listings: a file is tried, what would become of its rows is looked at, one press imports it so."""

from pathlib import PurePosixPath
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError

from app.api.uploads import file_form
from app.core.csv_lines import csv_lines
from app.core.exceptions import CasaBricksError, ConflictError, InvalidInputError, NotFoundError
from app.schemas.imports import ImportReport, ImportUpload
from app.services.imports.profiles import AUTO, profile_names, shapes
from app.services.imports.request import MOST_BYTES, MOST_ROWS, RequestImports
from app.web.admin.forms import problems_of
from app.web.admin.panel import AdminPanelDep, Panel, refusal
from app.web.admin.toast import Told
from app.web.drawings.bricks import round_share

router = APIRouter()
PATH = "/admin/import"
SHOWN = 100
MOST_NAME = 120
BRICKS = 40


def _imports(panel: Panel) -> RequestImports:
    return RequestImports(panel.database, panel.queue, panel.settings.ranking, panel.actor)


async def _form(panel: Panel, problem: str = "", status: int = 200) -> Response:
    return await panel.page(
        "import.html",
        problem=problem,
        profiles=[AUTO, *profile_names(shapes())],
        shapes=shapes(),
        most_megabytes=MOST_BYTES >> 20,
        most_rows=MOST_ROWS,
        status=status,
    )


@router.get(PATH, include_in_schema=False)
async def form(panel: AdminPanelDep) -> Response:
    """Which file, read as what."""
    return await _form(panel)


@router.get(f"{PATH}/template.csv", include_in_schema=False)
async def template(_: AdminPanelDep) -> Response:
    """A file to begin with: the columns that are read, and no row."""
    own = next(shape for shape in shapes() if not shape.is_own_export)
    return _download(csv_lines([[name for columns in own.columns.values() for name in columns.names]]), "listings.csv")


@router.post(PATH, include_in_schema=False)
async def try_file(request: Request, panel: AdminPanelDep) -> Response:
    """Nothing is written; the next page says what would be."""
    try:
        async with file_form(request, ImportUpload) as sent:
            file, size, name = sent.file.file, sent.file.size or 0, _shown_name(sent.file.filename)
            trial = await _imports(panel).try_file(panel.user.id, file, size, name, sent.fields.profile)
    except RequestValidationError:
        return await _form(panel, "Choose a file and how it is to be read", 422)
    except InvalidInputError as refused:
        return await _form(panel, " ".join(problems_of(refused).values()), refused.status)
    except CasaBricksError as refused:
        return await _form(panel, refused.detail, refused.status)
    return panel.go(f"{PATH}/{trial.id}")


@router.get(f"{PATH}/{{trial_id}}", include_in_schema=False)
async def report(trial_id: UUID, panel: AdminPanelDep) -> Response:
    """What would become of each row, or what became of it."""
    try:
        trial = await _imports(panel).find_trial(panel.user.id, trial_id)
    except NotFoundError as gone:
        return panel.go(PATH, refusal(gone))
    told = ImportReport.model_validate(trial.report)
    share, bricks = _bricks(told)
    return await panel.page("import_report.html", trial=trial, report=told, shown=SHOWN, share=share, bricks=bricks)


@router.post(f"{PATH}/{{trial_id}}", include_in_schema=False)
async def import_tried(trial_id: UUID, panel: AdminPanelDep) -> Response:
    """Exactly what was tried; where listings changed meanwhile nothing, and another report."""
    try:
        trial = await _imports(panel).import_tried(panel.user.id, trial_id)
    except NotFoundError as gone:
        return panel.go(PATH, refusal(gone))
    except ConflictError as refused:
        return panel.go(f"{PATH}/{trial_id}", refusal(refused))
    if trial.id != trial_id:
        changed = Told(
            "Listings changed since the file was tried, so nothing was imported. This is what would happen now.",
            bad=True,
        )
        return panel.go(f"{PATH}/{trial.id}", changed)
    written = trial.report["new"] + trial.report["changed"]
    return panel.go(f"{PATH}/{trial.id}", Told(f"{written:,} listing{'' if written == 1 else 's'} imported."))


@router.get(f"{PATH}/{{trial_id}}/refused", include_in_schema=False)
async def refused_rows(trial_id: UUID, panel: AdminPanelDep) -> Response:
    """The refused rows in their own columns, to be corrected and imported again."""
    content, trial = await _imports(panel).refused_rows(panel.user.id, trial_id)
    is_json = content.startswith(b"{")
    return _download(content, f"refused-{trial.id}.{'jsonl' if is_json else 'csv'}", is_json=is_json)


def _bricks(told: ImportReport) -> tuple[int, list[tuple[str, int]]]:
    """The rows laid side by side by what becomes of them; of a few there is one brick at least."""
    kept = told.unchanged + told.kept_deleted
    counts = {"new": told.new, "changed": told.changed, "same": kept, "bad": told.refused}
    share = round_share(told.rows, BRICKS)
    return share, [(kind, -(-count // share)) for kind, count in counts.items()]


def _download(content: bytes, name: str, *, is_json: bool = False) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type="application/jsonl" if is_json else "text/csv; charset=utf-8")


def _shown_name(name: str | None) -> str:
    """What the client calls the file, without its folders and what cannot be shown."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    return "".join(char for char in last if char.isprintable())[:MOST_NAME] or "the file"
