"""A folder of this machine, or one that all machines mount. The app serves it at /media (app/api/media.py)."""

import asyncio
import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO
from uuid import uuid4

from app.core.exceptions import NotFoundError, StorageFullError, UnavailableError
from app.infrastructure.storage.keys import checked

LEAST_FREE_BYTES = 100 << 20
PARTS = ".parts"  # no key begins so, hence nothing in it is ever served
ABANDONED_SECONDS = 3600
FULL = {errno.ENOSPC, errno.EDQUOT}


class LocalStorage:
    def __init__(self, folder: Path, media_url: str) -> None:
        self.folder = folder.absolute()
        self._media_url = media_url

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

    async def stat(self, key: str) -> os.stat_result | None:
        """Of the file to serve; None without one. Raises UnavailableError."""
        try:
            found = await asyncio.to_thread((self.folder / checked(key)).stat)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unavailable(error) from None
        return found if S_ISREG(found.st_mode) else None

    async def delete(self, key: str) -> None:
        try:
            await asyncio.to_thread((self.folder / checked(key)).unlink, missing_ok=True)
        except NotADirectoryError:
            pass
        except OSError as error:
            raise _unavailable(error) from None

    def public_url(self, key: str) -> str:
        return self._media_url + checked(key)

    async def check(self) -> None:
        await asyncio.to_thread(self._probe)

    async def close(self) -> None:
        pass

    def _probe(self) -> None:
        try:
            with self._part() as (part, file):
                file.write(b"casabricks")
            part.unlink()
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise _unavailable(error) from None
        if free < LEAST_FREE_BYTES:
            raise StorageFullError(f"The disk of the picture storage has only {free >> 20} MB left")

    def _write(self, path: Path, data: bytes) -> None:
        """All of it under its name, or nothing."""
        try:
            if path.is_file():
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._part() as (part, file):
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                part.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            raise _unavailable(error) from None

    @contextmanager
    def _part(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A file to write into; what a killed process left of one is removed by the next that writes."""
        folder = self.folder / PARTS
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                    left.unlink()
        part = folder / uuid4().hex
        try:
            with part.open("xb") as file:
                yield part, file
        except OSError:
            part.unlink(missing_ok=True)
            raise


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
