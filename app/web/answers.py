"""Answers in an address: what a form sends, and the one way they are written into links."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app.core.vocabulary import ListingType
from app.schemas.base import MAX_RUPEES, WITHOUT_BHK
from app.schemas.search import CountRequest, GuidedSearchRequest

NUMBERS = ("budget_min", "budget_max", "bhk", "page")
# The panels of the third question; what stands in the others is not meant.
WISHES = {"bhk": "bhk", "place": "locality_preference"}
LONGEST = 15  # digits; what is longer is no number of ours
NAMES = ("listing_type", "property_type", "budget_min", "budget_max", "bhk", "locality_preference")


def given(query: Mapping[str, str]) -> dict[str, Any]:
    """What was filled in, numbers as such; unknown names are left out, so that a link with a campaign's works."""
    wish = query.get("wish")
    kept: dict[str, Any] = {}
    for name in (*NAMES, "page", "q"):
        text = query.get(name, "").strip()
        is_meant = wish is None or name not in WISHES.values() or WISHES.get(wish) == name
        if text and is_meant:
            is_number = name in NUMBERS and text.isascii() and text.isdecimal() and len(text) < LONGEST
            kept[name] = int(text) if is_number else text
    if kept.get("property_type") in WITHOUT_BHK:
        kept.pop("bhk", None)  # answered before the type was
    return kept


def written(answers: CountRequest | GuidedSearchRequest, **changes: Any) -> str:
    """The query string of these answers: only what narrows the search, always in the same order."""
    values = answers.model_dump(mode="json", include=set(NAMES)) | {"page": 1} | changes
    usual = {"listing_type": ListingType.SALE, "budget_min": 0, "budget_max": MAX_RUPEES, "page": 1}
    said = {
        name: values[name]
        for name in (*NAMES, "page")
        if values.get(name) is not None and values[name] != usual.get(name)
    }
    return urlencode(said)
