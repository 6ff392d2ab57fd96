"""The app that never takes a busy machine's slowness for Redis's: `uvicorn app.tests.test_chaos.patient:app`."""

from fastapi import FastAPI

from app import main
from app.infrastructure import limiter

limiter.PATIENCE_SECONDS = 30.0


def __getattr__(name: str) -> FastAPI:
    app: FastAPI = getattr(main, name)
    return app
