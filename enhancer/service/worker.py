"""The work behind the queue: photos are enhanced, callbacks delivered, old results removed."""

import asyncio
import json
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook

from enhancer.service.pictures import UnusablePictureError, enhance_file
from enhancer.service.settings import Settings
from enhancer.service.store import Job, Store
from enhancer.service.wire import report

log = logging.getLogger("enhancer")
_MOST_STARTS = 3  # a photo that ends the process each time must not do so for ever
_DOWNLOAD_TRIES = (0, 1, 5, 20)  # seconds before each; who restarts is back by then
_DOWNLOAD_SECONDS = 60
_CALLBACK_SECONDS = 20
_NOBODY_WAITS = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)  # the job was deleted; Standard Webhooks: the address is gone
_CALLBACKS_AT_ONCE = 8
_LONGEST_SLEEP = 60.0
_CLEANING_SECONDS = 3600.0
_DISK_PAUSE_SECONDS = 5


class Worker:
    """Runs inside the service's event loop. All it knows is in the store, so that it can be killed at any time."""

    def __init__(self, settings: Settings, store: Store, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._store = store
        self._client = client
        self._webhook = Webhook(settings.webhook_secret.get_secret_value())
        self._results = settings.data_folder / "results"
        self._running: set[str] = set()
        self._starting = asyncio.Lock()
        self._new_jobs = asyncio.Event()
        self._new_callbacks = asyncio.Event()

    def wake(self) -> None:
        """Tell that a job was added."""
        self._new_jobs.set()

    def result_url(self, job: Job) -> str | None:
        """Return where the result is served."""
        return None if job.result is None else f"{self._settings.public_url}/results/{job.result}"

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._settings.workers):
                tasks.create_task(self._forever(self._enhance_next))
            tasks.create_task(self._forever(self._deliver_due))
            tasks.create_task(self._forever(self._clean))

    async def _forever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except (sqlite3.Error, OSError):
                # The disk is full or away. Nothing is lost: the store still holds what is to be done.
                log.exception("disk_failed")
                await asyncio.sleep(_DISK_PAUSE_SECONDS)

    async def _enhance_next(self) -> None:
        self._new_jobs.clear()
        async with self._starting:
            job = await asyncio.to_thread(self._store.start, list(self._running))
            if job is not None:
                self._running.add(job.reference)
        if job is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._new_jobs.wait(), _LONGEST_SLEEP)
            return
        try:
            await self._enhance(job)
        finally:
            self._running.discard(job.reference)
        self._new_callbacks.set()

    async def _enhance(self, job: Job) -> None:
        began = time.monotonic()
        result: str | None = None
        error: str | None = None
        try:
            _refuse_after_crashes(job)
            data = await self._download(job.request.image_url)
            result = await asyncio.to_thread(self._make_result, job, data)
        except UnusablePictureError as problem:
            error = str(problem)
        except (sqlite3.Error, OSError):
            await asyncio.to_thread(self._store.discount, job)  # not the photo's fault
            raise
        except Exception:
            # A defect of ours: the client must not wait for it, and what it is stays in the log.
            log.exception("job_crashed reference=%s", job.reference)
            error = "The photo could not be enhanced"
        seconds = round(time.monotonic() - began, 2)
        await asyncio.to_thread(self._store.end, job, seconds=seconds, result=result, error=error)
        log.info("job_ended reference=%s seconds=%s error=%s", job.reference, seconds, error)

    def _make_result(self, job: Job, data: bytes) -> str:
        file, enhanced = enhance_file(data, job.request.wanted)
        log.info("photo_enhanced reference=%s done=%s", job.reference, json.dumps(enhanced.done))
        name = f"{secrets.token_urlsafe(24)}.jpg"
        write_durably(self._results / name, file)
        return name

    async def _download(self, url: str) -> bytes:
        for index, pause in enumerate(_DOWNLOAD_TRIES):
            await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(_DOWNLOAD_SECONDS):
                    status, data = await self._get(url)
            except (httpx.HTTPError, TimeoutError) as problem:
                reason = f"gave no answer ({type(problem).__name__})"
            else:
                if status == HTTPStatus.OK:
                    return data
                reason = f"answered {status}"
                if status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS:
                    break
            log.warning("download_failed try=%s host=%s reason=%s", index + 1, urlsplit(url).hostname, reason)
        message = f"The photo could not be fetched: its host {reason}"
        raise UnusablePictureError(message)

    async def _get(self, url: str) -> tuple[int, bytes]:
        most = self._settings.max_image_mb * 1024 * 1024
        data = bytearray()
        async with self._client.stream("GET", url) as response:
            if response.status_code != HTTPStatus.OK:
                return response.status_code, b""
            async for chunk in response.aiter_bytes():
                data += chunk
                if len(data) > most:
                    message = f"The photo is larger than {self._settings.max_image_mb} MB"
                    raise UnusablePictureError(message)
        return response.status_code, bytes(data)

    async def _deliver_due(self) -> None:
        self._new_callbacks.clear()
        jobs = await asyncio.to_thread(self._store.due, _CALLBACKS_AT_ONCE)
        if jobs:
            await asyncio.gather(*map(self._deliver, jobs))
            return
        pause = await asyncio.to_thread(self._store.seconds_until_due)
        with suppress(TimeoutError):
            longest = _LONGEST_SLEEP if pause is None else min(pause, _LONGEST_SLEEP)
            await asyncio.wait_for(self._new_callbacks.wait(), longest)

    async def _deliver(self, job: Job) -> None:
        said = report(
            job_id=job.job_id,
            state=job.state,
            result_url=self.result_url(job),
            seconds=job.seconds,
            error=job.error,
        )
        body = json.dumps(said, separators=(",", ":"))
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": job.webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(job.webhook_id, now, body),
        }
        try:
            async with asyncio.timeout(_CALLBACK_SECONDS):
                status = await self._post(job.request.webhook_url, body, headers)
            delivered = 200 <= status < 300 or status in _NOBODY_WAITS  # noqa: PLR2004 - the class of success
            reason = str(status)
        except (httpx.HTTPError, TimeoutError) as problem:
            delivered, reason = False, type(problem).__name__
        await asyncio.to_thread(self._store.callback_sent, job, delivered=delivered)
        log.info("callback_sent reference=%s delivered=%s answer=%s", job.reference, delivered, reason)

    async def _post(self, url: str, body: str, headers: dict[str, str]) -> int:
        async with self._client.stream("POST", url, content=body, headers=headers) as response:
            return response.status_code  # what it says besides is of no account

    async def _clean(self) -> None:
        await asyncio.to_thread(self._remove_old)
        await asyncio.sleep(_CLEANING_SECONDS)

    def _remove_old(self) -> None:
        age = self._settings.keep_days * 86_400.0
        self._store.forget(age)
        for path in self._results.iterdir():
            if path.stat().st_mtime < time.time() - age:
                path.unlink(missing_ok=True)


def _refuse_after_crashes(job: Job) -> None:
    if job.starts > _MOST_STARTS:
        message = "Enhancing the photo failed several times"
        raise UnusablePictureError(message)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all, whatever happens meanwhile."""
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)  # on a full disk each try would leave another
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
