"""Listings as admins read and write them. The rules are the table's own, so that no accepted body breaks one."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AliasPath,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

from app.core.clock import EARLIEST, utc_now
from app.core.vocabulary import (
    AreaBasis,
    Facing,
    Furnishing,
    ListingType,
    LocationPrecision,
    Ownership,
    Possession,
    PropertyType,
)
from app.schemas.base import MAX_BHK, MAX_RUPEES, WITHOUT_BHK, Line, Paragraphs, RequestModel, refused
from app.schemas.image import AdminImage
from app.schemas.paging import Paged, PageQuery

MAX_AREA_SQFT = 10_000_000
MAX_MAINTENANCE = 10_000_000
MIN_TITLE, MAX_TITLE = 5, 200
MIN_FLOOR, MAX_FLOOR = -5, 200
MAX_COUNT = 50
MAX_AMENITIES, MAX_AMENITY_LENGTH = 60, 80

Price = Annotated[StrictInt, Field(ge=1, le=MAX_RUPEES, description="Asking price in whole rupees; for rent, a month")]
Area = Annotated[Decimal, Field(ge=1, le=MAX_AREA_SQFT, decimal_places=2, allow_inf_nan=False)]
Years = Annotated[StrictInt, Field(ge=0, le=999)]
Count = Annotated[StrictInt, Field(ge=0, le=MAX_COUNT)]
Degrees = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]
Amenity = Annotated[Line, StringConstraints(min_length=1, max_length=MAX_AMENITY_LENGTH)]
PlaceName = Annotated[Line, StringConstraints(min_length=1, max_length=160)]


def _in_the_past(moment: datetime) -> datetime:
    if not EARLIEST <= moment <= utc_now():
        msg = "must lie between 2000 and now"
        raise ValueError(msg)
    return moment


def named_once(names: list[str]) -> list[str]:
    """Of names that differ in case only, the first."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return list(first.values())


class PropertyInput(RequestModel):
    """Every field an admin may set. In a PUT this replaces all of them: what is left out becomes empty.

    Fields of AdminProperty that are not among them are read-only: to put back what was read, leave them out.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "3 BHK flat near the metro",
                    "listing_type": "sale",
                    "property_type": "flat",
                    "price": 8_500_000,
                    "bhk": 3,
                    "area_sqft": 1500,
                    "area_basis": "super_built_up",
                    "locality": "Sector 137",
                }
            ]
        }
    )

    title: Annotated[Line, StringConstraints(min_length=MIN_TITLE, max_length=MAX_TITLE)]
    description: Annotated[Paragraphs, StringConstraints(min_length=1, max_length=20_000)] | None = None
    listing_type: ListingType
    property_type: PropertyType
    price: Price
    bhk: Annotated[StrictInt, Field(ge=1, le=MAX_BHK)] | None = Field(
        default=None, description="For flats and villas only"
    )
    bathrooms: Count | None = None
    balconies: Count | None = None
    area_sqft: Area | None = Field(default=None, description="Together with area_basis, or neither")
    area_basis: AreaBasis | None = None
    carpet_area_sqft: Area | None = Field(
        default=None, description="At most area_sqft, unless that is the area of the plot"
    )

    locality: PlaceName = Field(description="The place as people say it")
    sector: PlaceName | None = Field(
        default=None, description='Name or slug ("Sector 137"); left out, it is recognised in the locality'
    )
    society_name: PlaceName | None = None
    latitude: Degrees | None = Field(default=None, description="Together with longitude, or neither")
    longitude: Degrees | None = None
    location_precision: LocationPrecision | None = Field(
        default=None,
        description="What the coordinates are; exact when left out. Those of precision society and sector, and missing "
        "ones, are taken from the society or sector anew.",
    )

    entrance_facing: Facing | None = None
    window_facing: Facing | None = None
    furnishing: Furnishing | None = None
    floor_number: Annotated[StrictInt, Field(ge=MIN_FLOOR, le=MAX_FLOOR)] | None = None
    total_floors: Annotated[StrictInt, Field(ge=0, le=MAX_FLOOR)] | None = None
    age_years: Years | None = None
    possession: Possession | None = None
    available_from: Annotated[date, Field(ge=EARLIEST.date(), le=date(2100, 1, 1))] | None = None
    ownership: Ownership | None = None
    lease_years_left: Years | None = Field(default=None, description="With ownership leasehold only")
    parking_spaces: Count | None = None
    maintenance_monthly: Annotated[StrictInt, Field(ge=0, le=MAX_MAINTENANCE)] | None = None
    amenities: Annotated[list[Amenity], Field(max_length=MAX_AMENITIES), AfterValidator(named_once)] = Field(
        default_factory=list
    )
    # [0-9], because \d would let other scripts' digits in, which the table refuses.
    rera_number: Annotated[str, StringConstraints(pattern=r"^UPRERAPRJ[0-9]{1,7}(/[0-9]{2}/[0-9]{4})?$")] | None = None

    listed_at: Annotated[AwareDatetime, AfterValidator(_in_the_past)] | None = Field(
        default=None, description="Left out: now for a new listing, unchanged for another"
    )
    verified: StrictBool = Field(
        default=False,
        description="True says that the listing was checked: sets verified_at to now and clears the review flags",
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_read_only(cls, body: Any) -> Any:
        read_only = AdminProperty.model_fields.keys() - cls.model_fields.keys()
        if isinstance(body, dict) and (named := [name for name in body if name in read_only]):
            raise refused(*((name, "is read-only here; leave it out") for name in named))
        return body

    @model_validator(mode="after")
    def _check(self) -> Self:
        broken = [*self._area_rules(), *self._type_rules(), *self._place_rules()]
        if self.floor_number is not None and self.total_floors is not None and self.floor_number > self.total_floors:
            broken.append(("floor_number", "must not be above total_floors"))
        if self.lease_years_left is not None and self.ownership is not Ownership.LEASEHOLD:
            broken.append(("lease_years_left", "needs ownership leasehold"))
        if broken:
            raise refused(*broken)
        return self

    def _area_rules(self) -> Iterator[tuple[str, str]]:
        if self.area_sqft is None and self.area_basis is not None:
            yield "area_sqft", "belongs together with area_basis; give both or neither"
        elif self.area_sqft is not None and self.area_basis is None:
            yield "area_basis", "belongs together with area_sqft; give both or neither"
        elif (
            self.carpet_area_sqft is not None
            and self.area_sqft is not None
            and self.area_basis is not AreaBasis.PLOT  # of which the storeys together may have more
            and self.carpet_area_sqft > self.area_sqft
        ):
            yield "carpet_area_sqft", "must not be more than area_sqft"

    def _type_rules(self) -> Iterator[tuple[str, str]]:
        if self.property_type in WITHOUT_BHK and self.bhk is not None:
            yield "bhk", f"does not apply to {WITHOUT_BHK[self.property_type]}; leave it out"
        if self.property_type is PropertyType.PLOT:
            if self.area_basis not in {None, AreaBasis.PLOT}:
                yield "area_basis", "of a plot is plot"
            if self.furnishing is not None:
                yield "furnishing", "does not apply to plots; leave it out"

    def _place_rules(self) -> Iterator[tuple[str, str]]:
        if self.latitude is None and self.longitude is not None:
            yield "latitude", "belongs together with longitude; give both or neither"
        elif self.latitude is not None and self.longitude is None:
            yield "longitude", "belongs together with latitude; give both or neither"
        elif self.location_precision is not None and self.latitude is None:
            yield "location_precision", "needs latitude and longitude"


class PropertyCreate(PropertyInput):
    is_active: StrictBool = Field(default=True, description="False keeps it from the public until it is activated")


class StatusChange(RequestModel):
    is_active: StrictBool


class ListingFields(BaseModel):
    """What a listing says, for the public and for admins alike."""

    id: UUID
    title: str
    description: str | None
    listing_type: ListingType
    property_type: PropertyType
    price: int = Field(description="Asking price in rupees; for rent, rupees a month")
    bhk: int | None
    bathrooms: int | None
    balconies: int | None
    area_sqft: float | None
    area_basis: AreaBasis | None
    carpet_area_sqft: float | None
    price_per_sqft: float | None = Field(description="Of area_sqft, so of its area_basis")
    locality: str
    sector: str | None
    society_name: str | None = Field(description="As the listing says it")
    latitude: float | None
    longitude: float | None
    location_precision: LocationPrecision | None
    entrance_facing: Facing | None
    window_facing: Facing | None
    furnishing: Furnishing | None
    floor_number: int | None
    total_floors: int | None
    age_years: int | None
    possession: Possession | None
    available_from: date | None
    ownership: Ownership | None
    lease_years_left: int | None
    parking_spaces: int | None
    maintenance_monthly: int | None
    amenities: list[str]
    rera_number: str | None
    source: str
    verified_at: datetime | None
    updated_at: datetime


class PropertySummary(BaseModel):
    """A row of the admin list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    listing_type: ListingType
    property_type: PropertyType
    price: int
    bhk: int | None
    area_sqft: float | None
    area_basis: AreaBasis | None
    price_per_sqft: float | None
    locality: str
    sector: str | None = Field(default=None, validation_alias=AliasPath("sector", "name"))
    society_name: str | None
    source: str
    review_flags: list[str]
    rank_score: float
    is_active: bool
    deleted_at: datetime | None
    listed_at: datetime
    verified_at: datetime | None
    updated_at: datetime
    version: int


class PropertyPage(Paged):
    items: list[PropertySummary]


class AdminProperty(ListingFields):
    """A listing with what only staff see. `version` is the number in the ETag."""

    model_config = ConfigDict(from_attributes=True)

    sector: str | None = Field(default=None, validation_alias=AliasPath("sector", "name"))
    society: str | None = Field(
        default=None, validation_alias=AliasPath("society", "name"), description="The registered society recognised"
    )
    external_id: str | None
    review_flags: list[str]
    is_active: bool
    deleted_at: datetime | None
    listed_at: datetime
    listed_at_is_known: bool = Field(description="False: the source gives no date, and this is when it came here")
    is_listed: bool = Field(description="Shown to the public: active and not deleted")
    created_by: UUID | None
    created_at: datetime
    version: int
    rank_score: float
    rank_parts: dict[str, Any] | None
    metro_distance_m: int | None
    images: list[AdminImage] = Field(default=[], description="The primary one first")


Status = Literal["active", "inactive", "deleted", "all"]
Sort = Literal[
    "updated_at", "-updated_at", "listed_at", "-listed_at", "price", "-price", "price_per_sqft", "-price_per_sqft",
    "rank_score", "-rank_score", "title", "-title",
]  # fmt: skip


class PropertyFilters(RequestModel):
    """All that are given must hold."""

    status: Status | None = Field(default=None, description="Left out: active and inactive ones")
    listing_type: ListingType | None = None
    property_type: PropertyType | None = None
    bhk: Annotated[int, Field(ge=1, le=MAX_BHK)] | None = None
    sector: PlaceName | None = None
    source: Annotated[str, StringConstraints(max_length=40)] | None = None
    price_min: Annotated[int, Field(ge=0, le=MAX_RUPEES)] | None = None
    price_max: Annotated[int, Field(ge=0, le=MAX_RUPEES)] | None = None
    flagged: bool | None = Field(default=None, description="Whether it has a review flag")
    q: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, description="Part of the title, locality or society; or a listing's id"
    )


class PropertyQuery(PropertyFilters, PageQuery):
    sort: Sort = "-updated_at"
