"""Imports as requests bring them: small enough to be waited for, and one at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO
from uuid import UUID

from app.config.database import Database
from app.config.settings import Ranking
from app.core.exceptions import BodyTooLargeError, ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.core.jobs import Queue
from app.core.unit_of_work import unit_of_work
from app.models.imports import ImportTrial
from app.repositories import imports
from app.schemas.imports import AddedRow, ChangedRow, ImportReport, ImportUpload, RefusedRow
from app.services.audit import Actor
from app.services.imports.problems import FileProblem, OutcomeChangedProblem, TooManyRowsProblem
from app.services.imports.profiles import AUTO, profile_names, shapes
from app.services.imports.run import ListingImport

MOST_BYTES = 10 << 20
MOST_ROWS = 10_000
SHOWN = 1000
BY_COMMAND = "import larger files with `casabricks import-listings FILE`"


@dataclass(frozen=True, slots=True)
class RequestImports:
    """Who imports, into what. What imports or tries raises ConflictError while another import runs."""

    database: Database
    queue: Queue
    ranking: Ranking
    actor: Actor

    async def import_file(self, file: BinaryIO, size: int, fields: ImportUpload) -> ImportReport:
        """Import a file, or say what would become of its rows.

        Raises BodyTooLargeError, InvalidInputError for what is no listing file.
        """
        _check(size, fields.profile)
        async with self._alone():
            importing = await self._run(file, fields.profile, dry_run=fields.dry_run)
        return _report(importing, dry_run=fields.dry_run)

    async def try_file(self, user_id: UUID, file: BinaryIO, size: int, name: str, profile: str) -> ImportTrial:
        """Say what would become of its rows, and keep it until this person imports it or tries another.

        Raises BodyTooLargeError, InvalidInputError.
        """
        _check(size, profile)
        async with self._alone():
            trial = await self._tried(user_id, await asyncio.to_thread(file.read), name, profile)
            await self._keep(trial)
        return trial

    async def import_tried(self, user_id: UUID, trial_id: UUID) -> ImportTrial:
        """Import the file that was tried when each row would still become what the trial said.

        Else nothing is written, and what is returned is another trial. Raises NotFoundError, ConflictError.
        """
        async with self._alone():
            trial = await self.find_trial(user_id, trial_id, with_files=True)
            if trial.file is None:
                raise ConflictError("This file is imported already")
            again = await self._tried(user_id, trial.file, trial.file_name, trial.profile)
            if again.digests == trial.digests:
                again = await self._imported(again, trial)
            await self._keep(again)
        return again

    async def find_trial(self, user_id: UUID, trial_id: UUID, *, with_files: bool = False) -> ImportTrial:
        """The person's last, while it is kept. Raises NotFoundError."""
        async with self.database.read() as session:
            trial = await imports.find_trial(session, user_id, trial_id, with_files=with_files)
        if trial is None:
            raise NotFoundError("This file is not kept any more; choose it again")
        return trial

    async def refused_rows(self, user_id: UUID, trial_id: UUID) -> tuple[bytes, ImportTrial]:
        """The errors file of a trial. Raises NotFoundError."""
        trial = await self.find_trial(user_id, trial_id, with_files=True)
        if not trial.refused:
            raise NotFoundError("No row of this file was refused")
        return trial.refused, trial

    async def _keep(self, trial: ImportTrial) -> None:
        async with unit_of_work(self.database) as session:
            await imports.keep_trial(session, trial)

    async def _tried(self, user_id: UUID, content: bytes, name: str, profile: str) -> ImportTrial:
        refused = BytesIO()
        importing = await self._run(BytesIO(content), profile, dry_run=True, errors=refused)
        return ImportTrial(
            user_id=user_id,
            id=new_id(),
            file_name=name,
            profile=profile,
            file=content,
            refused=refused.getvalue() if importing.summary.refused else b"",
            digests=importing.digests,
            report=_report(importing, dry_run=True).model_dump(mode="json", by_alias=True),
        )

    async def _imported(self, again: ImportTrial, trial: ImportTrial) -> ImportTrial:
        """The trial once more, as done."""
        try:
            importing = await self._run(BytesIO(trial.file or b""), trial.profile, dry_run=False, only_as=trial.digests)
        except OutcomeChangedProblem as problem:
            raise ConflictError(str(problem)) from None
        done = _report(importing, dry_run=False).model_dump(mode="json", by_alias=True)
        told = {name: again.report[name] for name in ("new_rows", "changed_rows")}
        again.id, again.file, again.report = trial.id, None, done | told
        return again

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        # This transaction does nothing but hold a lock until the import has ended.
        async with self.database.turn(), unit_of_work(self.database) as holding:
            if not await imports.hold_requests(holding):
                raise ConflictError("Another import is running; try again when it has ended")
            yield

    async def _run(
        self,
        file: BinaryIO,
        profile: str,
        *,
        dry_run: bool,
        errors: BinaryIO | None = None,
        only_as: list[str] | None = None,
    ) -> ListingImport:
        importing = ListingImport(
            self.database,
            self.ranking,
            self.queue,
            self.actor,
            profile=profile,
            dry_run=dry_run,
            most_rows=MOST_ROWS,
            shown=SHOWN,
            only_as=only_as,
        )
        try:
            await importing.run(file, errors)
        except TooManyRowsProblem as problem:
            raise BodyTooLargeError(f"{problem}; {BY_COMMAND}") from None
        except FileProblem as problem:
            raise InvalidInputError("file", f"{problem}. Nothing was written") from None
        return importing


def _check(size: int, profile: str) -> None:
    if size > MOST_BYTES:
        raise BodyTooLargeError(f"The file may have at most {MOST_BYTES >> 20} MB; {BY_COMMAND}")
    if profile not in {AUTO, *profile_names(shapes())}:
        raise InvalidInputError("profile", f"is not {AUTO} or {', '.join(profile_names(shapes()))}")


def _report(importing: ListingImport, *, dry_run: bool) -> ImportReport:
    summary = importing.summary
    return ImportReport(
        dry_run=dry_run,
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
                title=title,
                fields={name: {"from": before, "to": after} for name, (before, after) in change.columns.items()},
            )
            for change, (property_id, title) in zip(summary.changes, summary.changed_listings, strict=True)
        ],
        refused_rows=[
            RefusedRow(row=each.row, column=each.column, value=each.value, reason=each.reason, rule=each.rule)
            for each in summary.problems
        ],
    )
