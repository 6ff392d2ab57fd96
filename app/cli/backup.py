from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from app.cli.runner import fail, run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.core.exceptions import UnavailableError
from app.infrastructure.postgres_tools import PostgresToolError
from app.infrastructure.storage import Storage, create_storage
from app.services import backups
from app.services.backups import BackupError, Manifest

EXIT_DIFFERS = 1
T = TypeVar("T")
Source = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A folder that `backup` wrote")]


def backup(folder: Annotated[Path, typer.Argument(help="A new folder to write it into")]) -> None:
    """Back up the database and its pictures into a folder, while everything runs (docs/backups.md)."""
    manifest = _run(lambda settings, database, storage: backups.back_up(settings, database, storage, folder))
    typer.echo(f"Backed up {_contents(manifest)} into {folder}")
    if manifest.missing:
        fail(
            f"{len(manifest.missing):,} pictures are not in the storage: {', '.join(manifest.missing[:5])}",
            EXIT_DIFFERS,
        )


def restore(folder: Source) -> None:
    """Read a backup into the empty database and the storage that the variables name, and compare."""
    differences = _run(lambda settings, database, storage: backups.restore(settings, database, storage, folder))
    _show(folder, "Restored", differences)


def drill(folder: Source) -> None:
    """Prove a backup: restore it beside the database, compare every table and picture, and remove it again."""
    differences = _run(lambda settings, database, _: backups.drill(settings, database, folder))
    _show(folder, "Proved", differences)


def _run(work: Callable[[Settings, Database, Storage], Awaitable[T]]) -> T:
    async def command(settings: Settings, database: Database) -> T:
        storage = create_storage(settings)
        try:
            return await work(settings, database, storage)
        finally:
            await storage.close()

    try:
        return run_with_database(command, long_statements=True)
    except (BackupError, PostgresToolError) as error:
        fail(str(error))
    except UnavailableError as error:
        fail(error.detail)


def _show(folder: Path, done: str, differences: Sequence[str]) -> None:
    if differences:
        fail("\n".join(differences), EXIT_DIFFERS)
    typer.echo(f"{done} {_contents(backups.read_manifest(folder))}")


def _contents(manifest: Manifest) -> str:
    return f"{len(manifest.tables):,} tables with {manifest.rows:,} rows, and {len(manifest.objects):,} pictures"
