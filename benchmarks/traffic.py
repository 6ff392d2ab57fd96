"""Sends an hour of simulated visitors to the real routes and confirms the dashboard's figures by SQL on its own notes.

    uv run python benchmarks/traffic.py [--visitors 2000] [--listings 3000] [--start 2026-11-25T23:30]

The hour takes minutes: app/tests/traffic.py says how it is simulated. It needs no server but the PostgreSQL that it
starts. `--start` is Noida's time.
"""

import argparse
import asyncio
import contextlib
import io
import os
import shutil
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from run import run

from app.config.database import create_database
from app.config.settings import AppEnv, Settings
from app.core.clock import INDIA
from app.core.unit_of_work import unit_of_work
from app.tests.factories import auth_headers, make_user
from app.tests.traffic import Traffic, confirm
from devstack.servers import PostgresServer


async def send(settings: Settings, start: datetime, visitors: int) -> None:
    database = create_database(settings)
    async with unit_of_work(database) as session:
        user = await make_user(session)
    traffic = Traffic(settings, database, auth_headers(settings, user), start)
    began = time.perf_counter()
    with contextlib.redirect_stderr(io.StringIO()):  # the log
        figures = await traffic.run(visitors)
    seconds = time.perf_counter() - began
    compared = await confirm(database, figures)
    await database.close()
    print(f"{visitors:,} visitors from {start:%H:%M}, {traffic.requests:,} requests, in {seconds:.0f} s")
    for part in ("totals", "funnel", "responses"):
        print(part, ", ".join(f"{name} {value}" for name, value in figures[part].items()))
    print(f"{compared:,} figures, each as the notes say")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--visitors", type=int, default=2000)
    options.add_argument("--listings", type=int, default=3000)
    options.add_argument("--start", type=datetime.fromisoformat, default=datetime(2026, 11, 25, 23, 30))  # noqa: DTZ001 - Noida's
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="casabricks-traffic-"))
    postgres = PostgresServer.start(folder, durable=False)
    try:
        postgres.create_database("traffic")
        env = os.environ | {"DATABASE_URL": postgres.url("traffic")}
        run(sys.executable, "-m", "alembic", "upgrade", "head", env=env)
        run(sys.executable, "-m", "app.cli", "load-geography", env=env)
        run(sys.executable, "-m", "app.cli", "load-demo", "--listings", str(given.listings), env=env)
        settings = Settings(
            _env_file=None,
            app_env=AppEnv.TEST,
            database_url=postgres.url("traffic"),
            redis_url=None,
            enable_metrics=False,
            rate_limit_inquiries_per_hour=20,
        )
        asyncio.run(send(settings, given.start.replace(tzinfo=INDIA), given.visitors))
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
