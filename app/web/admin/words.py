"""The vocabulary as the admin pages say it."""

from collections.abc import Iterable

from app.core.vocabulary import (
    AreaBasis,
    AuditAction,
    AuditEntity,
    DeliveryChannel,
    DeliveryStatus,
    EnhancementState,
    Facing,
    ImageType,
    InquiryStatus,
    InquiryType,
    LocationPrecision,
    Ownership,
    Possession,
    UserRole,
)
from app.services.imports.problems import Reason

_SAID: dict[str, str] = {
    AuditAction.ACTIVATED: "Shown",
    AuditAction.DEACTIVATED: "Hidden",
    AreaBasis.BUILT_UP: "Built-up",
    AreaBasis.SUPER_BUILT_UP: "Super built-up",
    AuditEntity.PROPERTY: "Listing",
    AuditEntity.IMAGE: "Photo",
    AuditEntity.INQUIRY: "Lead",
    DeliveryChannel.EMAIL: "E-mail",
    DeliveryStatus.PENDING: "Waiting",
    EnhancementState.REQUESTED: "Waits to be sent",
    EnhancementState.DISPATCHED: "At the AI service",
    EnhancementState.RECEIVED: "Being measured",
    EnhancementState.COMPLETED: "Published",
    EnhancementState.TIMEOUT: "Timed out",
    EnhancementState.REJECTED: "Held back",
    ImageType.FRONT_EXTERIOR: "Front exterior",
    ImageType.FLOOR_PLAN: "Floor plan",
    InquiryType.GENERAL: "Question",
    InquiryType.CALLBACK: "Call back",
    InquiryType.SITE_VISIT: "Visit",
    LocationPrecision.EXACT: "Exact",
    LocationPrecision.SOCIETY: "Of the society",
    LocationPrecision.LOCALITY: "Of the locality",
    LocationPrecision.SECTOR: "Of the sector",
    Ownership.COOPERATIVE_SOCIETY: "Cooperative society",
    Ownership.POWER_OF_ATTORNEY: "Power of attorney",
    Possession.READY_TO_MOVE: "Ready to move",
    UserRole.SUPER_ADMIN: "Super admin",
    Reason.OUTSIDE_AREA: "Outside Noida",
    Reason.UNKNOWN_PLACE: "Not shown to be in Noida",
    Reason.MISSING_PRICE: "No price",
    Reason.BAD_PRICE: "Price not understood",
    Reason.BAD_AREA: "Area not understood",
    Reason.UNKNOWN_TYPE: "Type not known",
    Reason.MISSING_LOCALITY: "No place",
    Reason.BAD_VALUE: "Value not understood",
    Reason.BAD_ROW: "Row cannot be read",
    Reason.DUPLICATE_IN_FILE: "Twice in the file",
    Reason.DUPLICATE_OF_LISTING: "Listed already",
    "auto": "Recognised by its headings",
    "casabricks": "CasaBricks",
}
_TONES: dict[str, str] = {
    InquiryStatus.NEW: "brick",
    InquiryStatus.CONTACTED: "wait",
    InquiryStatus.QUALIFIED: "info",
    InquiryStatus.CONVERTED: "good",
    InquiryStatus.LOST: "bad",
}


class Words:
    """In templates: words("super_built_up"), words.tone("new"), words.choices(PropertyType)."""

    def __call__(self, word: str) -> str:
        return _SAID.get(word) or word.replace("_", "-" if word in set(Facing) else " ").capitalize()

    def choices(self, of: Iterable[str]) -> list[tuple[str, str]]:
        return [(str(word), self(word)) for word in of]

    def tone(self, word: str) -> str:
        return _TONES.get(word, "")


WORDS = Words()
