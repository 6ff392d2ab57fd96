"""Importing listings: first what would become of each row, then the same file for good."""

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError

from app.api.uploads import file_form
from app.core.exceptions import CasaBricksError
from app.schemas.imports import ImportReport, ImportUpload
from app.services.imports import request as imports
from app.services.imports.profiles import AUTO, profile_names, shapes
from app.web.admin.panel import AdminPanelDep, Panel

router = APIRouter()
PATH = "/admin/import"
SHOWN = 100


async def _shown(panel: Panel, report: ImportReport | None, problem: str = "", status: int = 200) -> Response:
    return await panel.page(
        "import.html",
        report=report,
        problem=problem,
        profiles=[AUTO, *profile_names(shapes())],
        shown=SHOWN,
        most_megabytes=imports.MOST_BYTES >> 20,
        most_rows=imports.MOST_ROWS,
        status=status,
    )


@router.get(PATH, include_in_schema=False)
async def form(panel: AdminPanelDep) -> Response:
    """Which file, read as what."""
    return await _shown(panel, None)


@router.post(PATH, include_in_schema=False)
async def import_file(request: Request, panel: AdminPanelDep) -> Response:
    """The report, of a dry run or of what was written."""
    try:
        async with file_form(request, ImportUpload) as sent:
            file, size, fields = sent.file.file, sent.file.size or 0, sent.fields
            report = await imports.import_file(
                panel.database, panel.queue, panel.settings.ranking, panel.actor, file, size, fields
            )
    except RequestValidationError:
        return await _shown(panel, None, "Choose a file and how it is to be read", 422)
    except CasaBricksError as refused:
        return await _shown(panel, None, refused.detail, refused.status)
    return await _shown(panel, report)
