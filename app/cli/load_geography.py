import typer

from app.cli.runner import run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.services import reference


def load_geography() -> None:
    """Load zones, sectors, societies and places; run it again after an upgrade."""

    async def command(_: Settings, database: Database) -> dict[str, int]:
        return await reference.load_geography(database)

    counts = run_with_database(command)
    typer.echo("Loaded " + ", ".join(f"{number} {kind}" for kind, number in counts.items()))
