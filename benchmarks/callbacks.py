"""Callbacks of the AI service, sent while a worker is busy (benchmarks/pictures.py)."""

import statistics
import time
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import orjson
from run import run
from standardwebhooks import Webhook

SECRET = "whsec_bWVhc3VyZWQtYW5kLXRocm93bi1hd2F5LTEyMzQ1Ng=="  # noqa: S105 - of a server that lives for minutes
# Attempts as if the service had taken them, one for each of so many photos.
ATTEMPTS = """
WITH asked AS (
  INSERT INTO enhancements (id, image_id, attempt, provider, state, requested_at, dispatched_at, next_try_at, ask_at)
  SELECT gen_random_uuid(), property_images.id, 1, 'http', 'dispatched', now(), now(), tomorrow, tomorrow
  FROM property_images, (VALUES (now() + interval '1 day')) AS later (tomorrow)
  ORDER BY property_images.id LIMIT {number} RETURNING id, image_id
), marked AS (
  UPDATE property_images SET enhancement_status = 'processing' FROM asked WHERE property_images.id = asked.image_id
) SELECT id FROM asked
"""


def call_back(address: str, dsn: str, number: int, env: dict[str, str]) -> tuple[float, float]:
    """Send `number` signed callbacks one after the other; returns the median and 99th percentile in milliseconds."""
    took: list[float] = []
    signer = Webhook(SECRET)
    with httpx.Client(base_url=address, timeout=30) as client:
        for job in run("psql", "-XAtqc", ATTEMPTS.format(number=number), dsn, env=env).split():
            body = orjson.dumps({"job_id": job, "status": "failed", "error_message": "measured"})
            message, now = f"msg_{uuid4().hex}", datetime.now(UTC)
            headers = {
                "webhook-id": message,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": signer.sign(message, now, body.decode()),
                "content-type": "application/json",
            }
            began = time.perf_counter()
            client.post("/api/v1/webhooks/ai-enhancement", content=body, headers=headers).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=100)[98]
