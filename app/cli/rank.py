import time

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from app.cli.runner import run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.services.rerank import rank_all


def rank() -> None:
    """Rank every listing again and render its card; needed after the weights change, and each night."""
    started = time.perf_counter()
    ranked = run_with_database(rank_with_progress)
    typer.echo(f"Ranked {ranked:,} listings in {time.perf_counter() - started:.1f} s")


async def rank_with_progress(settings: Settings, database: Database) -> int:
    """Rank all listings, with a counter on terminals; returns how many there were."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("Ranked {task.completed:,} listings"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        return await rank_all(database, settings.ranking, lambda ranked: progress.advance(task, ranked))
