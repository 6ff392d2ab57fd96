"""UUIDv7: ordered by time, so that new rows land together in an index (RFC 9562)."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()
