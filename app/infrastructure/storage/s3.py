"""Any storage that speaks S3: Amazon's, Cloudflare R2, MinIO, Supabase's other interface."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.core.exceptions import NotFoundError, StorageFullError, UnavailableError
from app.infrastructure.storage.keys import FOR_EVER, checked

log = structlog.get_logger()
CONNECT_SECONDS = 5.0
TIMEOUT_SECONDS = 15.0
PATIENCE_SECONDS = 40.0
RETRIES = 3


class S3Storage:
    def __init__(
        self,
        *,
        bucket: str,
        region: str,
        endpoint: str | None,
        access_key_id: str,
        secret_access_key: str,
        media_url: str,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._media_url = media_url
        self._store = S3Store(
            bucket,
            region=region,
            endpoint=endpoint or f"https://s3.{region}.amazonaws.com",
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            virtual_hosted_style_request=False,
            disable_bulk_delete=True,  # which not every server knows
            client_options={
                "timeout": timedelta(seconds=timeout_seconds),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "allow_http": endpoint is not None and endpoint.startswith("http://"),
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=PATIENCE_SECONDS),
                "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=2), "base": 2},
            },
        )

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        attributes = {"Content-Type": content_type, "Cache-Control": FOR_EVER}
        async with _answering():
            # Not every server knows how to refuse an existing key; writing the same bytes again changes nothing.
            await obstore.put_async(self._store, checked(key), data, attributes=attributes, use_multipart=False)

    async def get(self, key: str) -> bytes:
        async with _answering():
            found = await obstore.get_async(self._store, checked(key))
            return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        try:
            async with _answering():
                await obstore.delete_async(self._store, checked(key))
        except NotFoundError:
            pass

    def public_url(self, key: str) -> str:
        return self._media_url + checked(key)

    async def check(self) -> None:
        try:
            async with _answering():
                await obstore.list_with_delimiter_async(self._store, prefix="checked-by-casabricks")
        except NotFoundError:
            raise UnavailableError("There is no such bucket") from None

    async def close(self) -> None:
        pass


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    """Turn what the library raises, whose texts name hosts and keys, into the port's errors."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise UnavailableError("There is no such bucket") from None
        raise NotFoundError("This picture is not in the storage") from None
    except (BaseError, TimeoutError) as error:
        reason = type(error).__name__
        log.warning("storage_failed", reason=reason)
        # The text holds the key too, which may have any digits in it.
        if "status code: 507" in str(error) or "StorageFull" in str(error):
            raise StorageFullError("The picture storage is full") from None
        raise UnavailableError(f"The picture storage does not answer as it should ({reason}); try again") from None
