"""`python -m enhancer`: run the service."""

import logging
import sys

import uvicorn
from pydantic import ValidationError

from enhancer.service.main import create_app
from enhancer.service.settings import Settings

_ENDING_SECONDS = 10  # for whoever reads a result slowly


def main() -> None:
    """Serve until SIGTERM; exit code 2 and every problem when a setting is missing or wrong."""
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False):
            name = "_".join(("ENHANCER", *map(str, problem["loc"]))).upper()
            sys.stderr.write(f"{name}: {problem['msg']}\n")
        sys.exit(2)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses with the signatures in them
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_ENDING_SECONDS,
    )


if __name__ == "__main__":
    main()
