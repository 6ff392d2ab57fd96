from datetime import timedelta

import structlog

from app.core.vocabulary import DeliveryChannel
from app.services import deliveries, privacy
from app.services.notifications import DELIVER
from app.tasks.runtime import Runtime, job

log = structlog.get_logger()


@job(DELIVER, seconds=300)
async def deliver(on: Runtime, channel: str) -> None:
    kind = DeliveryChannel(channel)
    carrier = on.carriers[kind]
    if carrier is None:
        return
    delivered = await deliveries.deliver_due(on.database, on.queue, carrier, kind)
    log.info("deliveries_sent", channel=channel, delivered=delivered)


@job("leads.forget_old", seconds=600, alone=True)
async def forget_old(on: Runtime) -> None:
    forgotten = await privacy.forget_old(on.database, timedelta(days=on.settings.inquiry_retention_days))
    log.info("old_inquiries_forgotten", inquiries=forgotten)
