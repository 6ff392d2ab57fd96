import time
from collections.abc import Callable
from typing import TypeVar

DEADLINE_SECONDS = 200  # only reached when something is broken
T = TypeVar("T")


def eventually(get: Callable[[], T], *, seconds: float = DEADLINE_SECONDS) -> T:
    """Call `get` until its answer is truthy and return that; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := get()):
        assert time.monotonic() < deadline, "the awaited state did not come"
        time.sleep(0.02)
    return answer
