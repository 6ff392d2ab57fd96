"""What Prometheus reads: the counts of all processes of this machine, and figures of the database."""

import asyncio
import time
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import asyncpg
import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from app.config.database import Database
from app.core.metric_files import exposition
from app.core.vocabulary import DeliveryChannel, EnhancementState, InquiryStatus, ListingType, PropertyType
from app.repositories import monitoring

log = structlog.get_logger()
FRESH_SECONDS = 5.0
PATIENCE_SECONDS = 4.0
QUEUES = ("enhancement", "variants", *DeliveryChannel)


class Figure(NamedTuple):
    help: str
    labels: tuple[str, ...]
    values: tuple[Sequence[str], ...]
    """All values of each label: what the database does not name is 0."""


FIGURES = {
    "casabricks_properties_active": Figure(
        "Listed homes", ("listing_type", "property_type"), (tuple(ListingType), tuple(PropertyType))
    ),
    "casabricks_queue_length": Figure("Work that waits or is under way", ("queue",), (QUEUES,)),
    "casabricks_queue_oldest_seconds": Figure("Age of the oldest work in it", ("queue",), (QUEUES,)),
    "casabricks_enhancements": Figure("Attempts to enhance a photo", ("state",), (tuple(EnhancementState),)),
    "casabricks_inquiries_now": Figure("Inquiries by where they stand", ("status",), (tuple(InquiryStatus),)),
    "casabricks_deliveries_failed": Figure("Messages that were given up", ("channel",), (tuple(DeliveryChannel),)),
}


class Monitor:
    """One for a process. The database is asked at most every five seconds, however many ask for metrics."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._asked_at: float | None = None
        self._figures: list[Metric] = []

    async def metrics(self) -> bytes:
        """As Prometheus's text. Without the database the counts alone, and casabricks_database_up is 0."""
        async with self._lock:
            if self._asked_at is None or time.monotonic() - self._asked_at > FRESH_SECONDS:
                self._figures = await self._ask()
                self._asked_at = time.monotonic()
        return await asyncio.to_thread(exposition, self._figures)

    async def _ask(self) -> list[Metric]:
        up = GaugeMetricFamily("casabricks_database_up", "Whether the database told the figures")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                rows = await monitoring.read_figures(self._database.direct)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            log.warning("figures_not_read", reason=type(error).__name__)
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        found = {(row["name"], *row["labels"]): row["value"] for row in rows}
        metrics: list[Metric] = [up]
        for name, figure in FIGURES.items():
            family = GaugeMetricFamily(name, figure.help, labels=figure.labels)
            for values in product(*figure.values):
                family.add_metric(values, found.get((name, *values), 0))
            metrics.append(family)
        return metrics
