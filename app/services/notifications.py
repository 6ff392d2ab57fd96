"""Who is told of what happens to an inquiry, and what they read."""

from app.config.database import WriteSession
from app.config.settings import Settings
from app.core.jobs import enqueue
from app.core.vocabulary import DeliveryChannel, InquiryEventType
from app.infrastructure.delivery import Letter
from app.models.delivery import Delivery
from app.models.inquiry import Inquiry, InquiryEvent
from app.repositories import deliveries
from app.schemas.deliveries import WebhookEvent, WebhookInquiry

DELIVER = "leads.deliver"
WEBHOOKS = {
    InquiryEventType.RECEIVED: "inquiry.received",
    InquiryEventType.STATUS_CHANGED: "inquiry.status_changed",
    InquiryEventType.ASSIGNED: "inquiry.assigned",
}


async def notify(session: WriteSession, settings: Settings, event: InquiryEvent, *, to: str | None) -> None:
    """Write the event and, in the same transaction, what is to be sent because of it; `to` gets the e-mail."""
    await deliveries.add_event(session, event)
    told: dict[DeliveryChannel, str | None] = {}
    if to is not None and settings.sends_mail:
        told[DeliveryChannel.EMAIL] = to
    if settings.crm_webhook_url is not None and event.event_type in WEBHOOKS:
        told[DeliveryChannel.WEBHOOK] = None
    for channel, recipient in told.items():
        row = Delivery(event_id=event.id, inquiry_id=event.inquiry_id, channel=channel, recipient=recipient)
        deliveries.add(session, row)
        # Its row asks again if the job is lost.
        enqueue(session, DELIVER, channel=channel.value)


def compose(delivery: Delivery) -> Letter:
    """The same each time: it tells what the inquiry was when it came, and of the event only what the event says."""
    return Letter(
        id=delivery.id,
        recipient=delivery.recipient,
        subject=_subject(delivery.event, delivery.inquiry),
        text=_text(delivery.inquiry),
        payload=_event(delivery.event, delivery.inquiry).model_dump_json(exclude_none=True).encode(),
    )


def _event(event: InquiryEvent, inquiry: Inquiry) -> WebhookEvent:
    data = WebhookInquiry.model_validate(inquiry).model_copy(update={"change": event.details or None})
    return WebhookEvent(type=WEBHOOKS[event.event_type], timestamp=event.occurred_at, data=data)


def _subject(event: InquiryEvent, inquiry: Inquiry) -> str:
    what = inquiry.inquiry_type.value.replace("_", " ")
    start = "Assigned to you" if event.event_type is InquiryEventType.ASSIGNED else "New inquiry"
    return f"{start} ({what}): {_title(inquiry) or 'a general question'}, {inquiry.full_name}"


def _text(inquiry: Inquiry) -> str:
    lines = {
        "Name": inquiry.full_name,
        "Phone": inquiry.phone,
        "E-mail": inquiry.email,
        "Home": _title(inquiry),
        "Best time": inquiry.preferred_contact_time,
        "Inquiry": str(inquiry.id),
    }
    facts = "\n".join(f"{name}: {value}" for name, value in lines.items() if value)
    return f"{facts}\n\n{inquiry.message or 'No message.'}\n"


def _title(inquiry: Inquiry) -> str | None:
    return None if inquiry.listing is None else inquiry.listing.title
