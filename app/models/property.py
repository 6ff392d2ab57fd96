"""Listings, what they cost over time, and the counts that search answers with."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.ids import new_id
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
from app.models.base import Base, Timestamped, values_of
from app.models.geography import INSIDE_DISTRICT, Sector, Society

MAX_PRICE = 100_000_000_000
MAX_AREA_SQFT = 10_000_000
RERA_PATTERN = r"^UPRERAPRJ\d{1,7}(/\d{2}/\d{4})?$"
LISTED = "is_listed"


class Property(Timestamped, Base):
    """One listing. Money is whole rupees, areas are square feet with their basis beside them."""

    __tablename__ = "properties"
    __table_args__ = (
        CheckConstraint(f"price BETWEEN 1 AND {MAX_PRICE}", name="price_plausible"),
        CheckConstraint(f"area_sqft BETWEEN 1 AND {MAX_AREA_SQFT}", name="area_plausible"),
        CheckConstraint("(area_sqft IS NULL) = (area_basis IS NULL)", name="area_has_basis"),
        CheckConstraint("property_type <> 'plot' OR area_basis = 'plot' OR area_basis IS NULL", name="plot_basis"),
        CheckConstraint("bhk BETWEEN 1 AND 20", name="bhk_plausible"),
        CheckConstraint("property_type <> 'plot' OR (bhk IS NULL AND furnishing IS NULL)", name="plot_has_no_rooms"),
        CheckConstraint("floor_number BETWEEN -5 AND 200 AND total_floors BETWEEN 0 AND 200", name="floors_plausible"),
        CheckConstraint("floor_number <= total_floors", name="floor_inside_building"),
        CheckConstraint(INSIDE_DISTRICT, name="inside_district"),
        CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (location_precision IS NULL)",
            name="location_whole",
        ),
        CheckConstraint(f"rera_number ~ '{RERA_PATTERN}'", name="rera_well_formed"),
        CheckConstraint("rank_score BETWEEN 0 AND 100", name="rank_score_range"),
        Index("uq_properties_source", "source", "external_id", unique=True, postgresql_where="external_id IS NOT NULL"),
        Index("ix_properties_fingerprint", "fingerprint", postgresql_where="fingerprint IS NOT NULL"),
        Index(
            "ix_properties_rank",
            *("listing_type", "property_type"),
            *(text("rank_score DESC"), text("listed_at DESC"), text("id DESC")),
            postgresql_where=LISTED,
        ),
        Index(
            "ix_properties_rank_bhk",
            *("listing_type", "property_type", "bhk"),
            *(text("rank_score DESC"), text("listed_at DESC"), text("id DESC")),
            postgresql_where=LISTED,
        ),
        *(
            Index(
                f"ix_properties_bucket{suffix}",
                *("listing_type", "property_type", *rooms, text("price_bucket(listing_type, price)")),
                *(text("rank_score DESC"), text("listed_at DESC"), text("id DESC")),
                postgresql_include=["price"],
                postgresql_where=LISTED,
            )
            for suffix, rooms in (("", ()), ("_bhk", ("bhk",)))
        ),
        Index("ix_properties_price", "listing_type", "property_type", "price", postgresql_where=LISTED),
        Index("ix_properties_price_bhk", "listing_type", "property_type", "bhk", "price", postgresql_where=LISTED),
        Index("ix_properties_sector", "sector_id", "listing_type", "property_type", "price", postgresql_where=LISTED),
        Index("ix_properties_society", "society_id", "listing_type", "property_type", postgresql_where=LISTED),
        Index("ix_properties_inactive_sector", "sector_id", postgresql_where="NOT is_active AND deleted_at IS NULL"),
        Index(
            "ix_properties_society_name",
            *("society_name", "listing_type", "property_type"),
            postgresql_include=["sector_id"],
            postgresql_where="is_listed AND society_id IS NULL",
        ),
        Index(
            "ix_properties_locality",
            *("locality", "listing_type", "property_type"),
            postgresql_where="is_listed AND sector_id IS NULL",
        ),
        Index("ix_properties_updated", text("updated_at DESC"), text("id DESC")),
        Index(
            "ix_properties_text",
            *("title", "locality", "society_name"),
            postgresql_using="gin",
            postgresql_ops=dict.fromkeys(("title", "locality", "society_name"), "gin_trgm_ops"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)
    listing_type: Mapped[ListingType] = mapped_column(values_of(ListingType))
    property_type: Mapped[PropertyType] = mapped_column(values_of(PropertyType))
    price: Mapped[int] = mapped_column(BigInteger)
    """Asking price in rupees; for rent, rupees a month."""
    bhk: Mapped[int | None] = mapped_column(SmallInteger)
    bathrooms: Mapped[int | None] = mapped_column(SmallInteger)
    balconies: Mapped[int | None] = mapped_column(SmallInteger)
    area_sqft: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    area_basis: Mapped[AreaBasis | None] = mapped_column(values_of(AreaBasis))
    carpet_area_sqft: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    price_per_sqft: Mapped[Decimal | None] = mapped_column(
        Numeric(16, 2), Computed("round(price / area_sqft, 2)", persisted=True)
    )

    locality: Mapped[str] = mapped_column(String(160))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id"))
    society_id: Mapped[int | None] = mapped_column(ForeignKey("societies.id"))
    society_name: Mapped[str | None] = mapped_column(String(160))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    location_precision: Mapped[LocationPrecision | None] = mapped_column(values_of(LocationPrecision))

    entrance_facing: Mapped[Facing | None] = mapped_column(values_of(Facing, "entrance_facing"))
    window_facing: Mapped[Facing | None] = mapped_column(values_of(Facing, "window_facing"))
    furnishing: Mapped[Furnishing | None] = mapped_column(values_of(Furnishing))
    floor_number: Mapped[int | None] = mapped_column(SmallInteger)
    total_floors: Mapped[int | None] = mapped_column(SmallInteger)
    age_years: Mapped[int | None] = mapped_column(SmallInteger)
    possession: Mapped[Possession | None] = mapped_column(values_of(Possession))
    available_from: Mapped[date | None]
    ownership: Mapped[Ownership | None] = mapped_column(values_of(Ownership))
    lease_years_left: Mapped[int | None] = mapped_column(SmallInteger)
    parking_spaces: Mapped[int | None] = mapped_column(SmallInteger)
    maintenance_monthly: Mapped[int | None] = mapped_column(BigInteger)
    amenities: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    rera_number: Mapped[str | None] = mapped_column(String(32))

    source: Mapped[str] = mapped_column(String(40), server_default="admin")
    external_id: Mapped[str | None] = mapped_column(String(80))
    fingerprint: Mapped[int | None] = mapped_column(BigInteger)
    """Hash of what two listings of one unit have in common; imports look for duplicates by it."""
    content_hash: Mapped[int | None] = mapped_column(BigInteger)
    """Hash of the imported row; an unchanged row is not written again."""
    review_flags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))

    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    deleted_at: Mapped[datetime | None]
    is_listed: Mapped[bool] = mapped_column(Computed("is_active AND deleted_at IS NULL", persisted=True))
    listed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    listed_at_is_known: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """False: the source gives no date, and listed_at is when the listing came here."""
    verified_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    metro_place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"))
    metro_distance_m: Mapped[int | None]
    rank_score: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default=text("0"))
    rank_parts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    card: Mapped[str | None] = mapped_column(Text)
    """The search result as JSON text, written with the rank (repositories/ranking.py)."""

    sector: Mapped[Sector | None] = relationship(lazy="raise")
    society: Mapped[Society | None] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declarative protocol


class PriceHistory(Base):
    """Every asking price a listing had. Written by a trigger on properties; rows are never changed or removed."""

    __tablename__ = "price_history"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    property_id: Mapped[UUID] = mapped_column(ForeignKey("properties.id"), index=True)
    price: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SearchCount(Base):
    """How many listed homes stand in each price bucket. Kept by a trigger on properties, so always exact."""

    __tablename__ = "search_counts"

    listing_type: Mapped[str] = mapped_column(String(32), primary_key=True)
    property_type: Mapped[str] = mapped_column(String(32), primary_key=True)
    bhk: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """0 for a listing without BHK."""
    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    listings: Mapped[int]
