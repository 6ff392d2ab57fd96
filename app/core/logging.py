"""Structured events: JSON lines in production, readable in development; the request id is bound to each."""

import logging
import sys
from collections.abc import Callable

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer

from app.config.settings import AppEnv, Settings

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logging(settings: Settings) -> None:
    production = settings.app_env is AppEnv.PRODUCTION
    level = logging.DEBUG if settings.debug else logging.INFO
    # The pool tells of each connection it cannot restore with a traceback; the request that needs one is logged.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    structlog.configure(
        processors=[*_SHARED, *_rendering(settings, orjson.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=(
            structlog.BytesLoggerFactory(sys.stdout.buffer) if production else structlog.PrintLoggerFactory(sys.stderr)
        ),
    )


def log_libraries(settings: Settings, level: int) -> None:
    """Render what libraries say through `logging` in the same way, to the same place."""
    production = settings.app_env is AppEnv.PRODUCTION
    handler = logging.StreamHandler(sys.stdout if production else sys.stderr)
    rendering = _rendering(settings, lambda event, **options: orjson.dumps(event, **options).decode())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)


def _rendering(settings: Settings, to_json: Callable[..., str | bytes]) -> list[structlog.typing.Processor]:
    if settings.app_env is AppEnv.PRODUCTION:
        return [
            # Without local variables: they hold passwords, tokens and phone numbers.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=to_json),
        ]
    return [
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    ]
