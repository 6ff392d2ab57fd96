"""How the figures say things. Numbers hold together with their units by non-breaking spaces."""

from datetime import date

from app.core.money import group_indian
from app.core.vocabulary import AreaBasis, Facing, PlaceCategory

NBSP = "\u00a0"
KILOMETRE = 1000
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CATEGORIES = {
    PlaceCategory.METRO_STATION: "Metro",
    PlaceCategory.SCHOOL: "Schools",
    PlaceCategory.HOSPITAL: "Hospitals",
    PlaceCategory.MARKET: "Markets",
    PlaceCategory.PARK: "Parks",
}
ONE_OF = {
    PlaceCategory.METRO_STATION: "metro",
    PlaceCategory.SCHOOL: "school",
    PlaceCategory.HOSPITAL: "hospital",
    PlaceCategory.MARKET: "market",
    PlaceCategory.PARK: "park",
}


def short(facing: Facing) -> str:
    """north_east → NE"""
    return "".join(part[0] for part in facing.split("_")).upper()


def long(facing: Facing) -> str:
    """north_east → north-east"""
    return facing.replace("_", "-")


def azimuth(facing: Facing) -> float:
    """Degrees clockwise from north."""
    return list(Facing).index(facing) * 45.0


def towards(bearing_deg: float) -> Facing:
    return list(Facing)[round(bearing_deg / 45) % 8]


def basis(area: AreaBasis) -> str:
    return area.replace("built_up", "built-up").replace("_", " ")


def day(of: date) -> str:
    return f"{of.day}{NBSP}{MONTHS[of.month - 1]}{NBSP}{of.year}"


def metres(distance: float) -> str:
    """As the reasons on the cards have it: 654 → "650 m", 1240 → "1.2 km"."""
    if distance < KILOMETRE:
        return f"{int(distance) // 10 * 10}{NBSP}m"
    return f"{distance / KILOMETRE:.1f}{NBSP}km"


def reach(distance: int) -> str:
    """500 → "500 m", 2000 → "2 km"."""
    if distance < KILOMETRE:
        return f"{distance}{NBSP}m"
    return f"{distance // KILOMETRE}{NBSP}km"


def rupees(per_area: float) -> str:
    """Grouped the Indian way; a rent per square foot keeps one decimal."""
    return f"{per_area:.1f}" if per_area < 100 else group_indian(round(per_area))  # noqa: PLR2004 - 100 rupees: below, a decimal matters


def between(low: float, high: float) -> str:
    return f"₹{rupees(low)}{NBSP}\u2013 ₹{rupees(high)}"


def count(number: int, one: str, many: str) -> str:
    return f"{number}{NBSP}{one if number == 1 else many}"
