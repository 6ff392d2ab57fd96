"""Rows for tests: sensible defaults, any field can be given. Nothing here commits; open a unit_of_work round it."""

from typing import Any

import bcrypt
from sqlalchemy import select

from app.config.database import ReadSession, WriteSession
from app.config.settings import Ranking, Settings
from app.core.ids import new_id
from app.core.security import issue_token
from app.core.vocabulary import (
    AreaBasis,
    InquiryEventType,
    InquiryType,
    ListingType,
    LocationPrecision,
    PropertyType,
    UserRole,
)
from app.models.geography import Sector
from app.models.inquiry import Inquiry, InquiryEvent
from app.models.property import Property
from app.models.user import User
from app.repositories.inquiries import contact_of
from app.repositories.ranking import refresh_ranks

PASSWORD = "correct horse battery"
# The cheapest cost there is; checking a password costs what its hash says.
PASSWORD_HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=4)).decode()


def property_fields(**fields: Any) -> dict[str, Any]:
    """Columns of a flat for sale in Sector 137 without place ids; `fields` replace or add."""
    return {
        "title": "3 BHK flat for sale in Sector 137, Noida",
        "listing_type": ListingType.SALE,
        "property_type": PropertyType.FLAT,
        "price": 8_500_000,
        "bhk": 3,
        "area_sqft": 1400,
        "area_basis": AreaBasis.SUPER_BUILT_UP,
        "locality": "Sector 137",
        "latitude": 28.5085,
        "longitude": 77.4085,
        "location_precision": LocationPrecision.EXACT,
        "source": "test",
    } | fields


async def make_property(session: WriteSession, **fields: Any) -> Property:
    """A flat for sale unless told otherwise, ranked, with its card."""
    listing = Property(**property_fields(**fields))
    session.add(listing)
    await session.flush()
    await refresh_ranks(session, [listing.id], Ranking())
    await session.refresh(listing)
    return listing


async def make_properties(session: WriteSession, rows: list[dict[str, Any]]) -> list[Property]:
    """Many at once, ranked in one statement; the instances are not refreshed."""
    listings = [Property(**property_fields(**row)) for row in rows]
    session.add_all(listings)
    await session.flush()
    await refresh_ranks(session, [listing.id for listing in listings], Ranking())
    return listings


async def make_user(session: WriteSession, role: UserRole = UserRole.ADMIN, **fields: Any) -> User:
    """An active account whose password is PASSWORD."""
    values = {
        "email": f"{new_id().hex}@casabricks.test",
        "hashed_password": PASSWORD_HASH,
        "full_name": "Asha Rao",
        "role": role,
        # Set here as well, so that a token can be issued before the row is read back.
        "token_generation": 0,
    }
    user = User(**values | fields)
    session.add(user)
    await session.flush()
    return user


async def make_inquiry(session: WriteSession, **fields: Any) -> Inquiry:
    """A new inquiry of Asha Rao's, without a property, with its first entry on the timeline."""
    values = {
        "full_name": "Asha Rao",
        "email": "asha.rao@example.com",
        "phone": "+919876543210",
        "inquiry_type": InquiryType.CALLBACK,
        "consent": True,
        "consent_notice": "2026-11-730d/en",
        # Set here as well, so that it can be read before the row is read back.
        "version": 1,
    }
    inquiry = Inquiry(**values | fields)
    inquiry.contact_id = await contact_of(session, [key for key in (inquiry.phone, inquiry.email) if key])
    session.add(inquiry)
    await session.flush()
    session.add(InquiryEvent(inquiry_id=inquiry.id, event_type=InquiryEventType.RECEIVED))
    await session.flush()
    return inquiry


def auth_headers(settings: Settings, user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(settings, user.id, user.role, user.token_generation)}"}


async def sector_id(session: ReadSession, slug: str = "sector-137") -> int:
    return (await session.execute(select(Sector.id).where(Sector.slug == slug))).scalar_one()
