"""What a stack keeps in its data directory: its secrets, what it is running, and what it has loaded."""

import base64
import contextlib
import json
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

import psutil

from devstack import processes
from devstack.system import DirectoryLock, write_private


class Secrets(TypedDict):
    """Random values made once for each data directory."""

    SECRET_KEY: str
    JWT_SECRET_KEY: str
    admin_password: str
    enhancer_api_key: str
    enhancer_webhook_secret: str


class _Running(TypedDict):
    environment: dict[str, str]
    processes: dict[str, tuple[int, float]]  # name: pid, seconds since the epoch at which it was created


class StackState:
    """The files of one data directory; all of them are readable by their owner only."""

    def __init__(self, data_dir: Path) -> None:
        self.lock = DirectoryLock(data_dir)
        self._secrets = data_dir / "secrets.json"
        self._listings = data_dir / "listings.json"
        self._stack = data_dir / "stack.json"
        self._running: _Running = {"environment": {}, "processes": {}}

    def secrets(self) -> Secrets:
        """Return the secrets, made on first use."""
        fresh: Secrets = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "JWT_SECRET_KEY": secrets.token_urlsafe(48),
            "admin_password": secrets.token_urlsafe(15),
            "enhancer_api_key": secrets.token_urlsafe(32),
            "enhancer_webhook_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        kept: Secrets | None = json.loads(self._secrets.read_text()) if self._secrets.exists() else None
        # A directory of an earlier version lacks some.
        complete: Secrets = {**fresh, **kept} if kept else fresh
        if complete != kept:
            write_private(self._secrets, json.dumps(complete))
        return complete

    def loaded_listings(self) -> int | None:
        """Return how many demo listings were loaded, None before that has succeeded."""
        if not self._listings.exists():
            return None
        return int(json.loads(self._listings.read_text())["listings"])

    def mark_loaded(self, listings: int) -> None:
        """Note that the demo listings are in the database."""
        write_private(self._listings, json.dumps({"listings": listings}))

    def publish(self, environment: Mapping[str, str]) -> None:
        """Let `environment()` answer from now on."""
        self._running["environment"] = dict(environment)
        self._save()

    def record(self, name: str, pid: int) -> None:
        """Remember a child of ours in case we get no chance to stop it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._running["processes"][name] = (pid, psutil.Process(pid).create_time())
            self._save()

    def environment(self) -> dict[str, str] | None:
        """Return the variables of the running stack, None when no stack runs on this directory."""
        if not self.lock.is_held() or not self._stack.exists():
            return None
        running: _Running = json.loads(self._stack.read_text())
        return running["environment"] or None

    def end_leftovers(self) -> None:
        """Stop the processes that a killed stack left running. Call it with the lock held."""
        if not self._stack.exists():
            return
        left: _Running = json.loads(self._stack.read_text())
        for pid, created in left["processes"].values():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                # The same number with another birth is somebody else's process.
                if abs(process.create_time() - created) < 1:
                    processes.end(process, ((signal.SIGTERM, 20), (signal.SIGKILL, 5)))
        self.clear()

    def clear(self) -> None:
        """Forget what was running."""
        self._stack.unlink(missing_ok=True)

    def _save(self) -> None:
        write_private(self._stack, json.dumps(self._running))
