import asyncio
import sys

import typer

from app.config.database import create_database
from app.config.settings import Settings, SettingsError, load_settings
from app.services.doctor import Finding, Verdict, examine

EXIT_CODES = {Verdict.GOOD: 0, Verdict.ABSENT: 0, Verdict.AMISS: 1, Verdict.STOPS: 2}


def doctor() -> None:
    """Check what CasaBricks needs. Exits with 0 when all is well, 1 with something to mend, 2 when it cannot run."""
    try:
        settings = load_settings()
    except SettingsError as error:
        for problem in str(error).splitlines():
            show(Finding(Verdict.STOPS, "Settings", problem))
        raise typer.Exit(EXIT_CODES[Verdict.STOPS]) from None
    raise typer.Exit(EXIT_CODES[asyncio.run(examination(settings))])


async def examination(settings: Settings) -> Verdict:
    """Show each finding as it is made; returns the worst verdict."""
    database = create_database(settings)
    worst = Verdict.GOOD
    try:
        async for finding in examine(settings, database):
            show(finding)
            worst = max(worst, finding.verdict)
    finally:
        await database.close()
    return worst


def show(finding: Finding) -> None:
    marks = "✓\N{EN DASH}✗✗" if (sys.stdout.encoding or "").lower().startswith("utf") else "+-xx"
    typer.echo(f"{marks[finding.verdict]} {finding.subject}: {finding.detail}")
    if finding.mend:
        typer.echo(f"    {finding.mend}")
