"""Titles, descriptions and society names of demo listings: invented words around the listing's own facts."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from app.core.money import group_indian

DISCLAIMER = "Demo listing: invented, not on offer."
MARK = "(demo)"
LOW_RISE = 4
TERRACE = "Private terrace"

SOCIETY_FIRST = (
    *("Kachnar", "Amaltas", "Semal", "Jarul", "Kadamb", "Mahua", "Khair", "Tendu", "Harsingar", "Maulsari"),
    *("Karanj", "Bakul", "Ketaki", "Saal", "Sheesham", "Tamarind", "Jamun", "Koel", "Bulbul", "Hornbill"),
    *("Sarus", "Kingfisher", "Oriole", "Drongo", "Barbet", "Hoopoe", "Munia", "Lapwing", "Babbler", "Sunbird"),
    *("Wagtail", "Egret", "Ibis", "Lantana", "Shirish", "Palash", "Neelkanth", "Papiha", "Baya", "Mogra"),
    *("Chameli", "Juhi", "Ratrani", "Aparajita", "Genda", "Karonda"),
)
SOCIETY_SECOND = (
    *("Greens", "Court", "Residency", "Heights", "Terraces", "Gardens", "Towers", "Vista", "Square", "Walk"),
    *("Enclave", "Homes", "Park", "Commons", "Grove", "Meadows", "Habitat", "Arcade", "Crest", "Rows"),
    *("Nest", "Woods", "Lawns", "Corner"),
)
AMENITIES = {
    "society": (
        *("Lift", "Power backup", "24-hour security", "Clubhouse", "Gym", "Swimming pool", "Park", "Play area"),
        *("Visitor parking", "Rainwater harvesting", "EV charging", "Jogging track", "Intercom"),
    ),
    "home": ("Power backup", "Park", "Rainwater harvesting", TERRACE, "Borewell", "CCTV"),
    "plot": ("Boundary wall", "Corner plot", "Facing a park", "Two-side open"),
    "commercial": ("Lift", "Power backup", "24-hour security", "Central air conditioning", "Fire safety", "Washroom"),
}
POSSESSION = {
    "ready_to_move": ("Ready to move in.", "Possession is immediate.", "The keys are at hand."),
    "still_let": ("Let until the date given.", "The tenants leave by the date given."),
    "under_construction": ("The {building} is under construction.", "Work on the {building} is under way."),
    "new_launch": ("A new launch, bookings are open.", "Newly launched, work on the {building} is yet to begin."),
}
FURNISHING = {
    "furnished": ("Furnished, beds and wardrobes included.", "Comes furnished, appliances too."),
    "semi_furnished": ("Semi-furnished: modular kitchen, wardrobes and fans.", "Semi-furnished, with lights and fans."),
    "unfurnished": ("Unfurnished, ready for your own plan.", "Handed over unfurnished."),
}
BASIS = {"super_built_up": "super built-up", "built_up": "built-up", "carpet": "carpet", "plot": "plot"}
NOUNS = {
    "society": ("flat", "flat", "apartment"),
    "flat": ("flat", "apartment"),
    "low_rise": ("builder floor", "builder floor", "flat"),
    "villa": ("villa", "independent house", "house"),
    "plot": ("residential plot", "plot"),
    "shop": ("shop", "retail shop"),
    "office": ("office space", "office"),
    "showroom": ("showroom", "corner showroom"),
}


def society_name(number: int) -> str:
    """Return the nth invented name; the first 1,104 differ, neighbours in both words' first."""
    first = SOCIETY_FIRST[number % len(SOCIETY_FIRST)]
    second = SOCIETY_SECOND[number // len(SOCIETY_FIRST) % len(SOCIETY_SECOND)]
    return f"{first} {second} {MARK}"


def write_texts(rng: Random, row: Mapping[str, Any], use: str) -> tuple[str, str]:
    """Return the title and the description of a listing whose other columns are drawn; `use` is a key of NOUNS."""
    low = use == "flat" and row["total_floors"] <= LOW_RISE
    noun = rng.choice(NOUNS["low_rise" if low else use])
    high = use in {"flat", "society"} and not low
    building = "tower" if high else "house" if use == "villa" else "building"
    return _title(rng, row, noun), " ".join([*_sentences(rng, row, noun, building), DISCLAIMER])


def _words(value: str) -> str:
    return value.replace("_", "-")


def _area(row: Mapping[str, Any]) -> str:
    return f"{group_indian(round(row['area_sqft']))} sq ft"


def _title(rng: Random, row: Mapping[str, Any], noun: str) -> str:
    rooms = f"{row['bhk']} BHK " if row["bhk"] else ""
    openings = [""]
    if facing := row["entrance_facing"]:
        openings.append(f"{_words(facing)}-facing ")
    if furnishing := row["furnishing"]:
        openings.append(f"{_words(furnishing)} ")
    if row["area_sqft"]:
        openings.append(f"{_area(row)} ")
    if row["possession"] == "new_launch":
        openings.append("newly launched ")
    opening = rng.choice(openings)
    place = f"in {row['society_name']}, {row['locality']}" if row["society_name"] else f"in {row['locality']} {MARK}"
    letting = " for rent" if row["listing_type"] == "rent" and rng.random() < 0.6 else ""  # noqa: PLR2004 - a share
    title = f"{opening}{rooms}{noun}{letting} {place}"
    return title[0].upper() + title[1:]


def _sentences(rng: Random, row: Mapping[str, Any], noun: str, building: str) -> Iterator[str]:
    a_noun = f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"
    if row["bhk"]:
        yield rng.choice(
            (
                f"A {row['bhk']} BHK {noun} in {row['locality']} with {_count(row['bathrooms'], 'bathroom')}.",
                f"{_count(row['bhk'], 'bedroom')}, hall and kitchen, {_count(row['bathrooms'], 'bathroom')}.",
            )
        )
    else:
        yield rng.choice((f"{a_noun.capitalize()} in {row['locality']}.", f"In {row['locality']}: {a_noun}."))
    if row["area_sqft"]:
        basis = BASIS[row["area_basis"]]
        carpet = f", carpet {group_indian(round(row['carpet_area_sqft']))} sq ft" if row["carpet_area_sqft"] else ""
        yield rng.choice((f"The {basis} area is {_area(row)}{carpet}.", f"It measures {_area(row)} ({basis}{carpet})."))
    if row["floor_number"] is not None:
        floor = "the ground floor" if row["floor_number"] == 0 else f"floor {row['floor_number']}"
        yield rng.choice((f"On {floor} of {row['total_floors']}.", f"It lies on {floor} of {row['total_floors']}."))
    if row["window_facing"]:
        yield f"The main windows look {_words(row['window_facing'])}."
    elif row["balconies"]:
        yield f"It has {_count(row['balconies'], 'balcony', 'balconies')}."
    if row["furnishing"]:
        of_homes = FURNISHING[row["furnishing"]]
        yield rng.choice(of_homes) if row["bhk"] else f"It comes {_words(row['furnishing'])}."
    if row["possession"]:
        ready = row["possession"] == "ready_to_move"
        still_let = ready and row["available_from"] and row["available_from"] > row["listed_at"].date()
        yield rng.choice(POSSESSION["still_let" if still_let else row["possession"]]).format(building=building)
    if len(row["amenities"]) > 1:
        *most, last = (amenity if amenity[:2].isupper() else amenity.lower() for amenity in row["amenities"][:4])
        yield rng.choice(("Features: {} and {}.", "Also: {} and {}.")).format(", ".join(most), last)
    if row["maintenance_monthly"]:
        yield f"Maintenance is ₹{group_indian(row['maintenance_monthly'])} a month."


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
