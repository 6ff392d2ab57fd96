from pathlib import Path
from typing import Annotated

import typer

from app.cli.files import EXIT_ROWS_REFUSED, opened, progress_of, replacing, show_outcome, show_problems
from app.cli.runner import fail, run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.services.imports.problems import FileProblem
from app.services.imports.profiles import AUTO
from app.services.imports.run import ImportSummary, ListingImport


def import_listings(
    file: Annotated[Path, typer.Argument(help="CSV or JSON lines, UTF-8")],
    profile: Annotated[str, typer.Option(help="auto, casabricks, portal_a, portal_b or portal_c")] = AUTO,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write refused rows here, to correct and import again")] = None,
) -> None:
    """Import listings (docs/importing.md). Exits with 0 when every row was taken, 1 when rows were refused, 2 when
    the import could not be done."""
    with opened(file) as source, replacing(errors) as refused, progress_of(file) as progress:
        size = max(file.stat().st_size, 1)
        task = progress.add_task("Importing" if not dry_run else "Comparing", total=size)
        running: list[ListingImport] = []

        async def command(settings: Settings, database: Database) -> ImportSummary:
            running.append(
                ListingImport(
                    database,
                    settings.ranking,
                    profile=profile,
                    dry_run=dry_run,
                    on_progress=lambda done: progress.update(task, completed=done),
                )
            )
            return await running[0].run(source, refused)

        try:
            summary = run_with_database(command)
        except FileProblem as error:
            fail(f"{file.name}: {error}. Nothing was written.")
        except KeyboardInterrupt:
            done = running[0].summary if running else ImportSummary()
            fail(
                f"Interrupted after {done.rows} rows ({done.new} new and {done.changed} changed are written); run the "
                f"same command again to go on: what is written is recognised"
            )
    _report(summary, dry_run=dry_run, errors=errors)
    if summary.refused:
        raise typer.Exit(EXIT_ROWS_REFUSED)


def _report(summary: ImportSummary, *, dry_run: bool, errors: Path | None) -> None:
    show_outcome(summary, dry_run=dry_run, also=f"{summary.kept_deleted} kept deleted, ")
    for flag, count in summary.flagged.most_common():
        typer.echo(f"  {count:>9} to review: {flag}")
    show_problems(summary, errors)
