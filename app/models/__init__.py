"""Every table, so that importing this package fills the metadata."""

from app.models.analytics import AnalyticsEvent
from app.models.base import Base
from app.models.geography import Place, Sector, Society, Zone
from app.models.image import PropertyImage
from app.models.imports import ImportSeen
from app.models.inquiry import Contact, ContactKey, Inquiry, InquiryEvent
from app.models.market import MarketPosition, MarketSegment
from app.models.property import PriceHistory, Property, SearchCount
from app.models.user import RevokedToken, User

__all__ = [
    "AnalyticsEvent",
    "Base",
    "Contact",
    "ContactKey",
    "ImportSeen",
    "Inquiry",
    "InquiryEvent",
    "MarketPosition",
    "MarketSegment",
    "Place",
    "PriceHistory",
    "Property",
    "PropertyImage",
    "RevokedToken",
    "SearchCount",
    "Sector",
    "Society",
    "User",
    "Zone",
]
