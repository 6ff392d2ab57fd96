"""Messages about inquiries, sent by real workers that come late or are killed."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text

from app.config.database import Database
from app.config.settings import Settings
from app.core.jobs import Job
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import InquiryStatus
from app.infrastructure.queue.sender import CeleryQueue
from app.main import create_app
from app.models.delivery import Delivery
from app.models.inquiry import Inquiry
from app.services.deliveries import LEASE
from app.services.notifications import DELIVER
from app.tests.conftest import client_of, settings_for
from app.tests.factories import make_inquiry
from app.tests.test_devstack.waiting import eventually
from app.tests.test_enhancement.stand_in import never_answer, reply, serve
from app.tests.test_tasks.conftest import StartWorker

SECRET = f"whsec_{base64.b64encode(b'what the CRM checks messages with').decode()}"
SWEEP = [Job(DELIVER, {"channel": "email"}), Job(DELIVER, {"channel": "webhook"})]


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {"LEADS_INBOX": "leads@homes.example", "MAIL_FOLDER": str(tmp_path / "mail"), "CRM_WEBHOOK_SECRET": SECRET}


def settings_like(database: Database, variables: dict[str, str]) -> Settings:
    values = {name.lower(): value for name, value in variables.items()} | {"crm_webhook_secret": SecretStr(SECRET)}
    return settings_for(database.engine.url.render_as_string(hide_password=False), **values)


async def send_inquiry(database: Database, variables: dict[str, str]) -> None:
    away = CeleryQueue("redis://127.0.0.1:1/0")
    async with client_of(create_app(settings_like(database, variables), database, away)) as client:
        body = {"full_name": "Asha Rao", "phone": "98765 43210", "consent": True}
        assert (await client.post("/api/v1/inquiries", json=body)).status_code == 201
    await away.close()


def letters(variables: dict[str, str]) -> int:
    return len(list(Path(variables["MAIL_FOLDER"]).glob("*.eml")))


async def states(database: Database) -> list[str]:
    async with database.read() as session:
        return [state.value for state in await session.scalars(select(Delivery.status))]


async def test_what_came_while_the_broker_was_away_is_sent_by_the_sweep_and_once(
    notes: Database, start_worker: StartWorker, celery_queue: CeleryQueue, variables: dict[str, str]
) -> None:
    with serve() as crm:
        crm.on("POST /hook", reply(204))
        variables |= {"CRM_WEBHOOK_URL": f"{crm.url}/hook"}
        await send_inquiry(notes, variables)
        worker = start_worker("--concurrency=2", **variables)
        await celery_queue.send(SWEEP * 3)
        worker.wait_for("deliveries_sent", times=6)
    assert len(crm.received) == 1
    assert letters(variables) == 1
    assert await states(notes) == ["delivered", "delivered"]


async def test_what_a_killed_worker_was_sending_is_sent_by_the_next_with_the_same_id(
    notes: Database, start_worker: StartWorker, celery_queue: CeleryQueue, variables: dict[str, str]
) -> None:
    with serve() as crm:
        crm.on("POST /hook", never_answer, reply(204))
        variables |= {"CRM_WEBHOOK_URL": f"{crm.url}/hook"}
        await send_inquiry(notes, variables)
        killed = start_worker("--concurrency=1", **variables)
        await celery_queue.send(SWEEP[1:])
        first = eventually(lambda: crm.received)[0]
        killed.kill()
        async with notes.engine.begin() as connection:
            await connection.execute(
                text("UPDATE deliveries SET next_attempt_at = next_attempt_at - CAST(:lease AS interval)"),
                {"lease": LEASE},
            )
        worker = start_worker("--concurrency=1", **variables)
        await celery_queue.send(SWEEP)
        worker.wait_for("delivered ", times=2)
    assert {message.headers["webhook-id"] for message in crm.received} == {first.headers["webhook-id"]}
    assert await states(notes) == ["delivered", "delivered"]
    async with notes.read() as session:  # what was lost with its worker brings no longer wait nearer
        assert set(await session.scalars(select(Delivery.attempts))) == {1}


async def test_old_inquiries_are_forgotten_by_the_daily_job(
    notes: Database, start_worker: StartWorker, celery_queue: CeleryQueue
) -> None:
    async with unit_of_work(notes) as session:
        old = await make_inquiry(session, status=InquiryStatus.LOST)
        await session.execute(
            text("UPDATE inquiries SET updated_at = now() - CAST(:age AS interval)"), {"age": timedelta(days=31)}
        )
    worker = start_worker("--concurrency=1", INQUIRY_RETENTION_DAYS="30")
    await celery_queue.send([Job("leads.forget_old", {})])
    worker.wait_for("old_inquiries_forgotten")
    async with notes.read() as session:
        assert (await session.get_one(Inquiry, old.id)).phone is None
