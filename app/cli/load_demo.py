import time
from collections import Counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from app.cli.runner import fail, run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.core.exceptions import ConflictError
from app.services.demo.loading import Kind
from app.services.demo.loading import load_demo as load
from app.services.market import refresh

DEFAULT_LISTINGS = 3000
MAX_LISTINGS = 1_000_000


def load_demo(
    listings: Annotated[
        int, typer.Option(min=1, max=MAX_LISTINGS, help="How many there shall be; the same ones each time")
    ] = DEFAULT_LISTINGS,
) -> None:
    """Fill the database with invented, plausible listings; run it again to go on after an interruption."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("Demo listings"), MofNCompleteColumn(), TimeRemainingColumn())

    async def command(settings: Settings, database: Database) -> tuple[int, Counter[Kind]]:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=listings)
            loaded = await load(database, listings, settings.ranking, lambda written: progress.advance(task, written))
            await refresh(database, settings.ranking)
            return loaded

    started = time.perf_counter()
    try:
        added, kinds = run_with_database(command, long_statements=True)
    except ConflictError as error:
        fail(error.detail)
    typer.echo(f"{listings:,} demo listings, {added:,} of them new, in {time.perf_counter() - started:.1f} s")
    typer.echo(
        ", ".join(f"{kind.value} {listing.value} {number:,}" for (kind, listing), number in sorted(kinds.items()))
    )
