import typer

from app.cli.runner import fail, run_with_database
from app.config.database import Database
from app.config.settings import Settings
from app.core.exceptions import CasaBricksError
from app.infrastructure.ai import missing_settings
from app.infrastructure.queue.sender import create_queue
from app.infrastructure.storage import create_storage
from app.services.demo.pictures import DARK, DemoPictures


def load_demo_pictures() -> None:
    """Give the best demo listings pictures: credited photos and drawn fronts; run it again after an interruption."""

    async def command(settings: Settings, database: Database) -> tuple[int, int, list[str]]:
        queue, storage = create_queue(settings), create_storage(settings)
        try:
            pictures = DemoPictures(database, queue, storage, settings)
            return await pictures.add_photos(), await pictures.add_drawings(), missing_settings(settings)
        finally:
            await storage.close()
            await queue.close()

    try:
        photos, drawings, missing = run_with_database(command)
    except CasaBricksError as error:
        fail(error.detail)
    typer.echo(f"{photos} listings with photos and {drawings} with drawings added")
    if missing:
        typer.echo(f"The {len(DARK)} dark photos stay as they are: without {', '.join(missing)} nothing enhances them")
