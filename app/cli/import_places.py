from pathlib import Path
from typing import Annotated

import typer

from app.cli.files import EXIT_ROWS_REFUSED, opened, progress_bar, replacing, show_outcome, show_problems, task_of
from app.cli.rank import rank_with_progress
from app.cli.runner import fail, run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.services.imports.problems import ErrorsFileProblem, FileProblem
from app.services.imports.summary import Summary
from app.services.places.run import PlacesImport


def import_places(
    file: Annotated[Path, typer.Argument(help="GeoJSON, an Overpass answer in JSON, or CSV; UTF-8")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write refused rows here, to correct and import again")] = None,
) -> None:
    """Import metro stations, schools, hospitals, markets and parks (docs/importing.md), and rank the listings by them.
    Exits with 0 when every row was taken, 1 when rows were refused, 2 when the import could not be done."""
    with opened(file) as source, replacing(errors) as refused, progress_bar() as progress:
        task = progress.add_task(task_of(file, dry_run=dry_run), total=max(file.stat().st_size, 1))

        async def command(_: Settings, database: Database) -> Summary:
            importing = PlacesImport(
                database, dry_run=dry_run, on_progress=lambda done: progress.update(task, completed=done)
            )
            return await importing.run(source, refused)

        try:
            summary = run_with_database(command)
        except FileProblem as error:
            fail(f"{file.name}: {error}. Nothing was written.")
        except ErrorsFileProblem as error:
            fail(f"{errors} cannot be written: {error}. Nothing was imported.")
        except KeyboardInterrupt:
            fail("Interrupted; nothing was written")
    show_outcome(summary, dry_run=dry_run)
    show_problems(summary, errors)
    if not dry_run and (summary.new or summary.changed):
        _rank()
    if summary.refused:
        raise typer.Exit(EXIT_ROWS_REFUSED)


def _rank() -> None:
    """Rank the listings again: their stations and the places round them may be others now."""
    try:
        ranked = run_with_database(rank_with_progress)
    except KeyboardInterrupt:
        fail("Interrupted; the places are written, but not all listings are ranked by them: run `casabricks rank`")
    typer.echo(f"Ranked {ranked:,} listings again")
