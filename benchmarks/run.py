"""Measures search and detail beside the limit of this machine and prints the ratios.

    uv run python benchmarks/run.py [--listings 100000] [--seconds 8] [--runs 3] [--keep]

Needs `wrk` and `psql`. Generator, server and database share the machine's cores, so only the ratios of one run mean
something; limit and app are measured in turn, and the median of the runs is taken.
"""

import argparse
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devstack.servers import PostgresServer

HERE = Path(__file__).parent
ROOT = HERE.parent
WORKERS = 2
CONNECTIONS = 16
LIMIT, APP = "http://127.0.0.1:58001", "http://127.0.0.1:58002"
SEARCHES = {
    "2 BHK flats, 50 lakh to 1 crore": {
        "budget_min": 5_000_000,
        "budget_max": 10_000_000,
        "property_type": "flat",
        "bhk": 2,
    },
    "flats, any budget": {"budget_min": 1, "budget_max": 1_000_000_000, "property_type": "flat"},
    "villas, 2 to 5 crore": {"budget_min": 20_000_000, "budget_max": 50_000_000, "property_type": "villa"},
}
INDEXES = (
    "CREATE INDEX bench_images_primary ON bench_images (property_id) WHERE is_primary",
    "CREATE INDEX bench_search_bhk ON bench_listings (property_type, bhk, price, id) WHERE is_active",
    "CREATE INDEX bench_search ON bench_listings (property_type, price, id) WHERE is_active",
    "VACUUM ANALYZE bench_listings",
    "VACUUM ANALYZE bench_images",
)


@dataclass(frozen=True)
class Case:
    name: str
    url: str
    body: str = ""
    ids: str = ""


def run(*command: str, env: dict[str, str]) -> str:
    return subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def environment(postgres: PostgresServer) -> dict[str, str]:
    """What both programs are told; the app runs as in production, without Redis, which these reads do not use."""
    url = postgres.url("bench")
    return os.environ | {
        "DATABASE_URL": url,
        "LIMIT_DSN": url.replace("+asyncpg", ""),
        "DATABASE_POOL_SIZE": "4",
        "APP_ENV": "production",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SECRET_KEY": secrets.token_urlsafe(48),
    }


def load(postgres: PostgresServer, listings: int, env: dict[str, str]) -> None:
    """Generate the listings and load them both ways."""
    dsn = env["LIMIT_DSN"]
    postgres.create_database("bench")
    casabricks = (sys.executable, "-m", "app.cli")
    run(sys.executable, "-m", "alembic", "upgrade", "head", env=env)
    run(*casabricks, "load-geography", env=env)
    images = listings // 5
    run("psql", "-q", "-v", f"n={listings}", "-v", f"n_img={images}", "-f", str(HERE / "listings.sql"), dsn, env=env)
    for statement in INDEXES:
        run("psql", "-q", "-c", statement, dsn, env=env)
    run("psql", "-q", "-f", str(HERE / "real_tables.sql"), dsn, env=env)
    run(*casabricks, "rank", env=env)
    print(run(*casabricks, "refresh-market", env=env).strip(), flush=True)
    run("psql", "-q", "-c", "VACUUM ANALYZE", dsn, env=env)


@contextmanager
def server(target: str, address: str, folder: Path, env: dict[str, str], workers: int = WORKERS) -> Iterator[None]:
    """uvicorn with so many workers, ended by its id."""
    port = address.rsplit(":", 1)[1]
    options = ["--workers", str(workers), "--no-access-log", "--log-level", "warning"]
    command = [sys.executable, "-m", "uvicorn", target, "--port", port, *options]
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 300  # on a busy machine
        while True:
            try:
                urllib.request.urlopen(f"{address}/health/live", timeout=2).close()  # noqa: S310 - loopback
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{target} did not start")
                time.sleep(0.2)
        time.sleep(2)  # the other workers too
        yield
    finally:
        process.terminate()
        process.wait(30)


def load_once(case: Case, seconds: int) -> float:
    """Requests a second; ends the run when any answer was not 2xx."""
    env = os.environ | {"BENCH_BODY": case.body, "BENCH_IDS": case.ids}
    script = str(HERE / "load.lua")
    out = run("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", script, case.url, env=env)
    figures = json.loads(out.rsplit("@@", 1)[1])
    if figures["failed"]:
        sys.exit(f"{case.name}: {figures['failed']} requests failed")
    return float(figures["rps"])


def measure(cases: list[Case], runs: int, seconds: int) -> dict[str, float]:
    """Median requests a second of each case; the cases take turns so that a disturbance hits them alike."""
    for case in cases:
        load_once(case, 2)
    rates: dict[str, list[float]] = {case.name: [] for case in cases}
    for _ in range(runs):
        for case in cases:
            rates[case.name].append(load_once(case, seconds))
    return {name: statistics.median(each) for name, each in rates.items()}


def read_options(description: str | None) -> argparse.Namespace:
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--listings", type=int, default=100_000)
    options.add_argument("--seconds", type=int, default=8)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--keep", action="store_true", help="keep the loaded database for the next run")
    given = options.parse_args()
    for tool in ("wrk", "psql"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is needed: install it with your system's package manager")
    return given


@contextmanager
def loaded(given: argparse.Namespace) -> Iterator[tuple[dict[str, str], Path]]:
    """The environment of a running database with the listings, and its folder."""
    folder = Path(tempfile.gettempdir()) / f"casabricks-bench-{given.listings}"
    fresh = not folder.exists()
    postgres = PostgresServer.start(folder, durable=False, settings={"shared_buffers": "1GB"})
    try:
        env = environment(postgres)
        if fresh:
            print(f"loading {given.listings:,} listings …", flush=True)
            load(postgres, given.listings, env)
        yield env, folder
    finally:
        postgres.stop()
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


def write_ids(env: dict[str, str], folder: Path, number: int) -> str:
    """Name a file with the ids of so many listed homes."""
    ids = folder / f"ids-{number}.txt"
    found = run("psql", "-XAtc", "SELECT id FROM properties WHERE is_listed", env["LIMIT_DSN"], env=env)
    ids.write_text("\n".join(found.split()[:number]))
    return str(ids)


def main() -> None:
    given = read_options(__doc__)
    with loaded(given) as (env, folder):
        cases = [
            case
            for name, answers in SEARCHES.items()
            for case in (
                Case(f"limit: {name}", f"{LIMIT}/search", json.dumps(answers)),
                Case(f"app: {name}", f"{APP}/api/v1/search/guided", json.dumps(answers)),
            )
        ]
        cases.append(Case("app: detail", f"{APP}/api/v1/properties/{{id}}", ids=write_ids(env, folder, 20_000)))
        with server("limit:app", LIMIT, HERE, env), server("app.main:app", APP, ROOT, env):
            rates = measure(cases, given.runs, given.seconds)
    print(f"\n{given.listings:,} listings, {WORKERS} workers, {CONNECTIONS} connections, requests a second\n")
    print(f"{'search':34}{'limit':>8}{'app':>8}{'ratio':>8}")
    for name in SEARCHES:
        limit, app = rates[f"limit: {name}"], rates[f"app: {name}"]
        print(f"{name:34}{limit:8,.0f}{app:8,.0f}{app / limit:8.0%}")
    print(f"{'detail of one listing':34}{'':8}{rates['app: detail']:8,.0f}")


if __name__ == "__main__":
    main()
