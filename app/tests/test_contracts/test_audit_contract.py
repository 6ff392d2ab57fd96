"""Every route by which staff change something, or take data away, leaves an entry in the audit."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select

from app.config.database import Database
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import DeliveryChannel, EnhancementState, InquiryStatus, UserRole
from app.infrastructure.queue.memory import MemoryQueue
from app.main import create_app
from app.models.audit import AuditEntry
from app.models.delivery import Delivery
from app.models.enhancement import Enhancement
from app.models.image import PropertyImage
from app.models.inquiry import InquiryEvent
from app.tests.conftest import RememberedPlaces, client_of
from app.tests.factories import PASSWORD, make_inquiry, make_property, make_user
from app.tests.photos import PHOTOS
from app.tests.test_contracts.test_api_contract import ACCESS

ADMIN = "/api/v1/admin"
FLAT = {
    "title": "3 BHK flat near the metro",
    "listing_type": "sale",
    "property_type": "flat",
    "price": 8_500_000,
    "locality": "Sector 137",
}
PHOTO = (PHOTOS / "exterior_lund_01.jpg").read_bytes()
ERASED = "+919811111111"


class Write(NamedTuple):
    """A row of which kind is needed for a request, and what is sent."""

    of: str | None
    sent: dict[str, Any]


def write(of: str | None = None, **sent: Any) -> Write:
    return Write(of, sent)


USER = {"email": "new@homes.example.com", "full_name": "New", "role": "agent", "password": PASSWORD}
LINE = "listing_type,property_type,price,locality\nsale,plot,5000000,Sector 137"
UPLOAD = {"files": {"file": ("front.jpg", PHOTO)}, "data": {"image_type": "front_exterior"}}
WRITES = {
    f"POST {ADMIN}/properties": write(json=FLAT),
    f"GET {ADMIN}/properties/export": write(),
    f"POST {ADMIN}/properties/import": write(files={"file": ("listings.csv", LINE.encode())}),
    f"PUT {ADMIN}/properties/{{property_id}}": write("listing", json=FLAT),
    f"DELETE {ADMIN}/properties/{{property_id}}": write("listing"),
    f"PATCH {ADMIN}/properties/{{property_id}}/status": write("listing", json={"is_active": False}),
    f"POST {ADMIN}/properties/{{property_id}}/restore": write("deleted_listing"),
    f"POST {ADMIN}/properties/{{property_id}}/images": write("listing", **UPLOAD),
    f"PATCH {ADMIN}/images/{{image_id}}": write("image", json={"display_order": 7}),
    f"DELETE {ADMIN}/images/{{image_id}}": write("image"),
    f"POST {ADMIN}/images/{{image_id}}/enhance": write("image"),
    f"POST {ADMIN}/enhancements/{{enhancement_id}}/publish": write("rejected_enhancement"),
    f"POST {ADMIN}/enhancements/{{enhancement_id}}/discard": write("rejected_enhancement"),
    f"PATCH {ADMIN}/inquiries/{{inquiry_id}}/status": write("inquiry", json={"status": "contacted"}),
    f"POST {ADMIN}/inquiries/{{inquiry_id}}/notes": write("inquiry", json={"note": "Call again"}),
    f"PATCH {ADMIN}/inquiries/{{inquiry_id}}/assignment": write("inquiry", json={"user_id": "{me}"}),
    f"GET {ADMIN}/inquiries/export": write(),
    f"POST {ADMIN}/privacy/export": write("closed_inquiry", json={"phone": ERASED}),
    f"POST {ADMIN}/privacy/erasure": write("closed_inquiry", json={"phone": ERASED}),
    f"PUT {ADMIN}/questions": write(json={"budget": {"sale": {"minimum": 1_000_000}}}),
    f"POST {ADMIN}/users": write(json=USER),
    f"PATCH {ADMIN}/users/{{user_id}}": write("user", json={"is_active": False}),
    f"POST {ADMIN}/deliveries/{{delivery_id}}/replay": write("delivery"),
    # Last, since it ends the session.
    "POST /api/v1/auth/password": write(json={"current_password": PASSWORD, "new_password": PASSWORD * 2}),
}


@dataclass
class Rows:
    """Makes rows to do something to; each method returns the id."""

    database: Database

    async def listing(self, **fields: Any) -> UUID:
        async with unit_of_work(self.database) as session:
            return (await make_property(session, **fields)).id

    async def deleted_listing(self) -> UUID:
        return await self.listing(deleted_at=utc_now())

    async def image(self) -> UUID:
        property_id, sha256 = await self.listing(), "0" * 64
        image = PropertyImage(
            property_id=property_id,
            sha256=sha256,
            original_key=f"properties/{property_id}/{sha256}.jpg",
            content_type="image/jpeg",
            width=640,
            height=480,
            image_type="front_exterior",
        )
        return await self._kept(image)

    async def rejected_enhancement(self) -> UUID:
        now = utc_now()
        attempt = Enhancement(
            image_id=await self.image(),
            attempt=1,
            provider="http",
            state=EnhancementState.REJECTED,
            requested_at=now,
            finished_at=now,
            next_try_at=now,
            ask_at=now,
            result_key="properties/result.jpg",
        )
        return await self._kept(attempt)

    async def inquiry(self, **fields: Any) -> UUID:
        async with unit_of_work(self.database) as session:
            return (await make_inquiry(session, **fields)).id

    async def closed_inquiry(self) -> UUID:
        return await self.inquiry(phone=ERASED, email=None, status=InquiryStatus.LOST)

    async def user(self) -> UUID:
        async with unit_of_work(self.database) as session:
            return (await make_user(session)).id

    async def delivery(self) -> UUID:
        inquiry_id = await self.inquiry()
        async with self.database.read() as session:
            found = await session.execute(select(InquiryEvent.id).where(InquiryEvent.inquiry_id == inquiry_id))
        about = {"event_id": found.scalar_one(), "inquiry_id": inquiry_id}
        return await self._kept(Delivery(**about, channel=DeliveryChannel.WEBHOOK, attempts=1))

    async def _kept(self, row: PropertyImage | Enhancement | Delivery) -> UUID:
        async with unit_of_work(self.database) as session:
            session.add(row)
            await session.flush()
            return row.id


@pytest_asyncio.fixture
async def client(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Of an app that knows an AI service, which is not called here."""
    service = {
        "ai_service_api_url": "http://127.0.0.1:1/jobs",
        "ai_service_api_key": SecretStr("a key"),
        "ai_service_webhook_secret": [SecretStr("what the service signs with")],
        "public_url": "http://casabricks.test",
    }
    app = create_app(settings.model_copy(update=service), database, MemoryQueue())
    app.state.places = RememberedPlaces(database)
    async with client_of(app) as http:
        yield http


def test_every_write_of_staff_is_tried_below() -> None:
    """A new route belongs into WRITES."""
    by_staff = {
        route
        for route in ACCESS
        if (ADMIN in route and not route.startswith("GET")) or route.endswith(("/export", "/auth/password"))
    }
    assert by_staff == WRITES.keys()


async def test_every_write_of_staff_leaves_an_entry(
    client: httpx.AsyncClient, database: Database, headers: dict[UserRole, dict[str, str]]
) -> None:
    rows, mine = Rows(database), headers[UserRole.SUPER_ADMIN]
    me = (await client.get("/api/v1/auth/me", headers=mine)).json()["id"]
    for route, (kind, sent) in WRITES.items():
        row_id = await getattr(rows, kind)() if kind else None
        method, path = re.sub(r"{\w+}", str(row_id), route).split(" ")
        body = {name: value if value != "{me}" else me for name, value in sent.get("json", {}).items()}
        answer = await client.request(method, path, headers=mine, **sent | ({"json": body} if body else {}))
        assert answer.is_success, (route, answer.text)
        async with database.read() as session:
            request_id = answer.headers["x-request-id"]
            entries = (await session.execute(select(AuditEntry).where(AuditEntry.request_id == request_id))).scalars()
        assert [str(entry.actor_id) for entry in entries] == [me], route
