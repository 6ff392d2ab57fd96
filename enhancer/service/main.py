"""The HTTP side: takes jobs, tells how they are, serves results."""

import asyncio
import contextlib
import hmac
import logging
import os
import re
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import httpx
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from enhancer.service.settings import Settings
from enhancer.service.store import SCHEDULE, Job, OtherRequestError, QueueFullError, Store
from enhancer.service.wire import EnhanceRequest, report
from enhancer.service.worker import Worker

log = logging.getLogger("enhancer")
_MOST_BODY_BYTES = 64 * 1024
_LONGEST_KEY = 255
_BODY_SECONDS = 20
_RETRY_SECONDS = 60


class ProblemError(Exception):
    """An answer in application/problem+json."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, errors: list[dict[str, str]] | None = None, **headers: str
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.errors = errors
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Service:
    """The routes, over one store and one worker."""

    def __init__(self, settings: Settings, store: Store, worker: Worker) -> None:
        self._settings = settings
        self._store = store
        self._worker = worker
        self._key = settings.api_key.get_secret_value().encode()

    async def enhance(self, request: Request) -> Response:
        """Take a job: 202 with its reference, the same one for the same Idempotency-Key."""
        self._authenticate(request)
        key = request.headers.get("idempotency-key", "").strip()
        if not 0 < len(key) <= _LONGEST_KEY:
            raise _invalid({"Idempotency-Key": f"is required, of at most {_LONGEST_KEY} characters"})
        wanted = self._read(await _body(request))
        try:
            job = await asyncio.to_thread(self._store.add, key, wanted, self._settings.max_queue)
        except OtherRequestError:
            raise _invalid({"Idempotency-Key": "was used for another request"}) from None
        except QueueFullError:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, "Too many jobs are waiting", retry_after=str(_RETRY_SECONDS)
            ) from None
        self._worker.wake()
        answer = {"reference": job.reference, "job_id": job.job_id, "status": "accepted"}
        return JSONResponse(answer, HTTPStatus.ACCEPTED)

    async def job(self, request: Request) -> Response:
        """Tell how a job is, by its reference or its job_id."""
        self._authenticate(request)
        job = await asyncio.to_thread(self._store.find, request.path_params["name"])
        if job is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "There is no such job, or it ended too long ago")
        return JSONResponse({"reference": job.reference, **self._report(job)})

    async def result(self, request: Request) -> Response:
        """Serve a result; its name is the secret."""
        name = request.path_params["name"]
        path = self._settings.data_folder / "results" / name
        if not re.fullmatch(r"[A-Za-z0-9_-]{32}\.jpg", name) or not path.is_file():
            raise ProblemError(HTTPStatus.NOT_FOUND, "There is no such result, or it was removed")
        headers = {"Cache-Control": "private, immutable, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, media_type="image/jpeg", headers=headers)

    async def health(self, _request: Request) -> Response:
        """Tell that jobs can be taken, and how many wait."""
        return JSONResponse({"status": "ok", "waiting": await asyncio.to_thread(self._store.waiting)})

    def _authenticate(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), self._key):
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "The API key is missing or wrong", www_authenticate="Bearer")

    def _read(self, body: bytes) -> EnhanceRequest:
        try:
            wanted = EnhanceRequest.model_validate_json(body)
        except ValidationError as error:
            problems = error.errors(include_input=False, include_url=False)
            raise _invalid(
                {
                    ".".join(map(str, problem["loc"])) or "body": problem["msg"].removeprefix("Value error, ")
                    for problem in problems
                }
            ) from None
        for field in ("image_url", "webhook_url"):
            if httpx.URL(getattr(wanted, field)).host.lower() not in self._settings.client_hosts:
                raise _invalid({field: "is on a host that this service does not work for"})
        if not wanted.wanted:
            field = "forbidden" if wanted.operations else "operations"
            raise _invalid({field: "leaves no operation to do"})
        return wanted

    def _report(self, job: Job) -> dict[str, Any]:
        return report(
            job_id=job.job_id,
            state=job.state,
            result_url=self._worker.result_url(job),
            seconds=job.seconds,
            error=job.error,
        )


def create_app(settings: Settings, schedule: Sequence[float] = SCHEDULE) -> Starlette:
    """Return the service, its data folder made; callbacks are tried `schedule` seconds after the time before."""
    (settings.data_folder / "results").mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(settings.data_folder / "jobs.sqlite3", schedule=schedule)
    client = httpx.AsyncClient(timeout=httpx.Timeout(20, connect=5), follow_redirects=False, trust_env=False)
    worker = Worker(settings, store, client)
    service = Service(settings, store, worker)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with client:
            work = asyncio.create_task(worker.run())
            work.add_done_callback(_end_with_it)
            yield
            work.cancel()
            await asyncio.wait([work])

    routes = [
        Route("/enhance", service.enhance, methods=["POST"]),
        Route("/jobs/{name}", service.job),
        Route("/results/{name}", service.result),
        Route("/health", service.health),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={ProblemError: _problem})


def _end_with_it(work: asyncio.Task[None]) -> None:
    # Without its worker the service would take jobs and do none; whoever supervises it starts it again.
    if not work.cancelled() and (error := work.exception()) is not None:
        log.critical("worker_crashed", exc_info=error)
        os.kill(os.getpid(), signal.SIGTERM)


async def _body(request: Request) -> bytes:
    data = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > _MOST_BODY_BYTES:
                    raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is larger than 64 KB")
    except TimeoutError:
        raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, "The request took too long to arrive") from None
    return bytes(data)


def _invalid(rules: Mapping[str, str]) -> ProblemError:
    """By field, the rule that it breaks."""
    errors = [{"field": field, "message": rule} for field, rule in rules.items()]
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid", errors=errors)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for this class alone
    content: dict[str, Any] = {"title": error.status.phrase, "status": error.status.value, "detail": str(error)}
    if error.errors:
        content["errors"] = error.errors
    return JSONResponse(content, error.status, error.headers, "application/problem+json")
