"""Structured events: JSON lines in production, readable in development; the request id is bound to each."""

import logging
import sys

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer

from app.config.settings import AppEnv, Settings


def configure_logging(settings: Settings) -> None:
    production = settings.app_env is AppEnv.PRODUCTION
    level = logging.DEBUG if settings.debug else logging.INFO
    # The pool tells of each connection it cannot restore with a traceback; the request that needs one is logged.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if production:
        structlog.configure(
            processors=[
                *shared,
                # Without local variables: they hold passwords, tokens and phone numbers.
                structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
                structlog.processors.JSONRenderer(serializer=orjson.dumps),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
            cache_logger_on_first_use=True,
        )
    else:
        structlog.configure(
            processors=[
                *shared,
                structlog.dev.ConsoleRenderer(
                    colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
                ),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
            cache_logger_on_first_use=False,
        )
