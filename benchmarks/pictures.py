"""Measures uploads of photos, the making of their variants, and what memory the workers take over many of them.

    uv run python benchmarks/pictures.py [--photos 500]

Photos of 4 megapixels each are cut from the real ones of app/data/photos. One process of the app takes them in, four at
a time; then a worker with two processes makes the variants, while an AI service calls back. The sender shares the
machine with both.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pyvips
from callbacks import SECRET, call_back
from run import ROOT, run

from devstack.servers import PostgresServer, ValkeyServer

WIDTH, HEIGHT = 2448, 1632
AT_ONCE = 4
PORT = 58003
ADDRESS = f"http://127.0.0.1:{PORT}"
EMAIL, PASSWORD = "bench@casabricks.example", "measured-and-thrown-away"


def photo(number: int) -> bytes:
    """Another part of a real photo for each number."""
    sources = sorted((ROOT / "app/data/photos").glob("exterior_berlin_facade_*.jpg"))
    image = pyvips.Image.new_from_file(str(sources[number % len(sources)]))
    left, top = number * 7 % (image.width - WIDTH), number * 5 % (image.height - HEIGHT)
    return bytes(image.crop(left, top, WIDTH, HEIGHT).jpegsave_buffer(Q=90, keep="none"))


def start(*command: str, env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=env, stdout=output, stderr=output)


async def send_all(photos: int) -> tuple[float, float, float]:
    """Upload them; returns photos a second, the median and the 99th percentile of an upload's milliseconds."""
    async with httpx.AsyncClient(base_url=f"{ADDRESS}/api/v1", timeout=60) as client:
        while True:
            try:
                await client.get(f"{ADDRESS}/health/live")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.2)
        login = await client.post("/auth/login", json={"email": EMAIL, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        listings = (await client.get("/admin/properties", params={"per_page": 100})).json()["items"]
        took: list[float] = []
        sending = 0.0
        for first in range(0, photos, 50):  # made in slices, so that they need not all lie in memory
            slice_ = [(number, photo(number)) for number in range(first, min(first + 50, photos))]

            async def send() -> None:
                while slice_:  # noqa: B023 - emptied before the next one
                    number, data = slice_.pop()  # noqa: B023 - emptied before the next one
                    path = f"/admin/properties/{listings[number // 30]['id']}/images"
                    fields = {"image_type": "front_exterior"}
                    began = time.perf_counter()
                    answer = await client.post(path, files={"file": ("a.jpg", data)}, data=fields)
                    took.append((time.perf_counter() - began) * 1000)
                    if answer.status_code != httpx.codes.CREATED:
                        sys.exit(f"An upload was answered with {answer.status_code}: {answer.text}")

            began = time.perf_counter()
            await asyncio.gather(*(send() for _ in range(AT_ONCE)))
            sending += time.perf_counter() - began
    return photos / sending, statistics.median(took), statistics.quantiles(took, n=100)[98]


def cpu(processes: list[psutil.Process]) -> float:
    """Seconds of processor time, which a busy machine does not change."""
    return sum(process.cpu_times().user + process.cpu_times().system for process in processes)


def watch(worker: subprocess.Popen[bytes], log: Path, photos: int) -> tuple[float, dict[int, float]]:
    """Photos a second from the first to the last, and the processes' megabytes after so many of them."""
    memory: dict[int, float] = {}
    began, done = 0.0, 0
    while done < photos:
        if worker.poll() is not None:
            sys.exit(f"The worker ended:\n{log.read_text()[-2000:]}")
        done = log.read_text().count("variants_made")
        began = began or (time.perf_counter() if done else 0.0)
        if done >= (len(memory) + 1) * photos / 5:
            children = psutil.Process(worker.pid).children(recursive=True)
            memory[done] = sum(child.memory_info().rss for child in children) / 2**20
        time.sleep(0.1)
    return photos / (time.perf_counter() - began), memory


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--photos", type=int, default=500)
    photos = options.parse_args().photos
    folder = Path(tempfile.mkdtemp(prefix="casabricks-bench-"))
    postgres = PostgresServer.start(folder / "postgres", durable=False)
    valkey = ValkeyServer.start(folder / "valkey", durable=False)
    started: list[subprocess.Popen[bytes]] = []
    try:
        postgres.create_database("bench")
        env = os.environ | {
            "APP_ENV": "development",
            "DATABASE_URL": postgres.url("bench"),
            "REDIS_URL": valkey.url(0),
            "CELERY_BROKER_URL": valkey.url(1),
            "STORAGE_FOLDER": str(folder / "media"),
            "AI_SERVICE_API_URL": "http://127.0.0.1:9/enhance",
            "AI_SERVICE_API_KEY": "not asked for anything",
            "AI_SERVICE_WEBHOOK_SECRET": SECRET,
            "PUBLIC_URL": ADDRESS,
        }
        run(sys.executable, "-m", "alembic", "upgrade", "head", env=env)
        casabricks = [sys.executable, "-m", "app.cli"]
        run(*casabricks, "load-geography", env=env)
        run(*casabricks, "load-demo", "--listings", "100", env=env)
        administrator = [*casabricks, "create-admin", EMAIL, "--password-stdin"]
        subprocess.run(administrator, cwd=ROOT, env=env, input=PASSWORD.encode(), check=True, stdout=subprocess.DEVNULL)
        started.append(start("uvicorn", "app.main:app", f"--port={PORT}", env=env, log=folder / "app.log"))
        a_second, median, slowest = asyncio.run(send_all(photos))
        print(
            f"{photos} uploads of {WIDTH}x{HEIGHT}: {a_second:.1f} a second; "
            f"median {median:.0f} ms, 99th percentile {slowest:.0f} ms"
        )
        app = psutil.Process(started[0].pid)
        memory_after = app.memory_info().rss / 2**20
        print(f"the app: {cpu([app]) / photos * 1000:.0f} ms of CPU each, {memory_after:.0f} MB after them", flush=True)
        celery = (
            "celery",
            "-A",
            "app.tasks.celery_app",
            "worker",
            "-Q",
            "images",
            "--concurrency=2",
            "--loglevel=info",
        )
        started.append(start(*celery, env=env, log=folder / "worker.log"))
        dsn = postgres.url("bench").replace("+asyncpg", "")
        with ThreadPoolExecutor(1) as service:
            calls = service.submit(call_back, ADDRESS, dsn, photos // 2, env)
            made_a_second, memory = watch(started[1], folder / "worker.log", photos)
            median, slowest = calls.result()
        print(f"{photos // 2} callbacks meanwhile: median {median:.0f} ms, 99th percentile {slowest:.0f} ms")
        print(f"variants: {made_a_second:.2f} photos, {made_a_second * 5:.1f} files a second on two processes")
        processes = psutil.Process(started[1].pid).children(recursive=True)
        print(f"{cpu(processes) / photos * 1000:.0f} ms of CPU for a photo's variants")
        print("both processes together:", json.dumps({done: f"{size:.0f} MB" for done, size in memory.items()}))
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        valkey.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
