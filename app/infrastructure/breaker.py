"""Leaves a server that failed alone for a while, so that a hanging one does not slow every request."""

import time

import structlog

log = structlog.get_logger()


class Breaker:
    """Logs `away` once when the server fails and `back` once when it answers again."""

    def __init__(self, *, away: str, back: str, pause_seconds: float) -> None:
        self._away = away
        self._back = back
        self._pause_seconds = pause_seconds
        self._ask_again_at: float | None = None  # None while the server answers

    @property
    def is_closed(self) -> bool:
        """Whether the server answered when it was last asked."""
        return self._ask_again_at is None

    def may_ask(self) -> bool:
        """While it is away: true for one caller after each pause, who tries it."""
        if self._ask_again_at is None:
            return True
        if time.monotonic() < self._ask_again_at:
            return False
        self._pause()
        return True

    def failed(self, error: Exception) -> None:
        if self._ask_again_at is None:
            log.warning(self._away, reason=type(error).__name__)
        self._pause()

    def answered(self) -> None:
        if self._ask_again_at is not None:
            log.info(self._back)
        self._ask_again_at = None

    def _pause(self) -> None:
        self._ask_again_at = time.monotonic() + self._pause_seconds
