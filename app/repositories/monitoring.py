"""What monitoring asks of the database."""

from collections.abc import Sequence

import asyncpg

from app.config.database import DirectReads, Query
from app.models.enhancement import IS_UNDER_WAY

# Where work waits, each with what it has waited since.
_QUEUES = f"""
SELECT 'enhancement' AS queue, requested_at AS since FROM enhancements WHERE {IS_UNDER_WAY}
UNION ALL SELECT 'variants', variants_due_at FROM property_images WHERE variants_due_at <= now()
UNION ALL SELECT channel, created_at FROM deliveries WHERE status = 'pending'
"""
FIGURES = Query(f"""
WITH waiting AS (
  SELECT queue, count(*) AS length, extract(epoch FROM now() - min(since)) AS oldest FROM ({_QUEUES}) q GROUP BY queue
)
SELECT 'casabricks_properties_active' AS name, ARRAY[listing_type, property_type]::text[] AS labels,
  sum(listings)::float8 AS value
FROM search_counts GROUP BY listing_type, property_type
UNION ALL SELECT 'casabricks_queue_length', ARRAY[queue]::text[], length FROM waiting
UNION ALL SELECT 'casabricks_queue_oldest_seconds', ARRAY[queue]::text[], oldest FROM waiting
UNION ALL SELECT 'casabricks_enhancements', ARRAY[state]::text[], count(*) FROM enhancements GROUP BY state
UNION ALL SELECT 'casabricks_inquiries_now', ARRAY[status]::text[], count(*) FROM inquiries GROUP BY status
UNION ALL SELECT 'casabricks_deliveries_failed', ARRAY[channel]::text[], count(*) FROM deliveries
  WHERE status = 'failed' GROUP BY channel
""")


async def read_figures(reads: DirectReads) -> Sequence[asyncpg.Record]:
    """(name, labels, value) of every figure that is not 0."""
    return await reads.fetch(FIGURES, {})
