"""Sectors, zones, societies and places: the facts of Noida that listings refer to."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.vocabulary import City, PlaceCategory
from app.models.base import Base, values_of

# Noida, Greater Noida and the Yamuna Expressway down to Jewar.
INSIDE_DISTRICT = "latitude BETWEEN 28.0 AND 28.75 AND longitude BETWEEN 77.2 AND 77.8"
# Flat, in degrees of latitude: nearest by <->, metres by * 111195 (one degree of a 6,371 km sphere).
GEO_POINT = "geo_point(latitude, longitude)"


def aliases_column() -> Mapped[list[str]]:
    return mapped_column(ARRAY(Text), server_default=text("'{}'"))


class Zone(Base):
    """A named group of adjacent sectors."""

    __tablename__ = "zones"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    aliases: Mapped[list[str]] = aliases_column()
    city: Mapped[City] = mapped_column(values_of(City))


class Sector(Base):
    __tablename__ = "sectors"
    __table_args__ = (CheckConstraint(INSIDE_DISTRICT, name="inside_district"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    aliases: Mapped[list[str]] = aliases_column()
    city: Mapped[City] = mapped_column(values_of(City))
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"), index=True)
    latitude: Mapped[float]
    longitude: Mapped[float]
    confidence: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(Text)


class Society(Base):
    """A residential project as registered with UP-RERA."""

    __tablename__ = "societies"
    __table_args__ = (
        CheckConstraint(INSIDE_DISTRICT, name="inside_district"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position_whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    aliases: Mapped[list[str]] = aliases_column()
    rera_numbers: Mapped[list[str]] = aliases_column()
    promoter: Mapped[str | None] = mapped_column(String(200))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id"), index=True)
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zones.id"), index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    position_precision: Mapped[str] = mapped_column(String(10))
    total_units: Mapped[int | None]
    towers: Mapped[int | None]
    land_area_acres: Mapped[float | None]
    possession: Mapped[str | None] = mapped_column(String(7))
    source: Mapped[str] = mapped_column(Text)


class Place(Base):
    """A metro station, school, hospital, market or park."""

    __tablename__ = "places"
    __table_args__ = (
        CheckConstraint(INSIDE_DISTRICT, name="inside_district"),
        Index("ix_places_geo", text(GEO_POINT), postgresql_using="gist"),
        # One for each category, so that its nearest are the first rows of an index whatever lies between.
        *(
            Index(
                f"ix_places_{category.removesuffix('_station')}_geo",
                text(GEO_POINT),
                postgresql_using="gist",
                postgresql_where=f"category = '{category}'",
            )
            for category in PlaceCategory
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(160), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    aliases: Mapped[list[str]] = aliases_column()
    category: Mapped[PlaceCategory] = mapped_column(values_of(PlaceCategory))
    line: Mapped[str | None] = mapped_column(String(80))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id"), index=True)
    latitude: Mapped[float]
    longitude: Mapped[float]
    precision: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(Text)
    as_of: Mapped[date | None]
    osm_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    """Type and id in OpenStreetMap, such as "way/123"."""
    is_landmark: Mapped[bool] = mapped_column(server_default=true())
    """Whether people say its name for where a home is. Only such places are in the gazetteer."""
