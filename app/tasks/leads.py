from datetime import timedelta

import structlog

from app.config.settings import Settings
from app.core.vocabulary import DeliveryChannel
from app.infrastructure.delivery import Carrier
from app.infrastructure.delivery.crm import create_crm_carrier
from app.infrastructure.delivery.mail import create_mail_carrier
from app.services import deliveries, privacy
from app.services.notifications import DELIVER
from app.tasks.runtime import Runtime, job

log = structlog.get_logger()


def create_carrier(settings: Settings, channel: DeliveryChannel) -> Carrier | None:
    """None when the settings name nowhere to send to: what waits goes on waiting."""
    return create_mail_carrier(settings) if channel is DeliveryChannel.EMAIL else create_crm_carrier(settings)


@job(DELIVER, seconds=300)
async def deliver(on: Runtime, channel: str) -> None:
    kind = DeliveryChannel(channel)
    carrier = create_carrier(on.settings, kind)
    if carrier is None:
        return
    try:
        delivered = await deliveries.deliver_due(on.database, on.queue, carrier, kind)
    finally:
        await carrier.close()
    log.info("deliveries_sent", channel=channel, delivered=delivered)


@job("leads.forget_old", seconds=600, alone=True)
async def forget_old(on: Runtime) -> None:
    forgotten = await privacy.forget_old(on.database, timedelta(days=on.settings.inquiry_retention_days))
    log.info("old_inquiries_forgotten", inquiries=forgotten)
