import typer

from app.cli.runner import run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.core.clock import utc_now
from app.services.demo.visitors import DemoVisitors


def load_demo_visitors() -> None:
    """Give the demo a week of invented visitors and their leads, in all stages; nobody is told of these."""

    async def command(settings: Settings, database: Database) -> tuple[int, int]:
        return await DemoVisitors(database, settings, utc_now()).add()

    visitors, leads = run_with_database(command, long_statements=True)
    typer.echo(f"{visitors} visitors and {leads} leads added")
