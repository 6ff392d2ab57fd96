from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from app.cli.files import EXIT_ROWS_REFUSED, opened, progress_bar, replacing, show_outcome, show_problems, task_of
from app.cli.runner import fail, run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.core.exceptions import UnavailableError
from app.core.jobs import Queue
from app.infrastructure.queue.sender import create_queue
from app.services.audit import COMMAND
from app.services.imports.problems import ErrorsFileProblem, FileProblem
from app.services.imports.profiles import AUTO
from app.services.imports.run import ImportSummary, ListingImport
from app.services.market import QUEUE


class Done(NamedTuple):
    summary: ImportSummary
    is_compared: bool
    """Whether a worker will compare the listings with the market."""


def import_listings(
    file: Annotated[Path, typer.Argument(help="CSV or JSON lines, UTF-8")],
    profile: Annotated[str, typer.Option(help="auto, casabricks, portal_a, portal_b or portal_c")] = AUTO,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write refused rows here, to correct and import again")] = None,
) -> None:
    """Import listings (docs/importing.md). Exits with 0 when every row was taken, 1 when rows were refused, 2 when
    the import could not be done."""
    with opened(file) as source, replacing(errors) as refused, progress_bar() as progress:
        task = progress.add_task(task_of(file, dry_run=dry_run), total=max(file.stat().st_size, 1))
        running: list[ListingImport] = []

        async def command(settings: Settings, database: Database) -> Done:
            queue = create_queue(settings) if settings.broker_url else None
            running.append(
                ListingImport(
                    database,
                    settings.ranking,
                    queue,
                    COMMAND,
                    profile=profile,
                    dry_run=dry_run,
                    on_progress=lambda done: progress.update(task, completed=done),
                )
            )
            try:
                return Done(await running[0].run(source, refused), await _has_worker(queue))
            finally:
                if queue:
                    await queue.close()

        try:
            summary, is_compared = run_with_database(command)
        except FileProblem as error:
            fail(f"{file.name}: {error}. Nothing was written.")
        except ErrorsFileProblem as error:
            fail(f"{errors} cannot be written: {error}. {_so_far(running)}")
        except KeyboardInterrupt:
            fail(f"Interrupted. {_so_far(running)}")
    show_outcome(summary, dry_run=dry_run, also=f"{summary.kept_deleted} kept deleted, ")
    for flag, count in summary.flagged.most_common():
        typer.echo(f"  {count:>9} to review: {flag}")
    show_problems(summary, errors)
    if not dry_run and (summary.new or summary.changed):
        if is_compared:
            typer.echo("The worker compares them with the market now")
        else:
            typer.echo("No worker compares them with the market: run `casabricks refresh-market`")
    if summary.refused:
        raise typer.Exit(EXIT_ROWS_REFUSED)


def _so_far(running: list[ListingImport]) -> str:
    done = running[0].summary if running else ImportSummary()
    return (
        f"{done.rows} rows are dealt with ({done.new} new and {done.changed} changed are written); run the same "
        f"command again to go on: what is written is recognised"
    )


async def _has_worker(queue: Queue | None) -> bool:
    try:
        unattended = await queue.unattended() if queue else None
    except UnavailableError:
        return False
    return unattended is not None and QUEUE not in unattended
