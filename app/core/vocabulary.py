"""The words of the domain, as they are stored and as they travel."""

from enum import StrEnum
from typing import Literal


class ListingType(StrEnum):
    SALE = "sale"
    RENT = "rent"


class PropertyType(StrEnum):
    FLAT = "flat"
    VILLA = "villa"
    PLOT = "plot"
    COMMERCIAL = "commercial"


class AreaBasis(StrEnum):
    CARPET = "carpet"
    BUILT_UP = "built_up"
    SUPER_BUILT_UP = "super_built_up"
    PLOT = "plot"


class Facing(StrEnum):
    NORTH = "north"
    NORTH_EAST = "north_east"
    EAST = "east"
    SOUTH_EAST = "south_east"
    SOUTH = "south"
    SOUTH_WEST = "south_west"
    WEST = "west"
    NORTH_WEST = "north_west"


class VastuBand(StrEnum):
    FAVOURED = "favoured"
    NEUTRAL = "neutral"
    LESS_FAVOURED = "less_favoured"
    LEAST_FAVOURED = "least_favoured"


class Furnishing(StrEnum):
    FURNISHED = "furnished"
    SEMI_FURNISHED = "semi_furnished"
    UNFURNISHED = "unfurnished"


class Possession(StrEnum):
    READY_TO_MOVE = "ready_to_move"
    UNDER_CONSTRUCTION = "under_construction"
    NEW_LAUNCH = "new_launch"


class Ownership(StrEnum):
    FREEHOLD = "freehold"
    LEASEHOLD = "leasehold"
    COOPERATIVE_SOCIETY = "cooperative_society"
    POWER_OF_ATTORNEY = "power_of_attorney"


class LocationPrecision(StrEnum):
    """How a listing's coordinates were obtained; the last three are the centroid of what they name."""

    EXACT = "exact"
    SOCIETY = "society"
    LOCALITY = "locality"
    SECTOR = "sector"


class City(StrEnum):
    NOIDA = "Noida"
    GREATER_NOIDA = "Greater Noida"


class PlaceCategory(StrEnum):
    METRO_STATION = "metro_station"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    MARKET = "market"
    PARK = "park"


class MarketScope(StrEnum):
    """The rungs of the ladder on which comparables are looked for, the closest first."""

    SOCIETY = "society"
    SIMILAR_SIZE = "similar_size"
    SECTOR = "sector"
    ZONE = "zone"
    NOIDA = "noida"


class PriceCategory(StrEnum):
    BELOW_AVERAGE = "below_average"
    AVERAGE = "average"
    ABOVE_AVERAGE = "above_average"


class UserRole(StrEnum):
    SUPER_ADMIN = "super_admin"
    ADMIN = "admin"
    AGENT = "agent"


class ImageType(StrEnum):
    FRONT_EXTERIOR = "front_exterior"
    INTERIOR = "interior"
    FLOOR_PLAN = "floor_plan"
    OTHER = "other"


class EnhancementStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"


class EnhancementState(StrEnum):
    """Where one attempt stands. The first three are under way; `rejected` waits for an admin's decision."""

    REQUESTED = "requested"
    DISPATCHED = "dispatched"
    RECEIVED = "received"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    REJECTED = "rejected"
    DISCARDED = "discarded"


class InquiryType(StrEnum):
    GENERAL = "general"
    CALLBACK = "callback"
    SITE_VISIT = "site_visit"


MISTAKE: Literal["mistake"] = "mistake"
"""The source of an inquiry that reports a mistake on a home's page."""


class Language(StrEnum):
    """Of the pages, of what services say, and of the notice on consent."""

    ENGLISH = "en"
    HINDI = "hi"


class InquiryStatus(StrEnum):
    NEW = "new"
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    LOST = "lost"


class InquiryEventType(StrEnum):
    """What the timeline of an inquiry tells."""

    RECEIVED = "received"
    STATUS_CHANGED = "status_changed"
    NOTE_ADDED = "note_added"
    ASSIGNED = "assigned"
    EMAIL_SENT = "email_sent"
    ERASED = "erased"


class DeliveryChannel(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"


class DeliveryStatus(StrEnum):
    """`pending` is tried until it is delivered or has failed too often; `cancelled` when the person was erased."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AuditEntity(StrEnum):
    """What an entry of the audit is about."""

    PROPERTY = "property"
    IMAGE = "image"
    ENHANCEMENT = "enhancement"
    IMPORT = "import"
    INQUIRY = "inquiry"
    DELIVERY = "delivery"
    PERSON = "person"
    USER = "user"
    QUESTIONS = "questions"


class AuditAction(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    ACTIVATED = "activated"
    DEACTIVATED = "deactivated"
    DELETED = "deleted"
    RESTORED = "restored"
    IMPORTED = "imported"
    EXPORTED = "exported"
    REQUESTED = "requested"
    PUBLISHED = "published"
    DISCARDED = "discarded"
    STATUS_CHANGED = "status_changed"
    NOTE_ADDED = "note_added"
    ASSIGNED = "assigned"
    REPLAYED = "replayed"
    ERASED = "erased"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - what was done, no password


class EventType(StrEnum):
    PROPERTY_VIEW = "property_view"
    SEARCH_PERFORMED = "search_performed"
    INQUIRY_SUBMITTED = "inquiry_submitted"
    SUGGESTION_TAKEN = "suggestion_taken"
