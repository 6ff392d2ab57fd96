"""`python -m devstack demo|env`; `casabricks demo|env` ends up here."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from devstack.demo import DEFAULT_LISTINGS, Demo, Options
from devstack.plan import Address
from devstack.state import StackState
from devstack.system import DevstackError, default_directory

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

DataDir = Annotated[
    Path,
    typer.Option(
        envvar="CASABRICKS_DATA_DIR",
        file_okay=False,
        resolve_path=True,
        default_factory=default_directory,
        show_default=".casabricks; in root's private home a folder of /var/lib/casabricks",
        help="Where the databases, secrets and logs live.",
    ),
]


@cli.command()
def demo(
    data_dir: DataDir,
    host: Annotated[str, typer.Option(help="Address the API listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port the API listens on.")] = 8000,
    listings: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1_000_000,
            show_default=str(DEFAULT_LISTINGS),
            help="How many listings to make up when the data directory is new.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve the API.")] = 1,
) -> None:
    """Run CasaBricks with its databases and demo listings on this machine, until Ctrl-C."""
    Demo(Options(Address(host, port), data_dir, listings, workers)).run()


@cli.command()
def env(data_dir: DataDir) -> None:
    """Print the running demo's environment as shell exports."""
    environment = StackState(data_dir).environment()
    if environment is None:
        message = f"No demo is running on {data_dir}: start one with `uv run casabricks demo`."
        raise DevstackError(message)
    for name, value in environment.items():
        quoted = value.replace("'", "'\\''")
        typer.echo(f"export {name}='{quoted}'")


@contextlib.contextmanager
def report_errors() -> Iterator[None]:
    """Turn a DevstackError into one message on stderr and exit code 1."""
    try:
        yield
    except DevstackError as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        sys.exit(1)


def main() -> None:
    """Run the command line."""
    with report_errors():
        cli(prog_name="casabricks")


if __name__ == "__main__":
    main()
