"""OpenStreetMap objects: which of them are places here, and what their tags say."""

import re
from collections.abc import Mapping
from typing import Any

from app.core.vocabulary import PlaceCategory

SOURCE = "© OpenStreetMap contributors, ODbL"
# A kind is the first whose tags are all there. A railway station without `subway` is one of Indian Railways. Clinics,
# doctors, kindergartens, colleges and single shops are other kinds: a page that says "hospital" must mean one.
KINDS = tuple(
    (category, dict(tag.split("=") for tag in tags.split()).items())
    for category, tags in (
        (PlaceCategory.METRO_STATION, "railway=station station=subway"),
        (PlaceCategory.METRO_STATION, "railway=station subway=yes"),
        (PlaceCategory.SCHOOL, "amenity=school"),
        (PlaceCategory.HOSPITAL, "amenity=hospital"),
        (PlaceCategory.HOSPITAL, "healthcare=hospital"),
        (PlaceCategory.MARKET, "amenity=marketplace"),
        (PlaceCategory.MARKET, "shop=mall"),
        (PlaceCategory.PARK, "leisure=park"),
        (PlaceCategory.PARK, "leisure=garden"),
    )
)
KIND_KEYS = tuple(dict.fromkeys(key for _, tags in KINDS for key, _ in tags))
GONE = ("disused", "abandoned", "demolished")
NOT_FOR_VISITORS = ("private", "no", "customers", "residents")
LISTS_OF_NAMES = ("alt_name", "official_name", "short_name", "loc_name")
PATH = re.compile(r"(node|way|relation)/([0-9]{1,19})")
UNIQUE = re.compile(r"([nwra])([0-9]{1,19})")
TYPES = {"n": "node", "w": "way", "r": "relation"}


def category_of(tags: Mapping[str, str]) -> PlaceCategory | None:
    """Return None for what is no place here, is gone, or is a park that is not open to visitors."""
    category = next((category for category, wanted in KINDS if wanted <= tags.items()), None)
    if category is None or any(tags.get(key) == "yes" for key in GONE):
        return None
    is_closed = tags.get("access") in NOT_FOR_VISITORS or tags.get("garden:type") == "residential"
    return None if category is PlaceCategory.PARK and is_closed else category


def text_tags(found: Any) -> dict[str, str]:
    """The tags whose values are texts; {} for what holds none."""
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def names_of(tags: Mapping[str, str]) -> list[str]:
    """The name to show, English where there is one, then the others."""
    lists = [part for key in LISTS_OF_NAMES for part in tags.get(key, "").split(";")]
    return [name for name in (tags.get("name:en", ""), tags.get("name", ""), *lists) if name.strip()]


def element_id(element: Mapping[str, Any]) -> str | None:
    """The id of an Overpass element, such as "way/123"."""
    return _joined(element.get("type"), element.get("id"))


def feature_id(feature: Mapping[str, Any], properties: Mapping[str, Any]) -> str | None:
    """The same of a GeoJSON feature as Overpass turbo, osmtogeojson and osmium (attributes or unique ids) write it."""
    if found := _joined(properties.get("@type"), properties.get("@id")):
        return found
    for stated in (feature.get("id"), properties.get("@id")):
        if isinstance(stated, str) and PATH.fullmatch(stated):
            return stated
    unique = UNIQUE.fullmatch(feature["id"]) if isinstance(feature.get("id"), str) else None
    if unique is None:
        return None
    kind, number = unique[1], int(unique[2])
    if kind == "a":  # an area: twice the id of its way, or twice that of its relation and one
        return f"{'relation' if number % 2 else 'way'}/{number // 2}"
    return f"{TYPES[kind]}/{number}"


def _joined(kind: Any, number: Any) -> str | None:
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    found = f"{kind}/{number}"
    return found if PATH.fullmatch(found) else None
