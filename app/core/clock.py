"""The one place that reads the time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

INDIA = ZoneInfo("Asia/Kolkata")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No listing is older; what says so is mistyped."""


def utc_now() -> datetime:
    return datetime.now(UTC)
