import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from app.cli.__main__ import main

INTERRUPTED_IMPORT = """
import sys

class CtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            raise KeyboardInterrupt

sys.meta_path.insert(0, CtrlC())
from app.cli.__main__ import main
main()
"""


@pytest.mark.parametrize("module", ["typer", "app.services.demo.loading"])
def test_ctrl_c_while_a_command_is_read_in_shows_no_traceback(module: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED_IMPORT.format(module=module), "load-demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_installed_command_is_the_module() -> None:
    (command,) = entry_points(group="console_scripts", name="casabricks")
    assert command.load() is main
