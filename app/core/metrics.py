"""What is counted. Labels are names that the code knows, never ids: each value is a series of its own for ever."""

from prometheus_client import Counter

CACHE = Counter(
    "casabricks_cache_requests_total",
    "Answers looked for in a cache, by how that ended",
    ["cache", "outcome"],
    registry=None,
)
