"""Builds the application: the only wiring."""

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from app.api import health as health_routes
from app.api import media, metrics
from app.api.errors import Problem, UnexpectedErrors, install_error_handlers, problems, render
from app.api.v1.router import PREFIX, ROUTERS
from app.config.database import Database, create_database
from app.config.settings import Settings, SettingsError, load_settings
from app.core.jobs import Queue
from app.core.logging import configure_logging
from app.core.metrics import keep_metrics
from app.infrastructure.ai.choice import create_provider
from app.infrastructure.cache.redis_store import create_store
from app.infrastructure.cache.versioned import VersionedCache
from app.infrastructure.limiter import RateLimiter
from app.infrastructure.queue.sender import create_queue
from app.infrastructure.storage import create_storage
from app.middleware.body_limit import BodyLimit, Upload
from app.middleware.compression import CompressedPages
from app.middleware.context import RequestContext
from app.repositories import data_version
from app.server import limit_requests
from app.services.events import Recorder
from app.services.gazetteer import Places
from app.services.health import VERSION
from app.services.imports.request import BY_COMMAND, MOST_BYTES
from app.services.monitoring import Monitor
from app.web.errors import error_page
from app.web.router import add_pages

# Longer than any write of the app takes; what waits for more is better told to come again.
LOCK_TIMEOUT_SECONDS = 3
PHOTO_PATH = re.compile(PREFIX + r"/admin/properties/[^/]+/images|/admin/listings/[^/]+/photos")
IMPORT_PATH = re.compile(PREFIX + "/admin/properties/import|/admin/import")
# Beside the file: its fields and what stands between them.
FORM_BYTES = 16 * 1024
DESCRIPTION = "Three answers about Noida homes, ranked results with the reason for each. Errors are RFC 9457 problems."


def create_app(settings: Settings, database: Database | None = None, queue: Queue | None = None) -> FastAPI:
    """Build the app. Tests hand in database and queue; what is not given is opened from the settings and closed."""
    configure_logging(settings)
    opened = database or create_database(settings, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS)
    jobs = queue or create_queue(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        app.state.events.start()
        yield
        await app.state.events.close()
        await app.state.limiter.close()
        await app.state.cache.close()
        await app.state.storage.close()
        if app.state.ai_service is not None:
            await app.state.ai_service.close()
        if queue is None:
            await jobs.close()
        if database is None:
            await opened.close()

    app = (FastAPIOffline if settings.docs_enabled else FastAPI)(
        title="CasaBricks",
        version=VERSION,
        description=DESCRIPTION,
        openapi_url="/openapi.json" if settings.docs_enabled else None,
        lifespan=lifespan,
        redirect_slashes=False,  # to a host that the client names
        separate_input_output_schemas=False,
        # Spans and metrics of the framework's own that nothing collects; asking whether to costs every request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.database = opened
    app.state.queue = jobs
    app.state.limiter = RateLimiter(settings)
    app.state.cache = VersionedCache(create_store(settings), partial(data_version.read, opened.direct))
    app.state.storage = create_storage(settings)
    app.state.ai_service = create_provider(settings)
    app.state.places = Places(opened)
    app.state.events = Recorder(opened)
    app.state.error_page = error_page
    install_error_handlers(app)
    # Not nested in one more router: each level matches the path again.
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(health_routes.router)
    app.include_router(media.router)
    if settings.enable_metrics:
        keep_metrics(settings.metrics_folder)
        app.state.monitor = Monitor(opened)
        app.include_router(metrics.router)
    add_pages(app)
    describe_problems(app)
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(CompressedPages)
    uploads = [
        Upload(PHOTO_PATH, (settings.max_file_size_mb << 20) + FORM_BYTES),
        Upload(IMPORT_PATH, MOST_BYTES + FORM_BYTES, BY_COMMAND),
    ]
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_kb * 1024, uploads=uploads, render=render)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["*"],
            allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"],
            expose_headers=["ETag", "X-Request-ID", "Retry-After"],
        )
    app.add_middleware(RequestContext)
    return app


def describe_problems(app: FastAPI) -> None:
    """Put the error's schema into the OpenAPI description and refer every 422 to it."""
    generate = app.openapi

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            schema = generate()
            schemas = schema["components"]["schemas"]
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= problem.pop("$defs")
            schemas["Problem"] = problem
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            for path in schema["paths"].values():
                for operation in path.values():
                    if "422" in operation["responses"]:
                        operation["responses"]["422"] = problems(422)[422]
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend the description


def __getattr__(name: str) -> FastAPI:
    """Build `app` when a server asks for it, so that importing this module needs no environment."""
    if name != "app":
        raise AttributeError(name)
    try:
        application = create_app(load_settings())
    except SettingsError as error:
        sys.exit(str(error))
    limit_requests()
    globals()["app"] = application
    return application
