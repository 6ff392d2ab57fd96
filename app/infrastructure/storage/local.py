"""A folder of this machine, or one that all machines mount. The app serves it at /media (app/api/media.py)."""

import asyncio
import errno
import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from app.core.exceptions import NotFoundError, StorageFullError, UnavailableError
from app.infrastructure.storage.keys import checked

PREFIX = "/media"
FULL = {errno.ENOSPC, errno.EDQUOT}


class LocalStorage:
    def __init__(self, folder: Path, public_url: str | None) -> None:
        self.folder = folder.absolute()
        self._url = (public_url or "") + PREFIX

    async def put(self, key: str, data: bytes, content_type: str) -> None:  # noqa: ARG002 - the key's ending tells it
        await asyncio.to_thread(self._write, self.folder / checked(key), data)

    async def get(self, key: str) -> bytes:
        path = self.folder / checked(key)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except (FileNotFoundError, NotADirectoryError):
            raise NotFoundError("This picture is not in the storage") from None
        except OSError as error:
            raise _unavailable(error) from None

    async def delete(self, key: str) -> None:
        try:
            await asyncio.to_thread((self.folder / checked(key)).unlink, missing_ok=True)
        except NotADirectoryError:
            pass
        except OSError as error:
            raise _unavailable(error) from None

    def public_url(self, key: str) -> str:
        return f"{self._url}/{checked(key)}"

    async def check(self) -> None:
        probe = self.folder / f".{uuid4().hex}.part"
        await asyncio.to_thread(self._write, probe, b"casabricks")
        await asyncio.to_thread(probe.unlink, missing_ok=True)

    async def close(self) -> None:
        pass

    def _write(self, path: Path, data: bytes) -> None:
        """All of it under its name, or nothing: a crash leaves at most a part that is never served."""
        part = path.with_name(f".{uuid4().hex}.part")
        try:
            if path.is_file():
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise _unavailable(error) from None


def _sync_folder(folder: Path) -> None:
    """Without it a power cut may forget the name of a file whose bytes are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unavailable(error: OSError) -> UnavailableError:
    if error.errno in FULL:
        return StorageFullError("The picture storage is full")
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return UnavailableError(f"The picture storage does not work: {reason}")
