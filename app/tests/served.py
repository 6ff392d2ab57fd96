"""The documented command as it stands: uvicorn with a number of workers, told by variables alone."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from app.config.settings import Settings
from app.tests.conftest import ROOT
from app.tests.test_devstack.waiting import eventually
from devstack.plan import Address
from devstack.processes import LOOPBACK

PATIENCE_SECONDS = 150  # a busy machine is no failure


@contextmanager
def served(settings: Settings, log: Path, workers: int, **variables: str) -> Iterator[tuple[str, psutil.Process]]:
    """It answers; `log` takes all that it prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port), "--workers", str(workers)]
    command += ["--no-access-log", "--timeout-worker-healthcheck", str(PATIENCE_SECONDS)]
    environment = os.environ | {"DATABASE_URL": settings.database_url} | variables
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    address = Address(LOOPBACK, port)
    try:
        eventually(lambda: address.answers("/health/live"), seconds=PATIENCE_SECONDS)
        yield address.url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
