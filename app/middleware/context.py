"""Request id, access log, metrics and the headers every answer carries."""

import re
import time

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import new_id
from app.core.metrics import METHODS, REQUESTS

log = structlog.get_logger()
WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
DOCS = {"/docs", "/redoc"}
# The docs pages are the libraries' own, with inline scripts; ReDoc would fetch its logo from its maker's host.
DOCS_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; worker-src blob:; frame-ancestors 'none'"
)
API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def route_template(scope: Scope) -> str:
    """The path as declared, "/api/v1/properties/{id}"; "unmatched" when no route took the request."""
    # Under an included router scope["route"] knows only its own part of the path; this context knows all of it.
    context = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(context, "path", None) or "unmatched"


class RequestContext:
    """Outermost. A HEAD is answered as a GET whose body is left out, so that no route needs to know of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        if method == "HEAD":
            scope = {**scope, "method": "GET"}
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if WELL_FORMED_ID.fullmatch(given) else str(new_id())
        scope.setdefault("state", {}).update(request_id=request_id, method=method)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], (b"x-request-id", request_id.encode()), *SECURITY_HEADERS]
                # Pages bring a policy of their own.
                if not any(name == b"content-security-policy" for name, _ in headers):
                    policy = DOCS_POLICY if scope["path"] in DOCS else API_POLICY
                    headers.append((b"content-security-policy", policy))
                message["headers"] = headers
            elif method == "HEAD":
                message["body"] = b""
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            seconds, route = time.perf_counter() - started, route_template(scope)
            REQUESTS.labels(method if method in METHODS else "other", route, status).observe(seconds)
            log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
