"""What commands that read a file share: opening it, a bar, the errors file, the report of refused rows."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

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
    """Give a file beside `path` that takes its place only when the block ends well."""
    if path is None:
        yield None
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        file = unfinished.open("wb")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")
    try:
        with file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def progress_of(file: Path) -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn(f"{{task.description}} {file.name}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


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
