import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from app.config.database import Database
from app.config.settings import Settings
from app.infrastructure import http
from app.infrastructure.delivery.crm import CrmCarrier, create_crm_carrier
from app.tests.conftest import settings_for
from app.tests.test_enhancement.stand_in import StandIn, serve

SECRET = f"whsec_{base64.b64encode(b'what the CRM checks messages with').decode()}"
HOOK = "POST /hook"
INBOX = "leads@homes.example"


@pytest.fixture
def crm() -> Iterator[StandIn]:
    with serve() as stand_in:
        yield stand_in


@pytest.fixture
def settings(database: Database, crm: StandIn, tmp_path: Path) -> Settings:
    """E-mails go into a folder, webhooks to `crm`."""
    return settings_for(
        database.engine.url.render_as_string(hide_password=False),
        rate_limit_inquiries_per_hour=1000,
        leads_inbox=INBOX,
        mail_folder=tmp_path / "mail",
        crm_webhook_url=f"{crm.url}/hook",
        crm_webhook_secret=SecretStr(SECRET),
    )


@pytest_asyncio.fixture
async def carrier(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CrmCarrier]:
    monkeypatch.setattr(http, "CONNECT_SECONDS", http.SILENCE_SECONDS)  # a busy machine is no failure
    created = create_crm_carrier(settings)
    assert created is not None
    yield created
    await created.close()
