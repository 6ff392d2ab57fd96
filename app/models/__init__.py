"""Every table, so that importing this package fills the metadata."""

from app.models.analytics import AnalyticsEvent
from app.models.audit import AuditEntry
from app.models.base import Base
from app.models.delivery import Delivery, DeliveryAttempt
from app.models.enhancement import Enhancement
from app.models.geography import Place, Sector, Society, Zone
from app.models.image import LooseObject, PropertyImage
from app.models.imports import ImportSeen, ImportTrial
from app.models.inquiry import Contact, ContactKey, Inquiry, InquiryEvent
from app.models.market import MarketPosition, MarketSegment
from app.models.property import PriceHistory, Property, SearchCount
from app.models.questions import QuestionConfig
from app.models.user import RevokedToken, User
from app.models.version import DataVersion

__all__ = [
    "AnalyticsEvent",
    "AuditEntry",
    "Base",
    "Contact",
    "ContactKey",
    "DataVersion",
    "Delivery",
    "DeliveryAttempt",
    "Enhancement",
    "ImportSeen",
    "ImportTrial",
    "Inquiry",
    "InquiryEvent",
    "LooseObject",
    "MarketPosition",
    "MarketSegment",
    "Place",
    "PriceHistory",
    "Property",
    "PropertyImage",
    "QuestionConfig",
    "RevokedToken",
    "SearchCount",
    "Sector",
    "Society",
    "User",
    "Zone",
]
