"""What must be true of every inquiry when all is up again, counted from the clients, the database and the receivers."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import asyncpg

from devstack.chaos.receivers import Inbox, Receivers
from devstack.chaos.visitors import Heard

DELIVERED_TWICE = """
SELECT count(*) FROM (
  SELECT FROM delivery_attempts WHERE error IS NULL GROUP BY delivery_id HAVING count(*) > 1
) AS twice
"""
# So many are this alike, and due so many seconds ago, the first and the last.
WAITING = """
SELECT channel, status, attempts, error, count(*),
       extract(epoch FROM now() - min(next_attempt_at))::int AS first,
       extract(epoch FROM now() - max(next_attempt_at))::int AS last
FROM deliveries LEFT JOIN LATERAL (
  SELECT error FROM delivery_attempts WHERE delivery_id = deliveries.id ORDER BY started_at DESC LIMIT 1
) AS last_attempt ON true
WHERE status <> 'delivered' GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 20
"""


@dataclass(frozen=True)
class Stored:
    """What the database holds; inquiries by id, deliveries by channel."""

    messages: dict[str, str]
    delivered: dict[str, list[tuple[str, str]]]
    """(inquiry, delivery) of those that were delivered."""
    undelivered: int
    waiting: list[str]
    """The undelivered in words, those alike together."""
    delivered_twice: int
    """Messages of which two attempts were taken for good: two workers had the same."""
    timelines: Counter[tuple[str, str]]
    """How many entries of a type an inquiry has."""


async def count_undelivered(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        waiting: int = await connection.fetchval("SELECT count(*) FROM deliveries WHERE status <> 'delivered'")
    finally:
        await connection.close()
    return waiting


async def read_stored(dsn: str) -> Stored:
    connection = await asyncpg.connect(dsn)
    try:
        inquiries = await connection.fetch("SELECT id::text, message FROM inquiries")
        deliveries = await connection.fetch("SELECT id::text, inquiry_id::text, channel, status FROM deliveries")
        waiting = await connection.fetch(WAITING)
        twice = await connection.fetchval(DELIVERED_TWICE)
        events = await connection.fetch(
            "SELECT inquiry_id::text, event_type, count(*) FROM inquiry_events GROUP BY 1, 2"
        )
    finally:
        await connection.close()
    delivered = defaultdict(list)
    for row in deliveries:
        if row["status"] == "delivered":
            delivered[row["channel"]].append((row["inquiry_id"], row["id"]))
    return Stored(
        messages={row["id"]: row["message"] for row in inquiries},
        delivered=delivered,
        undelivered=len(deliveries) - sum(map(len, delivered.values())),
        waiting=[
            f"{row['count']} {row['channel']}s {row['status']}, {row['attempts']} attempts, "
            f"due {row['first']} to {row['last']} s ago, last error: {row['error']}"
            for row in waiting
        ],
        delivered_twice=twice,
        timelines=Counter({(row["inquiry_id"], row["event_type"]): row["count"] for row in events}),
    )


def faults(asked: int, heard: Heard, receivers: Receivers, stored: Stored) -> dict[str, int]:
    """Each kind of fault and how often it is there; of all there must be none."""
    rows = Counter(stored.messages.values())
    return {
        "inquiries whose client was never told that they are stored": asked - len(heard.stored),
        "told that it is stored, without that row": sum(
            stored.messages.get(inquiry_id) != message for message, ids in heard.stored.items() for inquiry_id in ids
        ),
        "one inquiry, two ids told": sum(len(ids) > 1 for ids in heard.stored.values()),
        "one inquiry, two rows": sum(number > 1 for number in rows.values()),
        "answers that nobody should get": sum(heard.wrong.values()),
        "messages not delivered": stored.undelivered,
        "messages delivered by two attempts": stored.delivered_twice,
        **_of_channel("webhook", receivers.webhooks, stored),
        **_of_channel("email", receivers.emails, stored),
        "forged webhooks": receivers.webhooks.forged,
        "timelines without one receipt and one e-mail": sum(
            stored.timelines[inquiry_id, event] != 1
            for inquiry_id in stored.messages
            for event in ("received", "email_sent")
        ),
    }


def _of_channel(channel: str, inbox: Inbox, stored: Stored) -> dict[str, int]:
    told = Counter(inbox.inquiry_of.values())
    # A letter's id ends with the sender's host.
    arrived = {
        (inquiry_id, message_id.strip("<>").partition("@")[0]) for message_id, inquiry_id in inbox.inquiry_of.items()
    }
    return {
        f"{channel}s: inquiries told of not at all": len(stored.messages.keys() - told.keys()),
        f"{channel}s: inquiries told of under two ids": sum(number > 1 for number in told.values()),
        f"{channel}s: of inquiries that are not stored": len(told.keys() - stored.messages.keys()),
        f"{channel}s: delivered, it is said, but not here": len(set(stored.delivered[channel]) - arrived),
        f"{channel}s: one id, two contents": sum(len(contents) > 1 for contents in inbox.contents.values()),
    }
