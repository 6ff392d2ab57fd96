"""What all backends agree on: what a key is, so that it leads nowhere else, and how what it names is served."""

import re

TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
FOR_EVER = "public, max-age=31536000, immutable"
KEY = re.compile(r"(?=.{1,200}\Z)[a-z0-9_-][a-z0-9._-]*(?:/[a-z0-9_-][a-z0-9._-]*)*")


def checked(key: str) -> str:
    """Raises ValueError: keys are made by the app, so a wrong one is a bug."""
    if not KEY.fullmatch(key):
        msg = f"{key!r} is no storage key"
        raise ValueError(msg)
    return key
