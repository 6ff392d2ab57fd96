"""The form of every key: what all three backends take, and what can lead nowhere else."""

import re

KEY = re.compile(r"(?=.{1,200}\Z)[a-z0-9_-][a-z0-9._-]*(?:/[a-z0-9_-][a-z0-9._-]*)*")


def checked(key: str) -> str:
    """Raises ValueError: keys are made by the app, so a wrong one is a bug."""
    if not KEY.fullmatch(key):
        msg = f"{key!r} is no storage key"
        raise ValueError(msg)
    return key
