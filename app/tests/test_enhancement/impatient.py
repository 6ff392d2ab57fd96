"""The app with less patience for what was lost, so that tests need not wait: `uvicorn …impatient:app`."""

from datetime import timedelta

from fastapi import FastAPI

from app import main
from app.repositories import enhancements
from app.services.enhancement import work

enhancements.FIRST_WAIT = enhancements.LONGEST_WAIT = timedelta(seconds=1)
work.FIRST_REPEAT_SECONDS = 0.2


def __getattr__(name: str) -> FastAPI:
    app: FastAPI = getattr(main, name)
    return app
