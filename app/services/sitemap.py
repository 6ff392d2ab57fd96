"""Which homes stand in which part of the site map."""

from collections.abc import AsyncIterator

from app.config.database import DirectReads
from app.core.exceptions import NotFoundError
from app.repositories import sitemap
from app.repositories.sitemap import Listed

# The protocol (sitemaps.org) allows no more in a file.
A_PART = 50_000
A_BATCH = 5_000


async def parts(reads: DirectReads) -> int:
    """At least one, which may be empty."""
    return max(1, -(-await sitemap.count(reads) // A_PART))


async def homes(reads: DirectReads, part: int) -> AsyncIterator[list[Listed]]:
    """Batches of a part, numbered from 1. Raises NotFoundError before the first."""
    after = None
    if part > 1:
        after = await sitemap.last_before(reads, (part - 1) * A_PART)
        if after is None:
            raise NotFoundError(f"There is no part {part} of the site map")
    left = A_PART
    while left and (batch := await sitemap.find_after(reads, after, min(A_BATCH, left))):
        yield batch
        left, after = left - len(batch), batch[-1].id
