"""Messages about inquiries: written with the event, sent until they arrive, each with one id."""

import asyncio
import email
import email.policy
import threading
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from standardwebhooks import Webhook
from structlog.testing import capture_logs

from app.config.database import Database
from app.config.settings import AppEnv, Settings
from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.jobs import Job
from app.core.metrics import DELIVERIES as DELIVERIES_SENT
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import DeliveryChannel, DeliveryStatus, UserRole
from app.infrastructure.delivery import Letter
from app.infrastructure.delivery.crm import CrmCarrier, create_crm_carrier
from app.infrastructure.delivery.mail import create_mail_carrier
from app.infrastructure.queue.memory import MemoryQueue
from app.models.delivery import Delivery, DeliveryAttempt
from app.services.deliveries import AT_ONCE, LEASE, WAITS, deliver_due
from app.services.notifications import DELIVER
from app.tests.counting import own
from app.tests.factories import make_property, make_user
from app.tests.test_deliveries.conftest import HOOK, INBOX, SECRET
from app.tests.test_devstack.waiting import eventually
from app.tests.test_enhancement.stand_in import Handler, StandIn, hang_up, never_answer, redirect, reply

Headers = dict[str, str]
INQUIRIES, ADMIN, DELIVERIES = "/api/v1/inquiries", "/api/v1/admin/inquiries", "/api/v1/admin/deliveries"
BODY = {"full_name": "Asha <b>Rao</b>", "phone": "98765 43210", "consent": True, "message": "Is it free?\n\nनमस्ते"}
TAKEN = reply(204)


async def send(client: httpx.AsyncClient, **fields: Any) -> str:
    answer = await client.post(INQUIRIES, json=BODY | fields)
    assert answer.status_code == 201, answer.text
    inquiry_id: str = answer.json()["id"]
    return inquiry_id


async def waiting(database: Database) -> dict[DeliveryChannel, Delivery]:
    async with database.read() as session:
        return {row.channel: row for row in await session.scalars(select(Delivery).order_by(Delivery.id))}


async def later(database: Database, by: timedelta) -> None:
    """Let that time pass, as far as what waits is concerned."""
    async with database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE deliveries SET next_attempt_at = next_attempt_at - CAST(:by AS interval)"), {"by": by}
        )


async def deliver_webhooks(database: Database, carrier: CrmCarrier, queue: MemoryQueue) -> int:
    return await deliver_due(database, queue, carrier, DeliveryChannel.WEBHOOK)


async def deliver_emails(database: Database, settings: Settings) -> list[EmailMessage]:
    carrier = create_mail_carrier(settings)
    assert carrier is not None
    await deliver_due(database, MemoryQueue(), carrier, DeliveryChannel.EMAIL)
    files = sorted(settings.mail_folder.glob("*.eml")) if settings.mail_folder.exists() else []
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


async def test_rows_are_written_with_the_inquiry_and_jobs_leave_after_it(
    client: httpx.AsyncClient, database: Database, queue: MemoryQueue
) -> None:
    await send(client)
    rows = await waiting(database)
    assert {channel: (row.recipient, row.status, row.attempts) for channel, row in rows.items()} == {
        DeliveryChannel.EMAIL: (INBOX, DeliveryStatus.PENDING, 0),
        DeliveryChannel.WEBHOOK: (None, DeliveryStatus.PENDING, 0),
    }
    assert queue.jobs == [Job(DELIVER, {"channel": "email"}), Job(DELIVER, {"channel": "webhook"})]


async def test_nothing_is_written_where_nothing_is_configured(
    client: httpx.AsyncClient, app: Any, database: Database, queue: MemoryQueue
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"leads_inbox": None, "crm_webhook_url": None})
    await send(client)
    assert (await waiting(database), queue.jobs) == ({}, [])


async def test_the_crm_gets_a_signed_event(
    client: httpx.AsyncClient, database: Database, crm: StandIn, carrier: CrmCarrier, queue: MemoryQueue
) -> None:
    crm.on(HOOK, TAKEN)
    async with unit_of_work(database) as session:
        home = await make_property(session)
    inquiry_id = await send(client, property_id=str(home.id), email="asha@rao.com")
    assert await deliver_webhooks(database, carrier, queue) == 1
    (message,) = crm.received
    event = Webhook(SECRET).verify(message.body, message.headers)
    assert event == message.json()
    assert event["type"] == "inquiry.received"
    data = event["data"]
    assert (data["id"], data["property_title"]) == (inquiry_id, home.title)
    assert (data["phone"], data["full_name"], data["message"]) == ("+919876543210", BODY["full_name"], BODY["message"])
    row = (await waiting(database))[DeliveryChannel.WEBHOOK]
    assert message.headers["webhook-id"] == str(row.id)
    assert row.status is DeliveryStatus.DELIVERED
    assert row.delivered_at is not None
    assert await deliver_webhooks(database, carrier, queue) == 0
    assert len(crm.received) == 1


async def test_the_crm_is_told_of_each_step(
    client: httpx.AsyncClient,
    database: Database,
    admin: Headers,
    crm: StandIn,
    carrier: CrmCarrier,
    queue: MemoryQueue,
) -> None:
    crm.on(HOOK, TAKEN)
    inquiry_id = await send(client)
    async with unit_of_work(database) as session:
        agent = await make_user(session, UserRole.AGENT, full_name="Ravi")
    here = f"{ADMIN}/{inquiry_id}"
    await client.patch(f"{here}/assignment", json={"user_id": str(agent.id)}, headers=admin)
    await client.patch(f"{here}/status", json={"status": "contacted"}, headers=admin)
    await client.post(f"{here}/notes", json={"note": "for us alone"}, headers=admin)
    assert await deliver_webhooks(database, carrier, queue) == 3
    told = [message.json() for message in crm.received]
    assert {event["type"]: event["data"].get("change") for event in told} == {
        "inquiry.assigned": {"from": None, "to": "Ravi"},
        "inquiry.received": None,
        "inquiry.status_changed": {"from": "new", "to": "contacted"},
    }


async def test_one_that_gets_no_answer_holds_up_none_of_the_others(
    client: httpx.AsyncClient, database: Database, crm: StandIn, carrier: CrmCarrier, queue: MemoryQueue
) -> None:
    answer = threading.Event()

    def held(handler: Handler) -> None:
        answer.wait()
        TAKEN(handler)

    crm.on(HOOK, held, TAKEN)
    number = 2 * AT_ONCE
    for suffix in range(number):
        await send(client, phone=f"98765 432{suffix:02}")
    sending = asyncio.create_task(deliver_webhooks(database, carrier, queue))
    await asyncio.to_thread(eventually, lambda: len(crm.received) == number)
    answer.set()
    assert await sending == number


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (reply(500), "The CRM answered 500"),
        (reply(404), "The CRM answered 404"),
        (redirect("http://127.0.0.1:1/"), "The CRM answered 302"),
        (hang_up, "The CRM gave no answer: RemoteProtocolError"),
    ],
)
async def test_what_fails_waits_and_is_sent_again_with_the_same_id_and_body(
    client: httpx.AsyncClient,
    database: Database,
    crm: StandIn,
    carrier: CrmCarrier,
    queue: MemoryQueue,
    behaviour: Any,
    reason: str,
) -> None:
    crm.on(HOOK, behaviour, TAKEN)
    await send(client)
    queue.jobs.clear()
    assert await deliver_webhooks(database, carrier, queue) == 0
    row = (await waiting(database))[DeliveryChannel.WEBHOOK]
    assert (row.status, row.attempts) == (DeliveryStatus.PENDING, 1)
    assert timedelta(0) < row.next_attempt_at - utc_now() < timedelta(seconds=6)
    (again,) = queue.jobs
    assert again.name == DELIVER
    assert again.debounce_seconds is not None, "sooner than the sweep of each minute"
    assert await deliver_webhooks(database, carrier, queue) == 0, "not before its time"
    await later(database, WAITS[0] * 1.1)
    assert await deliver_webhooks(database, carrier, queue) == 1
    first, second = crm.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    async with database.read() as session:
        log = list(await session.scalars(select(DeliveryAttempt.error).order_by(DeliveryAttempt.id)))
    assert log == [reason, None]


async def test_a_crm_that_says_when_is_asked_then(
    client: httpx.AsyncClient, database: Database, crm: StandIn, carrier: CrmCarrier, queue: MemoryQueue
) -> None:
    crm.on(HOOK, reply(429, Retry_After="900"))
    await send(client)
    await deliver_webhooks(database, carrier, queue)
    row = (await waiting(database))[DeliveryChannel.WEBHOOK]
    assert timedelta(minutes=14) < row.next_attempt_at - utc_now() <= timedelta(minutes=15)


async def test_after_the_last_wait_it_has_failed_and_can_be_replayed(
    client: httpx.AsyncClient,
    database: Database,
    admin: Headers,
    crm: StandIn,
    carrier: CrmCarrier,
    queue: MemoryQueue,
) -> None:
    crm.on(HOOK, reply(503))
    await send(client)
    outcomes = ("failed", "given_up", "delivered")
    before = [own(DELIVERIES_SENT, "webhook", outcome) for outcome in outcomes]
    for wait in WAITS:
        await deliver_webhooks(database, carrier, queue)
        row = (await waiting(database))[DeliveryChannel.WEBHOOK]
        assert wait * 0.9 < row.next_attempt_at - utc_now() < wait * 1.1
        await later(database, wait * 1.1)
    await deliver_webhooks(database, carrier, queue)
    row = (await waiting(database))[DeliveryChannel.WEBHOOK]
    assert (row.status, len(crm.received)) == (DeliveryStatus.FAILED, 10)
    await later(database, timedelta(days=2))
    await deliver_webhooks(database, carrier, queue)
    assert len(crm.received) == 10
    crm.on(HOOK, TAKEN)
    queue.jobs.clear()
    answer = await client.post(f"{DELIVERIES}/{row.id}/replay", headers=admin)
    assert (answer.status_code, answer.json()["status"], answer.json()["attempts"]) == (202, "pending", 0)
    assert queue.jobs == [Job(DELIVER, {"channel": "webhook"})]
    assert await deliver_webhooks(database, carrier, queue) == 1
    assert {message.headers["webhook-id"] for message in crm.received} == {str(row.id)}
    after = [own(DELIVERIES_SENT, "webhook", outcome) for outcome in outcomes]
    assert [now - then for now, then in zip(after, before, strict=True)] == [9, 1, 1]


async def test_a_crm_that_is_gone_is_not_asked_again(
    client: httpx.AsyncClient, database: Database, crm: StandIn, carrier: CrmCarrier, queue: MemoryQueue
) -> None:
    crm.on(HOOK, reply(410))
    await send(client)
    await deliver_webhooks(database, carrier, queue)
    assert (await waiting(database))[DeliveryChannel.WEBHOOK].status is DeliveryStatus.FAILED


async def test_many_workers_at_once_send_each_once(
    client: httpx.AsyncClient, database: Database, crm: StandIn, carrier: CrmCarrier, queue: MemoryQueue
) -> None:
    crm.on(HOOK, TAKEN)
    for number in range(25):
        await send(client, phone=f"98765 432{number:02}")
    delivered = await asyncio.gather(*(deliver_webhooks(database, carrier, queue) for _ in range(4)))
    assert sum(delivered) == 25
    assert len({message.headers["webhook-id"] for message in crm.received}) == len(crm.received) == 25


async def test_what_a_killed_worker_was_sending_is_sent_again_after_its_lease(
    client: httpx.AsyncClient,
    database: Database,
    crm: StandIn,
    carrier: CrmCarrier,
    queue: MemoryQueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crm.on(HOOK, never_answer, TAKEN)
    await send(client)
    with monkeypatch.context() as soon:
        soon.setattr("app.infrastructure.delivery.crm.SECONDS", 1)
        killed = asyncio.create_task(deliver_webhooks(database, carrier, queue))
        await asyncio.to_thread(eventually, lambda: crm.received)
        killed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await killed
    assert await deliver_webhooks(database, carrier, queue) == 0
    await later(database, LEASE)
    assert await deliver_webhooks(database, carrier, queue) == 1
    assert len({message.headers["webhook-id"] for message in crm.received}) == 1


async def test_production_posts_to_the_public_internet_alone(settings: Settings) -> None:
    for url in ("http://127.0.0.1:1/hook", "https://127.0.0.1:1/hook", "https://localhost:1/hook"):
        carrier = create_crm_carrier(settings.model_copy(update={"app_env": AppEnv.PRODUCTION, "crm_webhook_url": url}))
        assert carrier is not None
        with pytest.raises(Exception, match="The CRM cannot be asked: "):
            await carrier.send(Letter(new_id(), None, "", "", b"{}"))
        await carrier.close()


async def test_the_inbox_and_then_the_assignee_get_an_e_mail_that_stands_on_the_timeline(
    client: httpx.AsyncClient, database: Database, admin: Headers, settings: Settings
) -> None:
    inquiry_id = await send(client, inquiry_type="site_visit", full_name="Asha Rao")
    (message,) = await deliver_emails(database, settings)
    row = (await waiting(database))[DeliveryChannel.EMAIL]
    assert message["Message-ID"] == f"<{row.id}@casabricks.example>"
    assert (message["To"], message["Subject"]) == (
        INBOX,
        "New inquiry (site visit): a general question, Asha Rao",
    )
    assert message.get_content_type() == "text/plain"
    content = message.get_content()
    assert "Phone: +919876543210\n" in content
    assert "नमस्ते" in content
    assert inquiry_id in content
    async with unit_of_work(database) as session:
        agent = await make_user(session, UserRole.AGENT)
    await client.patch(f"{ADMIN}/{inquiry_id}/assignment", json={"user_id": str(agent.id)}, headers=admin)
    assert {each["To"] for each in await deliver_emails(database, settings)} == {INBOX, agent.email}
    timeline = (await client.get(f"{ADMIN}/{inquiry_id}", headers=admin)).json()["timeline"]
    assert [entry["event_type"] for entry in timeline] == ["received", "email_sent", "assigned", "email_sent"]
    assert [entry["details"] for entry in timeline if entry["event_type"] == "email_sent"] == [
        {"to": INBOX},
        {"to": agent.email},
    ]


async def test_an_e_mail_sent_twice_is_one_file_and_one_entry(
    client: httpx.AsyncClient, database: Database, settings: Settings, admin: Headers
) -> None:
    inquiry_id = await send(client)
    await deliver_emails(database, settings)
    # As if the worker had been killed between writing the file and noting it.
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE deliveries SET status = 'pending', next_attempt_at = now()"))
        await connection.execute(text("ALTER TABLE inquiry_events DISABLE TRIGGER USER"))
        await connection.execute(text("DELETE FROM inquiry_events WHERE event_type = 'email_sent'"))
    assert len(await deliver_emails(database, settings)) == 1
    timeline = (await client.get(f"{ADMIN}/{inquiry_id}", headers=admin)).json()["timeline"]
    assert [entry["event_type"] for entry in timeline] == ["received", "email_sent"]


async def test_a_name_cannot_add_headers(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    async with unit_of_work(database) as session:
        home = await make_property(session, title="Flat\r\nBcc: all@rao.com")
    await send(client, property_id=str(home.id), full_name="Asha\r\nBcc: all@rao.com")
    (message,) = await deliver_emails(database, settings)
    assert message["Bcc"] is None
    assert message["Subject"] == "New inquiry (general): Flat Bcc: all@rao.com, Asha Bcc: all@rao.com"


async def test_the_log_of_sending_names_no_person(
    client: httpx.AsyncClient, database: Database, settings: Settings, crm: StandIn, carrier: CrmCarrier
) -> None:
    crm.on(HOOK, reply(500, b"Asha Rao +919876543210"))
    with capture_logs() as logs:
        await send(client)
        await deliver_webhooks(database, carrier, MemoryQueue())
        await deliver_emails(database, settings)
    assert {"delivered", "not_delivered"} <= {entry["event"] for entry in logs}
    assert not [word for word in ("Asha", "9876543210", INBOX) if word in str(logs)]


async def test_the_list_shows_every_attempt(
    client: httpx.AsyncClient,
    database: Database,
    admin: Headers,
    crm: StandIn,
    carrier: CrmCarrier,
    queue: MemoryQueue,
) -> None:
    crm.on(HOOK, reply(500))
    await send(client)
    inquiry_id = await send(client, phone="98765 43211")
    await deliver_webhooks(database, carrier, queue)
    answer = await client.get(DELIVERIES, params={"channel": "webhook", "inquiry_id": inquiry_id}, headers=admin)
    (item,) = answer.json()["items"]
    assert (item["event_type"], item["status"], item["attempts"]) == ("received", "pending", 1)
    assert [attempt["error"] for attempt in item["log"]] == ["The CRM answered 500"]
    for filters, found in (({"status": "delivered"}, 0), ({"channel": "email"}, 2), ({}, 4)):
        assert (await client.get(DELIVERIES, params=filters, headers=admin)).json()["total_count"] == found


async def test_replaying_what_is_not_there_or_was_erased(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    assert (await client.post(f"{DELIVERIES}/{new_id()}/replay", headers=admin)).status_code == 404
    await send(client)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE deliveries SET status = 'cancelled'"))
    row = (await waiting(database))[DeliveryChannel.EMAIL]
    assert (await client.post(f"{DELIVERIES}/{row.id}/replay", headers=admin)).status_code == 409
