"""Answers, suggestions, reasons and pictures in the words of a language."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from app.core.vocabulary import Language
from app.schemas.base import MAX_RUPEES
from app.schemas.search import GuidedSearchRequest
from app.web.formats import formats
from app.web.language import Texts


class Suggested(NamedTuple):
    title: str
    note: str


def wording(t: Texts) -> dict[str, Callable[..., Any]]:
    """What templates of one language call."""
    return {
        each.__name__: partial(each, t) for each in (budget_text, assumed_text, suggested, titled, amenity, told, alt)
    }


def budget_text(t: Texts, low: int, high: int) -> str:
    rupees = formats(t)["rupees"]
    if low and high < MAX_RUPEES:
        return f"{rupees(low)} \N{EN DASH} {rupees(high)}"
    if low:
        return t("results.from", low=rupees(low))
    return t("results.up_to", high=rupees(high)) if high < MAX_RUPEES else t("results.any_budget")


def assumed_text(t: Texts, answer: str, value: Any) -> str:
    """An answer that plain words left open (schemas/search.py: Chip)."""
    rupees = formats(t)["rupees"]
    match answer:
        case "budget_min":
            return t("results.from", low=rupees(value)) if value else t("suggest.no_lower")
        case "budget_max":
            return t("results.up_to", high=rupees(value)) if value < MAX_RUPEES else t("suggest.no_upper")
        case "property_type":
            return t(f"kinds.{value}")
        case "listing_type":
            return t(f"suggest.to_{value}")
        case "bhk":
            return f"{value} BHK"
    return str(value)


def suggested(t: Texts, change: str, request: dict[str, Any], now: GuidedSearchRequest) -> Suggested:
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


def titled(t: Texts, home: Mapping[str, Any]) -> str:
    """What a home is called: as the listing has it, which is in English; in another language by its facts."""
    if t.language is Language.ENGLISH:
        return str(home["title"])
    rooms = f"{home['bhk']} BHK " if home["bhk"] else ""
    # Cards rendered before they named the society lack it until the next ranking.
    kind, place = t(f"homes.{home['property_type']}.one"), home.get("society_name") or home["locality"]
    return f"{rooms}{kind}, {place}"


def amenity(t: Texts, name: str) -> str | None:
    """None for one that has no words here: then it stays as the listing has it."""
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return t.by_key.get(f"amenity.{slug}")


def told(t: Texts, kind: str, what: Mapping[str, Any]) -> str:
    """The sentence of a code and its figures (schemas/search.py: Reason); `kind` says which codes are meant."""
    shown = dict(_shown(t, name, figure) for name, figure in what["figures"].items())
    return t(f"{kind}.{what['code']}", **shown)


def _shown(t: Texts, name: str, figure: Any) -> tuple[str, Any]:
    """A figure as its sentence has it: its name there, and how it is written."""
    match name:
        case "property_type":
            return "homes", t(f"alike.{figure}")
        case "facing":
            return "side", t(f"facing.{figure}")
        case "place":
            return "place", figure or t("place.noida")
        case "distance_m":
            return "distance", formats(t)["distance"](figure)
        case "compared":
            figure = formats(t)["grouped"](figure)
        case "day":
            return "day", formats(t)["day"](date.fromisoformat(figure))
    return name, figure


def alt(t: Texts, image: Mapping[str, Any], title: str) -> str:
    """What a picture of a home is, for who does not see it."""
    kind = "illustration" if image["is_illustration"] else image["image_type"]
    return f"{t(f'picture.{kind}')}: {title}"


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
