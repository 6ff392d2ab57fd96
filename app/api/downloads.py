"""Files made while they are sent."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}}, "description": "RFC 4180 in UTF-8, with a head"}
}


async def csv_download(chunks: AsyncIterator[bytes], name: str) -> StreamingResponse:
    first = await anext(chunks)  # what goes wrong at once is answered as a problem

    async def body() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(body(), media_type="text/csv; charset=utf-8", headers=headers)
