"""What commands that read a file share: opening it, a bar, the errors file, the report of refused rows."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.runner import fail
from app.services.imports.summary import Summary

EXIT_ROWS_REFUSED = 1
SHOWN_PROBLEMS = 10


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            fail(f"{path} is a pipe or device; save what it gives as a file first, which is read twice")
        file = path.open("rb")
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}")
    with file:
        yield file


@contextlib.contextmanager
def replacing(path: Path | None) -> Iterator[BinaryIO | None]:
    """Give a file whose content takes the place of `path` only when the block ends well.

    Until then it has no name: whatever ends this process leaves nothing behind.
    """
    if path is None:
        yield None
        return
    if path.is_dir():
        fail(f"{path} cannot be written: it is a folder")
    try:
        file = TemporaryFile(dir=path.parent)  # noqa: SIM115 - closed below, where a full disk is no news
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")
    try:
        yield cast("BinaryIO", file)
        try:
            _keep(file, path)
        except OSError as error:
            fail(f"All rows are dealt with, but {path} cannot be written: {error.strerror}")
    finally:
        with contextlib.suppress(OSError):  # of a full disk, which was told already
            file.close()


def _keep(file: IO[bytes], path: Path) -> None:
    file.seek(0)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as named:
            shutil.copyfileobj(file, named)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def progress_bar() -> Progress:
    console = Console(stderr=True)
    text = TextColumn("{task.description}", markup=False)
    columns = (text, BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def task_of(file: Path, *, dry_run: bool) -> str:
    return f"{'Comparing' if dry_run else 'Importing'} {file.name}"


def show_outcome(summary: Summary, *, dry_run: bool, also: str = "") -> None:
    typer.echo(
        f"{'Dry run, nothing written. ' if dry_run else ''}{summary.rows} rows read as {summary.read_as}: "
        f"{summary.new} new, {summary.changed} changed, {summary.unchanged} unchanged, {also}"
        f"{summary.refused.total()} refused"
    )
    for reason, count in summary.refused.most_common():
        typer.echo(f"  {count:>9} {reason}")
    for change in summary.changes[:SHOWN_PROBLEMS]:
        columns = ", ".join(f"{name} {before} → {after}" for name, (before, after) in change.columns.items())
        typer.echo(f"row {change.row} would change {change.what}: {columns}")


def show_problems(summary: Summary, errors: Path | None) -> None:
    refused = summary.refused.total()
    for problem in summary.problems[:SHOWN_PROBLEMS]:
        typer.echo(f"{problem}", err=True)
    if refused > SHOWN_PROBLEMS and errors is None:
        typer.echo(f"… and more; --errors FILE writes all {refused}", err=True)
    if errors and refused:
        typer.echo(f"Refused rows with their reasons: {errors}")
