"""Looks for stale answers: readers of search and detail beside writers through the admin API, with the cache on.

    uv run python benchmarks/stale_reads.py [--seconds 120] [--workers 4] [--readers 16] [--chaos]

With --chaos Redis is killed and started empty, emptied, and stopped for three seconds (it accepts and never answers),
in turn, all the while. Ends with 1 when any answer was stale or failed.
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import httpx
from redis.asyncio import Redis
from run import APP, ROOT, environment, run, server

from app.tests.stale_check import Check, Report
from devstack.servers import PostgresServer, ValkeyServer

EMAIL, PASSWORD = "bench@casabricks.example", "measured-and-thrown-away"
CALM_SECONDS = 3
HANG_SECONDS = 3


def send(valkey: ValkeyServer, what: signal.Signals) -> None:
    if valkey.pid is not None:
        os.kill(valkey.pid, what)


async def disturb(valkey: ValkeyServer) -> None:
    """Until cancelled, which is put off while Redis is not as it should be."""
    while True:
        await asyncio.sleep(CALM_SECONDS)
        send(valkey, signal.SIGKILL)
        await asyncio.to_thread(valkey.restart)
        await asyncio.sleep(CALM_SECONDS)
        async with Redis.from_url(valkey.url()) as redis:
            await redis.flushall()
        await asyncio.sleep(CALM_SECONDS)
        send(valkey, signal.SIGSTOP)
        try:
            await asyncio.sleep(HANG_SECONDS)
        finally:
            send(valkey, signal.SIGCONT)


async def check(given: argparse.Namespace, headers: dict[str, str], valkey: ValkeyServer) -> Report:
    disturbing = asyncio.create_task(disturb(valkey)) if given.chaos else None
    report = await Check(APP, headers).run(given.seconds, given.readers)
    if disturbing is not None:
        disturbing.cancel()
        with suppress(asyncio.CancelledError):
            await disturbing
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--chaos", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        postgres = PostgresServer.start(Path(folder) / "postgres", durable=False)
        valkey = ValkeyServer.start(Path(folder) / "valkey", durable=False)
        try:
            postgres.create_database("bench")
            env = environment(postgres) | {"REDIS_URL": valkey.url()}
            run(sys.executable, "-m", "alembic", "upgrade", "head", env=env)
            casabricks = (sys.executable, "-m", "app.cli")
            run(*casabricks, "load-geography", env=env)
            administrator = [*casabricks, "create-admin", EMAIL, "--password-stdin"]
            subprocess.run(administrator, cwd=ROOT, env=env, input=PASSWORD.encode(), check=True, stdout=sys.stderr)
            with server("app.main:app", APP, ROOT, env, workers=given.workers):
                login = httpx.post(f"{APP}/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD}, timeout=30)
                headers = {"Authorization": f"Bearer {login.raise_for_status().json()['access_token']}"}
                report = asyncio.run(check(given, headers, valkey))
        finally:
            valkey.stop()
            postgres.stop()
    took = statistics.quantiles(report.took, n=1000)
    print(f"{report.reads:,} reads beside {report.writes:,} writes in {given.seconds} s, {given.workers} processes")
    print(f"stale: {len(report.stale)}; failed: {dict(report.failed) or 0}")
    print(f"a read: median {took[499] * 1000:.0f} ms, 99% {took[989] * 1000:.0f} ms, longest {max(report.took):.2f} s")
    print(*report.stale[:5], sep="\n")
    sys.exit(bool(report.stale or report.failed))


if __name__ == "__main__":
    main()
