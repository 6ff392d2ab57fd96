"""Measures what counting requests costs: the same app with it and without, in turn, by CPU time.

    uv run python benchmarks/metrics.py [--requests 4000] [--runs 9]

In one process and without sockets, so that it is the app alone that is measured, and other work on the machine hardly
shows. The request is the cheapest there is, so that the share is the largest there can be.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog

from app.config.settings import Settings
from app.main import create_app
from app.middleware import context

SCOPE = {"type": "http", "method": "GET", "path": "/health/live", "headers": [], "query_string": b"", "root_path": ""}
counted = context.REQUESTS


class Uncounted:
    def labels(self, *_: object) -> "Uncounted":
        return self

    def observe(self, _: float) -> None:
        pass


async def receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(_: object) -> None:
    pass


async def cpu_microseconds(app: Any, requests: int) -> float:
    started = time.process_time()
    for _ in range(requests):
        await app({**SCOPE, "state": {}}, receive, send)
    return (time.process_time() - started) / requests * 1e6


async def measure(requests: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        address = "postgresql+asyncpg://127.0.0.1:1/none"
        settings = Settings(_env_file=None, database_url=address, metrics_folder=Path(folder))
        app = create_app(settings)
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # the log is written, and not shown
        took: dict[str, list[float]] = {"without": [], "with": []}
        for _ in range(runs):
            for name, metric in (("without", Uncounted()), ("with", counted)):
                context.REQUESTS = metric  # type: ignore[assignment] # its stand-in
                took[name].append(await cpu_microseconds(app, requests))
    without, with_ = statistics.median(took["without"]), statistics.median(took["with"])
    print(
        f"without {without:.1f} µs, with {with_:.1f} µs a request: {without / with_:.1%} of the requests a CPU second"
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=4000)
    options.add_argument("--runs", type=int, default=9)
    given = options.parse_args()
    asyncio.run(measure(given.requests, given.runs))
