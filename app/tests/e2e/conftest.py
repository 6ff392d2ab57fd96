"""One demo stack and one browser for all journeys of a run.

`phone` and `desktop` are a new visitor's page each; `visiting` makes others: visiting(width, scheme, locale="hi-IN").
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from app.tests.conftest import ROOT
from app.tests.e2e.browser import DESKTOP, PHONE, chromium, visitor
from devstack.system import scratch_directory

Visiting = Callable[..., AbstractContextManager[Page]]


class Stack(NamedTuple):
    origin: str
    admin_password: str


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running demo with 600 listings; while building, one that runs already (address, space, password)."""
    if running := os.environ.get("CASABRICKS_RUNNING_DEMO"):
        origin, _, password = running.partition(" ")
        yield Stack(origin, password)
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # All visitors of the run have one address.
    environment = os.environ | {"RATE_LIMIT_INQUIRIES_PER_HOUR": "100"}
    command = [sys.executable, "-m", "app.cli", "demo", "--port", str(port), "--listings", "600"]
    with (
        scratch_directory() as data_dir,
        subprocess.Popen(
            [*command, "--data-dir", str(data_dir)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdout is not None
        password = ""
        for line in process.stdout:
            if found := re.search(r"password (\S+)", line):
                password = found[1]
            if "Ctrl-C" in line:
                break
        else:
            pytest.fail(f"the demo ended with {process.wait()}")
        yield Stack(f"http://127.0.0.1:{port}", password)
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(30) == 0


@pytest.fixture(scope="session")
def demo(stack: Stack) -> str:
    """Its address."""
    return stack.origin


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def visiting(browser: Browser, demo: str) -> Visiting:
    return partial(visitor, browser, demo)


@pytest.fixture
def phone(visiting: Visiting) -> Iterator[Page]:
    with visiting(PHONE) as page:
        yield page


@pytest.fixture
def desktop(visiting: Visiting) -> Iterator[Page]:
    with visiting(DESKTOP) as page:
        yield page
