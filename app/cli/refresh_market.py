import time

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from app.cli.runner import run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.services.market import refresh


def refresh_market() -> None:
    """Compare every listing with its market and rank anew those whose place changed; the worker does so each hour."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("Compared and ranked {task.completed:,} listings"))

    async def command(settings: Settings, database: Database) -> int:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=None)
            return await refresh(database, settings.ranking, on_ranked=lambda ranked: progress.advance(task, ranked))

    started = time.perf_counter()
    changed = run_with_database(command, long_statements=True)
    typer.echo(f"Compared all listings in {time.perf_counter() - started:.1f} s; {changed:,} changed place")
