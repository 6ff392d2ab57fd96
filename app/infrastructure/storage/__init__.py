"""Where pictures are kept. Which backend it is, is configuration; what it does is the same (docs/storage.md)."""

from typing import Protocol

from app.config.settings import Settings
from app.infrastructure.storage.local import LocalStorage


class Storage(Protocol):
    """Objects under keys such as `properties/{id}/{sha256}.jpg`: written once, never changed.

    Every method but public_url raises UnavailableError when the storage does not answer as it should.
    """

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store it. The same key again is success, since a key names its content. Raises StorageFullError."""

    async def get(self, key: str) -> bytes:
        """Raises NotFoundError."""

    async def delete(self, key: str) -> None:
        """Remove it; a missing one is success."""

    def public_url(self, key: str) -> str:
        """Where anybody can read it; without a host when the app serves it itself and PUBLIC_URL is not set."""

    async def check(self) -> None:
        """Raises UnavailableError with what is wrong."""

    async def close(self) -> None: ...


def create_storage(settings: Settings) -> Storage:
    return LocalStorage(settings.storage_folder, settings.public_url)
