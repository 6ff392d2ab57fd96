"""An import as a request brings it: small enough to be waited for, and one at a time."""

from typing import BinaryIO

from app.config.database import Database
from app.config.settings import Ranking
from app.core.exceptions import BodyTooLargeError, ConflictError, InvalidInputError
from app.core.jobs import Queue
from app.core.unit_of_work import unit_of_work
from app.repositories import imports
from app.schemas.imports import AddedRow, ChangedRow, ImportReport, ImportUpload, RefusedRow
from app.services.audit import Actor
from app.services.imports.problems import FileProblem, TooManyRowsProblem
from app.services.imports.profiles import AUTO, profile_names, shapes
from app.services.imports.run import ListingImport

MOST_BYTES = 10 << 20
MOST_ROWS = 10_000
SHOWN = 1000
BY_COMMAND = "import larger files with `casabricks import-listings FILE`"


async def import_file(
    database: Database, queue: Queue, ranking: Ranking, actor: Actor, file: BinaryIO, size: int, fields: ImportUpload
) -> ImportReport:
    """Import a file, or say what would become of its rows.

    Raises BodyTooLargeError, InvalidInputError for what is no listing file, ConflictError while another import runs.
    """
    if size > MOST_BYTES:
        raise BodyTooLargeError(f"The file may have at most {MOST_BYTES >> 20} MB; {BY_COMMAND}")
    if fields.profile not in {AUTO, *profile_names(shapes())}:
        raise InvalidInputError("profile", f"is not {AUTO} or {', '.join(profile_names(shapes()))}")
    importing = ListingImport(
        database,
        ranking,
        queue,
        actor,
        profile=fields.profile,
        dry_run=fields.dry_run,
        most_rows=MOST_ROWS,
        shown=SHOWN,
    )
    # This transaction does nothing but hold a lock until the import has ended.
    async with database.turn(), unit_of_work(database) as holding:
        if not await imports.hold_requests(holding):
            raise ConflictError("Another import is running; try again when it has ended")
        try:
            await importing.run(file)
        except TooManyRowsProblem as problem:
            raise BodyTooLargeError(f"{problem}; {BY_COMMAND}") from None
        except FileProblem as problem:
            raise InvalidInputError("file", f"{problem}. Nothing was written") from None
    return _report(importing, fields)


def _report(importing: ListingImport, fields: ImportUpload) -> ImportReport:
    summary = importing.summary
    return ImportReport(
        dry_run=fields.dry_run,
        import_id=importing.id,
        read_as=summary.read_as,
        rows=summary.rows,
        new=summary.new,
        changed=summary.changed,
        unchanged=summary.unchanged,
        kept_deleted=summary.kept_deleted,
        refused=summary.refused.total(),
        refused_by_reason=dict(summary.refused),
        to_review=dict(summary.flagged),
        new_rows=[AddedRow(row=row, title=title) for row, title in summary.added],
        changed_rows=[
            ChangedRow(
                row=change.row,
                property_id=property_id,
                fields={name: {"from": before, "to": after} for name, (before, after) in change.columns.items()},
            )
            for change, property_id in zip(summary.changes, summary.changed_ids, strict=True)
        ],
        refused_rows=[
            RefusedRow(row=each.row, column=each.column, value=each.value, reason=each.reason, rule=each.rule)
            for each in summary.problems
        ],
    )
