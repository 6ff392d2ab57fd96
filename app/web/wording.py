"""Answers and suggestions in the words of a language."""

from collections.abc import Callable
from typing import Any, NamedTuple

from app.schemas.base import MAX_RUPEES
from app.schemas.search import GuidedSearchRequest
from app.web.formats import formats
from app.web.language import Texts


class Suggested(NamedTuple):
    title: str
    note: str


def wording(t: Texts) -> dict[str, Callable[..., Any]]:
    """What templates of one language call."""
    rupees = formats(t)["rupees"]

    def budget_text(low: int, high: int) -> str:
        if low and high < MAX_RUPEES:
            return f"{rupees(low)} \N{EN DASH} {rupees(high)}"
        if low:
            return t("results.from", low=rupees(low))
        return t("results.up_to", high=rupees(high)) if high < MAX_RUPEES else t("results.any_budget")

    def suggested(change: str, request: dict[str, Any], now: GuidedSearchRequest) -> Suggested:
        """A suggestion of search, as title and note; `request` is the search that it would be."""
        if change in {"budget_min", "budget_max"}:
            return _budget_suggested(t, request["budget_min"], request["budget_max"], now)
        place, bhk, kind = request["locality_preference"], request["bhk"], t(f"kinds.{request['property_type']}")
        if change == "locality_preference" and place is None:
            return Suggested(t("suggest.anywhere"), t("suggest.place_open"))
        titles = {
            "locality_preference": t("suggest.in_place", place=place),
            "bhk": f"{bhk} BHK" if bhk else t("suggest.any_bhk"),
            "property_type": kind,
            "listing_type": t(f"suggest.to_{request['listing_type']}"),
            "several": t("suggest.several", kind=kind),
        }
        notes = {"listing_type": t("suggest.any_price"), "several": t("suggest.no_other_wish")}
        return Suggested(titles[change], notes.get(change, t("suggest.same_budget")))

    return {"budget_text": budget_text, "suggested": suggested}


def _budget_suggested(t: Texts, low: int, high: int, now: GuidedSearchRequest) -> Suggested:
    rupees = formats(t)["rupees"]
    if high > now.budget_max:
        if high >= MAX_RUPEES:
            return Suggested(t("suggest.no_upper"), t("suggest.same_else"))
        more = t("suggest.budget_up_by", more=rupees(high - now.budget_max))
        return Suggested(t("suggest.budget_up", high=rupees(high)), more)
    if not low:
        return Suggested(t("suggest.no_lower"), t("suggest.same_else"))
    less = t("suggest.budget_down_by", less=rupees(now.budget_min - low))
    return Suggested(t("suggest.budget_down", low=rupees(low)), less)
