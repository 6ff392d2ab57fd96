"""Where pictures are kept. Which backend it is, is configuration; what it does is the same (docs/storage.md)."""

from typing import Protocol

from pydantic import SecretStr

from app.config.settings import Settings
from app.infrastructure.storage.local import LocalStorage
from app.infrastructure.storage.s3 import S3Storage
from app.infrastructure.storage.supabase import SupabaseStorage


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
        """Where anybody can read it; a path when the app serves it itself."""

    async def check(self) -> None:
        """Raises UnavailableError with what is wrong."""

    async def close(self) -> None: ...


def create_storage(settings: Settings) -> Storage:
    match settings.storage_backend:
        case "supabase":
            return SupabaseStorage(
                str(settings.supabase_url),
                _secret(settings.supabase_service_key),
                settings.supabase_storage_bucket,
                settings.media_url,
                largest_bytes=settings.max_file_size_mb << 20,
            )
        case "s3":
            return S3Storage(
                bucket=str(settings.s3_bucket),
                region=settings.s3_region,
                endpoint=settings.s3_endpoint_url,
                access_key_id=str(settings.s3_access_key_id),
                secret_access_key=_secret(settings.s3_secret_access_key),
                media_url=settings.media_url,
            )
        case "local":
            return LocalStorage(settings.storage_folder, settings.media_url)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""  # the settings have refused to do without
