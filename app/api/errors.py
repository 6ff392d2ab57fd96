"""Turns every error into RFC 9457 problem+json, in one place."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config.database import DatabaseAwayError
from app.core.exceptions import (
    BodyTooLargeError,
    BodyTooSlowError,
    CasaBricksError,
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PreconditionFailedError,
    StorageFullError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaTypeError,
)

log = structlog.get_logger()
PROBLEM = "application/problem+json"
API_PATHS = ("/api/", "/media/", "/openapi.json")
# Scope, status, title, detail, headers.
ErrorPage = Callable[[Scope, int, str, str, dict[str, str]], Response]
BAD_REQUEST = 400
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
# A body of unknown fields must not get a longer answer than it is itself.
MOST_PROBLEMS = 20
MOST_CHARACTERS = 200
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
TITLES = {404: "Not found", 405: "Method not allowed"}
NOT_JSON = UnsupportedMediaTypeError("The body must be JSON, and Content-Type say so: application/json")
EXAMPLES: dict[int, CasaBricksError] = {
    error.status: error
    for error in (
        UnauthenticatedError("A bearer token is required"),
        ForbiddenError("Your role does not allow this"),
        NotFoundError("There is no listing 01a20aad-dd51-72b3-ac1a-411bb39b1a11"),
        ConflictError("The listing is deleted; restore it first"),
        PreconditionFailedError("It was changed since you read it; `current` is its present state", current={}),
        BodyTooSlowError("The body must arrive within 20 seconds"),
        BodyTooLargeError("The body may have at most 512 KB"),
        NOT_JSON,
        InvalidInputError("budget_max", "must be more than budget_min"),
        TooManyRequestsError("Too many failed attempts; try again in 12 minutes", retry_after_seconds=720),
        UnavailableError("The database does not answer in time; try again"),
        StorageFullError("The picture storage is full"),
    )
}


class FieldProblem(BaseModel):
    loc: list[str | int] = Field(examples=[["body", "budget_max"]])
    msg: str = Field(examples=["must be more than budget_min"])
    type: str = Field(examples=["value_error"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FieldProblem] | None = Field(default=None, description="Present on 422: one entry per field")


def problems(*errors: int | CasaBricksError) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the errors an endpoint answers with: a status shows the usual example, an error itself."""
    schema = {"$ref": "#/components/schemas/Problem"}
    documented: dict[int | str, dict[str, Any]] = {}
    for each in errors:
        error = EXAMPLES[each] if isinstance(each, int) else each
        example = _body({"path": "/api/v1/…"}, error.status, error.code, error.title, error.detail, error.extra)
        content = {PROBLEM: {"schema": schema, "example": example}}
        documented[error.status] = {"description": error.title, "content": content}
    return documented


def _body(scope: Scope, status: int, code: str, title: str, detail: str, extra: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": scope["path"],
        "request_id": scope.get("state", {}).get("request_id", ""),
        **extra,
    }


def prefers_page(accept: str) -> bool:
    """Whether a client with this Accept header would rather have HTML than JSON; one that takes anything would not."""
    quality = {"text/html": 0.0, "application/json": 0.0, "application/problem+json": 0.0}
    for part in accept.split(","):
        media_type, _, parameters = part.partition(";")
        weight = re.search(r"(?:^|;)\s*q=([01](?:\.\d{0,3})?)\s*(?:;|$)", parameters)
        quality[media_type.strip().lower()] = float(weight[1]) if weight else 1.0
    return quality["text/html"] > max(quality["application/json"], quality["application/problem+json"])


def problem_response(
    scope: Scope, status: int, code: str, title: str, detail: str, extra: dict[str, Any], headers: dict[str, str]
) -> Response:
    """Problem+json, or a page when a browser asked outside the API."""
    if not scope["path"].startswith(API_PATHS) and prefers_page(Headers(scope=scope).get("accept", "")):
        show: ErrorPage = scope["app"].state.error_page
        rules = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in extra.get("errors", ()))
        return show(scope, status, title, rules or detail, headers)
    body = _body(scope, status, code, title, detail, extra)
    return JSONResponse(body, status, headers=headers, media_type=PROBLEM)


def render(scope: Scope, error: CasaBricksError) -> ASGIApp:
    """The response for a domain error; a class may add members by `extra`."""
    return problem_response(scope, error.status, error.code, error.title, error.detail, error.extra, error.headers)


def rule_of(problem: Mapping[str, Any]) -> str:
    """The rule that was broken, for who typed it; `problem` is one of pydantic's."""
    limits = problem.get("ctx", {})
    # Where white space is collapsed first, pydantic no longer knows that it counts the characters of a text.
    if isinstance(problem.get("input"), str):
        for name, phrase in (("min_length", "at least"), ("max_length", "at most")):
            if name in limits:
                return f"must have {phrase} {limits[name]} character{'' if limits[name] == 1 else 's'}"
    return str(problem["msg"]).removeprefix("Value error, ")


def _described(problem: dict[str, Any]) -> dict[str, Any]:
    loc = [part[:MOST_CHARACTERS] if isinstance(part, str) else part for part in problem["loc"]]
    return {"loc": loc, "msg": rule_of(problem), "type": problem["type"]}


async def on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CasaBricksError)  # noqa: S101 - registered for this class only
    return problem_response(
        request.scope, error.status, error.code, error.title, error.detail, error.extra, error.headers
    )


async def on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    found = error.errors()
    errors = [_described(problem) for problem in found[:MOST_PROBLEMS]]
    if any(problem["loc"] == ["body"] and problem["type"] != "missing" for problem in errors) and not _says_json(
        request
    ):
        return await on_domain_error(request, NOT_JSON)
    if any(problem["type"] == "json_invalid" for problem in errors):
        detail = "The body is not valid JSON"
    else:
        names = dict.fromkeys(".".join(str(part) for part in problem["loc"][1:]) or "body" for problem in errors)
        more = f" and {len(found) - len(errors):,} more" if len(found) > len(errors) else ""
        detail = f"Not accepted: {', '.join(names)}{more}"
    return problem_response(request.scope, 422, "invalid-input", "Invalid input", detail, {"errors": errors}, {})


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _says_json(request: Request) -> bool:
    media_type = _media_type(request)
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def is_form(request: Request) -> bool:
    return _media_type(request) in FORMS


async def on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    if error.status_code == BAD_REQUEST and is_form(request):
        return await on_domain_error(request, InvalidInputError("form", str(error.detail)))
    if error.status_code == BAD_REQUEST:
        # FastAPI's answer to JSON that Python cannot hold: nested too deep, numbers of thousands of digits.
        unreadable = {"loc": ("body",), "msg": "JSON that cannot be read", "type": "json_invalid"}
        return await on_validation_error(request, RequestValidationError([unreadable]))
    title = TITLES.get(error.status_code, "Problem")
    code = title.lower().replace(" ", "-")
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(_allowed(request))
    return problem_response(request.scope, error.status_code, code, title, str(error.detail), {}, headers)


def _allowed(request: Request) -> list[str]:
    """Every method the path has: the framework names those of the first route that has the path."""
    scope = {"type": "http", "path": request.scope["path"], "root_path": request.scope["root_path"], "headers": []}
    routes = request.app.routes
    methods = [
        method
        for method in METHODS
        if any(route.matches(scope | {"method": method})[0] is Match.FULL for route in routes)
    ]
    return sorted([*methods, "HEAD"] if "GET" in methods else methods)


async def on_stale_row(request: Request, _: Exception) -> Response:
    return await on_domain_error(request, PreconditionFailedError("Someone changed it meanwhile; read it again"))


async def on_integrity_error(request: Request, error: Exception) -> Response:
    # The driver's text would quote the values, an e-mail address for example.
    cause = getattr(getattr(error, "orig", None), "__cause__", None)
    log.warning("integrity_error", constraint=getattr(cause, "constraint_name", None))
    return await on_domain_error(request, ConflictError("The change contradicts what is stored"))


DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # stopping, starting, crashed under another statement, cancelled
    asyncpg.InsufficientResourcesError,  # connections, memory, disk
    asyncpg.ReadOnlySQLTransactionError,  # a primary that became a standby, a host that ran out of disk
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InternalClientError,  # the driver's state when the server closes an idle connection under it
)


async def on_database_error(request: Request, error: Exception) -> Response:
    """A connection that broke, a pool that is full or a statement that took too long is 503; the rest is a bug."""
    cause = getattr(error, "orig", None)
    driver_error = getattr(cause, "__cause__", None) or cause
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if not lost and not isinstance(driver_error or error, (*DATABASE_AWAY, DatabaseAwayError, PoolTimeoutError)):
        raise error
    log.warning("database_unavailable", error=type(driver_error or error.__cause__ or error).__name__)
    return await on_domain_error(request, UnavailableError("The database does not answer in time; try again"))


class UnexpectedErrors:
    """Innermost middleware: a bug is logged and answered here, so that it carries request id and CORS headers too.

    A handler for Exception would not do: Starlette runs it outside every middleware.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            log.exception("unexpected_error")
            detail = "The error was recorded; try again later"
            answer = problem_response(scope, 500, "internal-error", "Something went wrong", detail, {}, {})
            await answer(scope, receive, send)


def install_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(CasaBricksError, on_domain_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(StaleDataError, on_stale_row)
    app.add_exception_handler(IntegrityError, on_integrity_error)
    app.add_exception_handler(DBAPIError, on_database_error)
    app.add_exception_handler(asyncpg.PostgresError, on_database_error)
    app.add_exception_handler(asyncpg.InternalClientError, on_database_error)
    app.add_exception_handler(PoolTimeoutError, on_database_error)
    app.add_exception_handler(DatabaseAwayError, on_database_error)
