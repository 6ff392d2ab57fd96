from collections.abc import Callable
from functools import reduce
from operator import or_
from types import SimpleNamespace
from typing import Any

import pytest

from app.models.geography import Sector, Society
from app.services.geography import Gazetteer, PlaceKind, PlaceRecord
from app.services.imports.listing import ParsedListing
from app.services.imports.location import Address, Atlas, split_address
from app.services.imports.problems import Reason, RowProblem
from app.services.imports.profiles import choose_shape
from app.services.imports.reader import RawRow
from app.services.imports.rows import RowReader

Reader = Callable[..., ParsedListing | list[RowProblem]]
HOME = {"listing_type": "sale", "property_type": "flat", "price": "85 L", "locality": "Sector 78", "city": "Noida"}
PORTAL_A = {
    "id": "4711",
    "propTypeD": "Apartment",
    "price": "9500000",
    "ctName": "Noida",
    "lmtDName": "Sector 78",
    "coveredArea": "100",
    "coverAreaUnitD": "Sq-m",
    "pmtLat": "0.0",
    "pmtLong": "0.0",
    "ltcoordGeo": "28.5610,77.3860",
}
PORTAL_B = {
    "": "7",
    "price": "5600000.0",
    "Address": "Sector 78, Noida, Sector 78, Noida, Delhi NCR",
    "area": "1350.0",
    "latitude": "28.5602",
    "longitude": "77.3851",
    "Bedrooms": "3.0",
    "type_of_building": "Individual House",
}
PORTAL_C = {
    "": "1",
    "bhk": "3.0",
    "status": "Under Construction",
    "Size(Sq/ft)": "1755 ",
    "price": "6932000.0",
    "area": "Sector 78",
}


SECTORS = [
    (1, "Sector 78", "sector-78", "Noida", 28.5607, 77.3854),
    (2, "Sector 137", "sector-137", "Noida", 28.5074, 77.4082),
    (3, "Sector 79", "sector-79", "Noida", 28.5650, 77.3950),
    (4, "Greater Noida West", "greater-noida-west", "Greater Noida", 28.5930, 77.4450),
    (5, "Yamuna Expressway", "yamuna-expressway", "Greater Noida", 28.3310, 77.5350),
]


@pytest.fixture
def read() -> Reader:
    records = [
        PlaceRecord(number, PlaceKind.SECTOR, name, (), city, (number,), None, latitude, longitude)
        for number, name, _, city, latitude, longitude in SECTORS
    ]
    known_sectors: list[Any] = [
        SimpleNamespace(id=number, name=name, slug=slug, city=city, latitude=latitude, longitude=longitude)
        for number, name, slug, city, latitude, longitude in SECTORS
    ]
    society: Any = SimpleNamespace(
        id=9,
        name="Amber Court",
        aliases=[],
        rera_numbers=["UPRERAPRJ77"],
        sector_id=1,
        latitude=28.5599,
        longitude=77.3842,
        position_precision="exact",
    )
    typed_sectors: list[Sector] = known_sectors
    societies: list[Society] = [society]
    atlas = Atlas(Gazetteer(records), typed_sectors, societies)

    def read_row(cells: dict[str, str], *more: dict[str, str], **changes: str) -> ParsedListing | list[RowProblem]:
        row = reduce(or_, (*more, changes), cells)
        return RowReader(choose_shape(row), atlas).read(RawRow(2, row, row))

    return read_row


def accepted(found: ParsedListing | list[RowProblem]) -> dict[str, Any]:
    assert isinstance(found, ParsedListing), found
    return found.values


def reasons(found: ParsedListing | list[RowProblem]) -> list[tuple[str, Reason]]:
    assert isinstance(found, list), found
    return [(problem.column, problem.reason) for problem in found]


def test_a_listing_without_title_or_place_gets_both(read: Reader) -> None:
    home = accepted(read(HOME, bhk="3 BHK"))
    assert home["title"] == "3 BHK flat for sale in Sector 78, Noida"
    assert (home["sector_id"], home["latitude"], home["location_precision"]) == (1, 28.5607, "sector")


def test_zero_coordinates_become_the_best_known_position(read: Reader) -> None:
    home = accepted(read(PORTAL_A))
    assert (home["latitude"], home["location_precision"]) == (28.5610, "locality")
    home = accepted(read(PORTAL_A, prjname="AMBER COURT"))
    assert (home["society_id"], home["latitude"], home["location_precision"]) == (9, 28.5599, "society")
    assert accepted(read(PORTAL_A, reraValidity="NA|null,UPRERAPRJ77|-1"))["society_id"] == 9
    home = accepted(read(PORTAL_A, ltcoordGeo=""))
    assert (home["latitude"], home["location_precision"]) == (28.5607, "sector")


def placed(found: ParsedListing | list[RowProblem]) -> tuple[float, str]:
    home = accepted(found)
    return home["latitude"], home["location_precision"]


@pytest.mark.parametrize("north", [0, 0.0000007, 0.0004, -0.0004])
def test_a_pin_within_50_m_of_its_locality_s_middle_is_that_middle(read: Reader, north: float) -> None:
    latitude = 28.5620 + north
    row = PORTAL_A | {"ltcoordGeo": "28.5620,77.3880", "pmtLat": str(latitude), "pmtLong": "77.3880"}
    assert placed(read(row)) == (latitude, "locality")
    assert placed(read(row, prjname="Plum Court")) == (latitude, "locality")
    assert placed(read(row, prjname="Amber Court")) == (28.5599, "society"), "registered, so better"


def test_a_pin_elsewhere_is_what_the_source_s_pins_are(read: Reader) -> None:
    row = PORTAL_A | {"ltcoordGeo": "28.5620,77.3880", "pmtLat": "28.5625", "pmtLong": "77.3880"}
    assert placed(read(row)) == (28.5625, "exact")
    assert placed(read(row, prjname="Plum Court")) == (28.5625, "society")


def test_a_pin_on_the_centroid_of_a_sector_is_no_better_than_that(read: Reader) -> None:
    row = HOME | {"latitude": "28.5604", "longitude": "77.3854"}
    assert placed(read(row)) == (28.5607, "sector")
    for stated in ("exact", "locality"):
        found = read(row, location_precision=stated, society_name="Amber Court")
        assert placed(found) == (28.5604, stated), "the row says so itself"
    assert placed(read(HOME, latitude="28.5650", longitude="77.3954")) == (28.5650, "locality"), "of Sector 79"


def test_pins_of_a_source_that_pins_localities_give_way_to_the_society_s(read: Reader) -> None:
    rent = {"cardid": "1", "property_type": "Flat", "locality": "Sector 78", "city": "Noida", "monthly_rent": "20000"}
    rent |= {"lat": "28.5630", "lng": "77.3890"}
    assert placed(read(rent)) == (28.5630, "locality")
    assert placed(read(rent, society_name="Amber Court")) == (28.5599, "society")


def test_the_pin_a_source_gives_what_it_cannot_place_says_nothing(read: Reader) -> None:
    default = {"pmtLat": "28.5935", "pmtLong": "77.3100"}
    assert placed(read(PORTAL_A, default)) == (28.5610, "locality")
    assert placed(read(PORTAL_A, default | {"ltcoordGeo": ""})) == (28.5607, "sector")
    nowhere = accepted(read(PORTAL_A, default | {"ltcoordGeo": "", "lmtDName": "Mango Grove"}))
    assert (nowhere["sector_id"], nowhere["latitude"], nowhere["location_precision"]) == (None, None, None)
    assert accepted(read(HOME, latitude="28.5935", longitude="77.3100", locality="Mango Grove"))["latitude"] == 28.5935


@pytest.mark.parametrize(
    ("locality", "latitude", "longitude", "is_kept"),
    [
        ("Sector 78", 28.5610, 77.4460, True),  # 5.9 km
        ("Sector 78", 28.5610, 77.4480, False),  # 6.1 km
        ("Greater Noida West", 28.5630, 77.4850, True),  # 5.1 km: its far end
        ("Greater Noida West", 28.6130, 77.3930, False),  # 5.6 km: in Noida
        ("Yamuna Expressway", 28.4320, 77.5080, True),  # 11.5 km
        ("Yamuna Expressway", 28.4850, 77.5130, False),  # 17.3 km: in Greater Noida
    ],
)
def test_a_pin_too_far_from_its_sector_is_replaced_and_flagged(
    read: Reader,
    locality: str,
    latitude: float,
    longitude: float,
    is_kept: bool,  # noqa: FBT001 - a parametrized value
) -> None:
    home = accepted(read(HOME, locality=locality, latitude=str(latitude), longitude=str(longitude)))
    assert ("coordinates_far_from_sector" not in home["review_flags"]) is is_kept
    assert (home["latitude"] == latitude) is is_kept
    assert (home["location_precision"] == "sector") is not is_kept


def test_what_is_written_goes_before_the_nearest_sector(read: Reader) -> None:
    near_79 = {"latitude": "28.5660", "longitude": "77.3950"}
    home = accepted(read(PORTAL_B, near_79, Address="Sector 78, B Block, Noida, B Block, Noida"))
    assert (home["locality"], home["sector_id"]) == ("B Block", 1)
    assert home["title"] == "3 BHK villa for sale in Sector 78, Noida"
    home = accepted(read(PORTAL_A, pmtLat="28.5660", pmtLong="77.3950", lmtDName="Mango Grove", prjname="AMBER COURT"))
    assert home["sector_id"] == 1, "as the register says of the society"


def test_a_sector_found_by_coordinates_is_not_stated_in_the_title(read: Reader) -> None:
    near = {"latitude": "28.5660", "longitude": "77.3950"}
    home = accepted(read(HOME, near, locality="Mango Grove"))
    assert (home["sector_id"], home["title"]) == (3, "Flat for sale in Mango Grove, Noida")
    for locality, society, title in (
        ("", "Plum Court", "Flat for sale in Plum Court, Noida"),
        ("", "", "Flat for sale in Noida"),
        ("Noida", "", "Flat for sale in Noida"),
    ):
        home = accepted(read(HOME, near, locality=locality, society_name=society))
        assert (home["sector_id"], home["title"]) == (3, title)
    assert accepted(read(HOME, near, locality="", society_name="Plum Court"))["locality"] == "Plum Court"
    assert accepted(read(HOME, near, locality=""))["locality"] == "Sector 79"


def test_an_unknown_sector_is_flagged(read: Reader) -> None:
    home = accepted(read(HOME, locality="Sec-112, Noida"))
    assert (home["sector_id"], home["locality"], home["review_flags"]) == (None, "Sec-112, Noida", ["sector_unknown"])
    assert accepted(read(HOME))["review_flags"] == []


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"city": "Gurgaon"}, "city"),
        ({"city": "", "locality": "Indirapuram"}, "locality"),
        ({"city": "", "locality": "Andheri West, Mumbai"}, "locality"),
        ({"locality": "Andheri West, Mumbai"}, "locality"),
        ({"city": "", "locality": "Sector 78, Mohali"}, "locality"),
        ({"latitude": "28.45", "longitude": "77.05"}, "latitude"),
    ],
)
def test_homes_elsewhere_are_refused_for_that_alone(read: Reader, changes: dict[str, str], column: str) -> None:
    assert reasons(read(HOME | {"price": "nonsense"}, **changes)) == [(column, Reason.OUTSIDE_AREA)]


def test_a_place_must_be_shown_to_be_here(read: Reader) -> None:
    for changes in ({"locality": "Andheri West"}, {"locality": "", "society_name": "Plum Court"}):
        column = "locality" if changes["locality"] else "society_name"
        found = read(HOME, city="", price="nonsense", **changes)
        assert reasons(found) == [(column, Reason.UNKNOWN_PLACE)]
    for shown in (
        {"locality": "Andheri West, Noida"},
        {"city": "Greater Noida West"},
        {"latitude": "28.5660", "longitude": "77.3950"},
        {"locality": "Sector 78"},
        {"society_name": "Amber Court"},
    ):
        accepted(read(HOME | {"city": "", "locality": "Andheri West"}, shown))
    assert accepted(read(PORTAL_C, area="Mango Grove"))["sector_id"] is None, "its files are of Noida alone"
    assert reasons(read(PORTAL_A, ctName="", pmtLat="28.5935", pmtLong="77.3100", ltcoordGeo="", lmtDName="Mango")) == [
        ("lmtDName", Reason.UNKNOWN_PLACE)
    ], "a pin that the source gives what it cannot place shows nothing"


def test_a_pin_elsewhere_is_outvoted_by_words_and_the_locality_s_centre(read: Reader) -> None:
    pin = {"pmtLat": "28.45", "pmtLong": "77.05"}
    home = accepted(read(PORTAL_A, pin))
    assert (home["latitude"], home["location_precision"]) == (28.5610, "locality")
    assert home["review_flags"] == ["coordinates_far_from_sector"]
    west = {"lmtDName": "Greater Noida West", "ctName": "Greater Noida", "ltcoordGeo": "28.60,77.44"}
    beside = accepted(read(PORTAL_A, west, pmtLat="28.6300", pmtLong="77.4450"))
    assert beside["latitude"] == 28.60, "near its sector, and beyond the border all the same"
    for alone in ({"ltcoordGeo": ""}, {"ltcoordGeo": "28.45,77.05"}, {"lmtDName": "Mango Grove"}):
        assert reasons(read(PORTAL_A, pin, alone)) == [("pmtLat", Reason.OUTSIDE_AREA)]


def test_areas_keep_their_basis(read: Reader) -> None:
    home = accepted(read(PORTAL_A))
    assert (home["area_sqft"], home["area_basis"], home["carpet_area_sqft"]) == ("1076.39", "built_up", None)
    home = accepted(read(PORTAL_A, coveredArea="", carpetArea="900", carpAreaUnit="Sq-ft"))
    assert (home["area_sqft"], home["area_basis"], home["carpet_area_sqft"]) == ("900.00", "carpet", "900.00")
    assert accepted(read(PORTAL_B))["area_basis"] == "super_built_up"
    for basis in ("", "gross"):
        assert reasons(read(HOME, area_sqft="900", area_basis=basis)) == [("area_basis", Reason.BAD_AREA)]
    assert accepted(read(HOME, area_sqft="100 gaj", area_basis="carpet"))["area_sqft"] == "900.00"


def test_plots_have_no_rooms(read: Reader) -> None:
    plot = accepted(read(PORTAL_C, bhk="", status="New"))
    assert (plot["property_type"], plot["area_basis"], plot["possession"]) == ("plot", "plot", None)
    assert plot["title"] == "Plot for sale in Sector 78, Noida"
    plot = accepted(
        read(HOME, property_type="plot", bhk="3", furnishing="furnished", floor_number="2", area_sqft="900")
    )
    assert not any(plot[name] for name in ("bhk", "furnishing", "floor_number", "bathrooms"))
    assert plot["area_basis"] == "plot"
    assert reasons(read(HOME, property_type="plot", area_sqft="9", area_basis="carpet")) == [
        ("area_basis", Reason.BAD_AREA)
    ]
    studio = accepted(read(PORTAL_C, bhk="", bath="1 "))
    assert (studio["property_type"], studio["bhk"]) == ("flat", None)
    assert accepted(read(HOME, property_type="office", bhk="3"))["bhk"] is None


def test_the_implausible_is_flagged_and_left_out(read: Reader) -> None:
    home = accepted(
        read(HOME, floor_number="9", total_floors="4", parking_spaces="402", area_sqft="99", area_basis="carpet")
    )
    assert (home["floor_number"], home["total_floors"], home["parking_spaces"]) == (None, None, None)
    assert home["review_flags"] == ["floor_above_building", "parking_spaces_unclear", "price_per_sqft_implausible"]


def test_the_rules_are_those_of_the_admin_api(read: Reader) -> None:
    for name, value, rule in (
        ("bathrooms", "80", "is not a whole number from 0 to 50"),
        ("balconies", "51", "is not a whole number from 0 to 50"),
        ("lease_years_left", "60", "needs ownership leasehold"),
    ):
        found = read(HOME, {name: value})
        assert isinstance(found, list)
        assert [str(each) for each in found] == [f"row 2, {name} '{value}': {rule}"]
    assert accepted(read(HOME, title="Flat"))["title"] == "Flat for sale in Sector 78, Noida"
    home = accepted(read(HOME, price="900 Cr", maintenance_monthly="2 Cr"))
    assert (home["maintenance_monthly"], home["review_flags"]) == (None, ["maintenance_monthly_unclear"])
    home = accepted(read(HOME, area_sqft="900", area_basis="super_built_up", carpet_area_sqft="1000"))
    assert (home["carpet_area_sqft"], home["review_flags"]) == (None, ["carpet_exceeds_area"])
    of_a_plot = read(HOME, property_type="villa", area_sqft="900", area_basis="plot", carpet_area_sqft="1000")
    assert accepted(of_a_plot)["carpet_area_sqft"] == "1000.00"


def test_all_problems_of_a_row_are_named(read: Reader) -> None:
    found = read(
        HOME, price="-3", property_type="PG", furnishing="half", area_sqft="2 bigha", area_basis="carpet", bhk="x"
    )
    assert reasons(found) == [
        ("property_type", Reason.UNKNOWN_TYPE),
        ("price", Reason.BAD_PRICE),
        ("bhk", Reason.BAD_VALUE),
        ("area_sqft", Reason.BAD_AREA),
        ("furnishing", Reason.BAD_VALUE),
    ]
    assert isinstance(found, list)
    assert str(found[1]) == "row 2, price '-3': is not one amount, such as 8500000, 85 lakh or 1.25 Cr"
    assert reasons(read(HOME, price="", locality="", city="Noida")) == [
        ("price", Reason.MISSING_PRICE),
        ("locality", Reason.MISSING_LOCALITY),
    ]


def test_identity_is_the_source_s_id_or_else_what_the_row_says(read: Reader) -> None:
    first, second = read(PORTAL_C), read(PORTAL_C | {"": "2"})
    assert isinstance(first, ParsedListing)
    assert isinstance(second, ParsedListing)
    assert first.identity == second.identity
    assert first.content_hash == second.content_hash
    other = read(PORTAL_C, price="1")
    assert isinstance(other, ParsedListing)
    assert other.identity != first.identity
    portal_a = read(PORTAL_A)
    assert isinstance(portal_a, ParsedListing)
    assert portal_a.identity == ("portal_a", "4711")


def test_rows_are_compared_as_units_only_with_an_area(read: Reader) -> None:
    first, second = read(PORTAL_A), read(PORTAL_A, id="4712", propertyTitle="Another title")
    assert isinstance(first, ParsedListing)
    assert isinstance(second, ParsedListing)
    assert first.fingerprint == second.fingerprint is not None
    bare = read(HOME)
    assert isinstance(bare, ParsedListing)
    assert bare.fingerprint is None


def test_addresses_are_split_despite_repeated_parts() -> None:
    assert split_address("D 41, Sector 143, Noida, Sector 143, Noida, Delhi NCR") == Address(
        "Sector 143", "Noida", ("d 41",)
    )
    assert split_address("Gate 2, Sector 74, Noida, Uttar Pradesh 201301, Sector 74, Noida, Delhi NCR") == Address(
        "Sector 74", "Noida", ("gate 2",)
    )
    assert split_address("Noida, Delhi NCR") == Address("Noida", "Noida", ())
    assert split_address(" , ") == Address("", "", ())


def test_a_listing_from_the_future_is_refused(read: Reader) -> None:
    refused = read(HOME, listed_at="2130-01-01")
    assert isinstance(refused, list)
    assert [str(each) for each in refused] == ["row 2, listed_at '2130-01-01': does not lie between 2000 and now"]
    assert accepted(read(HOME, listed_at="1 Nov 2025"))["listed_at"] == "2025-10-31T18:30:00+00:00"
