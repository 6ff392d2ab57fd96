"""docs/commands.md names every command and option there is, and no other."""

import re

import typer

from app.cli.main import app
from app.tests.conftest import ROOT
from devstack.__main__ import cli

TABLE = (ROOT / "docs/commands.md").read_text(encoding="utf-8").split("\n## ")[0]


def options() -> dict[str, set[str]]:
    """The long options of every command; the app hands `demo` and `env` over to devstack."""
    groups = [typer.main.get_command(app), typer.main.get_command(cli)]
    commands = {name: command for group in groups for name, command in group.commands.items()}  # type: ignore[attr-defined] # click groups, as Typer makes them
    return {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for name, command in commands.items()
    }


def test_every_command_with_every_option_is_on_the_page() -> None:
    sections = dict(re.findall(r"^\| `([a-z-]+)[^`]*` \| (.+)$", TABLE, re.MULTILINE))
    rows = {name: set(re.findall(r"--[a-z-]+", row)) for name, row in sections.items()}
    assert rows == options()
