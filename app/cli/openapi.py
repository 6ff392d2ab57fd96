import orjson
import typer

from app.config.settings import Settings


def openapi() -> None:
    """Print the API's OpenAPI description as JSON; needs no database."""
    from app.main import create_app  # noqa: PLC0415 - a second of imports that no other command needs

    settings = Settings(_env_file=None, database_url="postgresql+asyncpg://localhost/none")
    typer.echo(orjson.dumps(create_app(settings).openapi(), option=orjson.OPT_INDENT_2).decode())
