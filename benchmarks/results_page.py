"""Measures what a results page takes on the server, statement, template and compression, beside the limit's statement.

    uv run python benchmarks/results_page.py [--listings 100000] [--keep]

In one process, without sockets and without the cache; both are asked the same in turn, each time with another upper end
of the budget. The figures are CPU time of that process, which others on the machine hardly lengthen, without the
database's. Needs `psql`.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Awaitable

import httpx
import limit
import structlog
from fastapi import FastAPI
from run import SEARCHES, loaded
from starlette.applications import Starlette

from app.config.settings import AppEnv, Settings
from app.main import create_app
from app.schemas.search import GuidedSearchRequest
from app.web.answers import written

TIMES, WARM_UP = 50, 10


def client(app: Starlette | FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", timeout=60)


async def milliseconds(answer: Awaitable[httpx.Response]) -> float:
    began = time.process_time()
    status = (await answer).status_code
    took = (time.process_time() - began) * 1000
    if status != 200:
        raise SystemExit(f"answered with {status}")
    return took


async def measure(env: dict[str, str]) -> None:
    os.environ["LIMIT_DSN"] = env["LIMIT_DSN"]
    url = env["DATABASE_URL"]
    app = create_app(Settings(_env_file=None, app_env=AppEnv.TEST, database_url=url, enable_metrics=False))
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # the log is written, and not shown
    print(f"\n{'median ms of CPU':34}{'limit':>8}{'page':>8}{'ratio':>8}")
    async with (
        app.router.lifespan_context(app),
        limit.app.router.lifespan_context(limit.app),
        client(app) as pages,
        client(limit.app) as statements,
    ):
        for name, answers in SEARCHES.items():
            took: list[tuple[float, float]] = []
            for n in range(WARM_UP + TIMES):
                asked = answers | {"budget_max": answers["budget_max"] - n}
                address = f"/homes?{written(GuidedSearchRequest(**asked))}"
                took.append(
                    (
                        await milliseconds(statements.post("/search", json=asked)),
                        await milliseconds(pages.get(address, headers={"Accept": "text/html"})),
                    )
                )
            least, page = (statistics.median(each) for each in zip(*took[WARM_UP:], strict=True))
            print(f"{name:34}{least:8.1f}{page:8.1f}{page / least:8.1f}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--listings", type=int, default=100_000)
    options.add_argument("--keep", action="store_true", help="keep the loaded database for the next run")
    given = options.parse_args()
    with loaded(given) as (database_env, _):
        asyncio.run(measure(database_env))
