"""initial schema

Revision ID: c83269625c7b
Revises:
"""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c83269625c7b"
down_revision = None
branch_labels = None
depends_on = None

FUNCTIONS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- A flat projection in degrees of latitude around Noida (28.5355 N): <-> between two points times 111195 is metres.
CREATE FUNCTION geo_point(latitude double precision, longitude double precision) RETURNS point
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT point(longitude * 0.878515, latitude) $$;

-- The same scale as app/core/price_buckets.py; a test holds the two together.
CREATE FUNCTION price_bucket(listing_type text, price bigint) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (CASE listing_type
  WHEN 'sale' THEN CASE
    WHEN price < 5000000 THEN price / 100000
    WHEN price < 20000000 THEN 50 + (price - 5000000) / 500000
    WHEN price < 100000000 THEN 80 + (price - 20000000) / 2500000
    WHEN price < 1000000000 THEN 112 + (price - 100000000) / 10000000
    ELSE 202 END
  ELSE CASE
    WHEN price < 100000 THEN price / 1000
    WHEN price < 500000 THEN 100 + (price - 100000) / 5000
    WHEN price < 2000000 THEN 180 + (price - 500000) / 25000
    ELSE 240 END
END)::smallint $$;
"""

TRIGGERS = """
-- One writer of counts at a time, and always after its row locks, so that two of them cannot wait for each other.
CREATE FUNCTION search_counts_add(changes search_counts[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(6034002);
  INSERT INTO search_counts AS c (listing_type, property_type, bhk, bucket, listings)
  SELECT listing_type, property_type, bhk, bucket, sum(listings)
  FROM unnest(changes) GROUP BY 1, 2, 3, 4 HAVING sum(listings) <> 0
  ON CONFLICT (listing_type, property_type, bhk, bucket) DO UPDATE SET listings = c.listings + excluded.listings;
END $$;

CREATE FUNCTION properties_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changes search_counts[];
BEGIN
  INSERT INTO price_history (property_id, price, recorded_at) SELECT id, price, listed_at FROM new_rows;
  SELECT array_agg(ROW(listing_type, property_type, bhk, bucket, n)::search_counts) INTO changes FROM (
    SELECT listing_type, property_type, coalesce(bhk, 0)::smallint AS bhk, price_bucket(listing_type, price) AS bucket,
           count(*)::int AS n
    FROM new_rows WHERE is_listed GROUP BY 1, 2, 3, 4) g;
  IF changes IS NOT NULL THEN PERFORM search_counts_add(changes); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER properties_inserted AFTER INSERT ON properties REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION properties_inserted();

CREATE FUNCTION properties_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changes search_counts[];
BEGIN
  SELECT array_agg(ROW(listing_type, property_type, bhk, bucket, n)::search_counts) INTO changes FROM (
    SELECT listing_type, property_type, coalesce(bhk, 0)::smallint AS bhk, price_bucket(listing_type, price) AS bucket,
           -count(*)::int AS n
    FROM old_rows WHERE is_listed GROUP BY 1, 2, 3, 4) g;
  IF changes IS NOT NULL THEN PERFORM search_counts_add(changes); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER properties_deleted AFTER DELETE ON properties REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION properties_deleted();

CREATE FUNCTION properties_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM search_counts;
  RETURN NULL;
END $$;
CREATE TRIGGER properties_truncated AFTER TRUNCATE ON properties
  FOR EACH STATEMENT EXECUTE FUNCTION properties_truncated();

-- By row, so that ranking a million listings again (no counted column changes) costs only the WHEN.
CREATE FUNCTION properties_recounted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changes search_counts[];
BEGIN
  IF old.is_listed THEN
    changes := changes || ROW(old.listing_type, old.property_type, coalesce(old.bhk, 0),
                              price_bucket(old.listing_type, old.price), -1)::search_counts;
  END IF;
  IF new.is_listed THEN
    changes := changes || ROW(new.listing_type, new.property_type, coalesce(new.bhk, 0),
                              price_bucket(new.listing_type, new.price), 1)::search_counts;
  END IF;
  IF changes IS NOT NULL THEN PERFORM search_counts_add(changes); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER properties_recounted AFTER UPDATE ON properties FOR EACH ROW
  WHEN ((old.is_listed, old.listing_type, old.property_type, old.bhk, old.price)
        IS DISTINCT FROM (new.is_listed, new.listing_type, new.property_type, new.bhk, new.price))
  EXECUTE FUNCTION properties_recounted();

CREATE FUNCTION properties_repriced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO price_history (property_id, price) VALUES (new.id, new.price);
  RETURN NULL;
END $$;
CREATE TRIGGER properties_repriced AFTER UPDATE ON properties FOR EACH ROW
  WHEN (old.price <> new.price) EXECUTE FUNCTION properties_repriced();

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER price_history_append_only BEFORE UPDATE OR DELETE ON price_history
  FOR EACH ROW EXECUTE FUNCTION append_only();
"""

DROPS = """
DROP FUNCTION append_only;
DROP FUNCTION properties_repriced;
DROP FUNCTION properties_recounted;
DROP FUNCTION properties_truncated;
DROP FUNCTION properties_deleted;
DROP FUNCTION properties_inserted;
DROP FUNCTION price_bucket;
DROP FUNCTION geo_point;
"""


def run_script(script: str) -> None:
    """Run several statements; asyncpg takes one at a time."""
    for statement in re.split(r";\n(?=\n|CREATE|DROP|--|$)", script):
        if statement.strip():
            op.execute(sa.text(statement.replace(":", r"\:")))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    run_script(FUNCTIONS)
    op.create_table(
        "import_seen",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "key", name=op.f("pk_import_seen")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("jti", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "revoked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_revoked_tokens")),
    )
    op.create_index(
        op.f("ix_revoked_tokens_expires_at"),
        "revoked_tokens",
        ["expires_at"],
        unique=False,
    )
    op.create_table(
        "search_counts",
        sa.Column("listing_type", sa.String(length=32), nullable=False),
        sa.Column("property_type", sa.String(length=32), nullable=False),
        sa.Column("bhk", sa.SmallInteger(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("listings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "listing_type",
            "property_type",
            "bhk",
            "bucket",
            name=op.f("pk_search_counts"),
        ),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("hashed_password", sa.String(length=100), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "super_admin",
                "admin",
                "agent",
                name="user_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "token_generation",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index(
        "uq_users_email_lower",
        "users",
        [sa.literal_column("lower(email)")],
        unique=True,
    )
    op.create_table(
        "zones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "aliases",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "city",
            sa.Enum(
                "Noida",
                "Greater Noida",
                name="city",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zones")),
        sa.UniqueConstraint("slug", name=op.f("uq_zones_slug")),
    )
    op.create_table(
        "sectors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "aliases",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "city",
            sa.Enum(
                "Noida",
                "Greater Noida",
                name="city",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("confidence", sa.String(length=10), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "latitude BETWEEN 28.0 AND 28.75 AND longitude BETWEEN 77.2 AND 77.8",
            name=op.f("ck_sectors_inside_district"),
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_sectors_zone_id_zones")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sectors")),
        sa.UniqueConstraint("slug", name=op.f("uq_sectors_slug")),
    )
    op.create_index(op.f("ix_sectors_zone_id"), "sectors", ["zone_id"], unique=False)
    op.create_table(
        "places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=160), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column(
            "aliases",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "metro_station",
                "school",
                "hospital",
                "market",
                "park",
                name="place_category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("line", sa.String(length=80), nullable=True),
        sa.Column("sector_id", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("precision", sa.String(length=10), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "latitude BETWEEN 28.0 AND 28.75 AND longitude BETWEEN 77.2 AND 77.8",
            name=op.f("ck_places_inside_district"),
        ),
        sa.ForeignKeyConstraint(["sector_id"], ["sectors.id"], name=op.f("fk_places_sector_id_sectors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("slug", name=op.f("uq_places_slug")),
    )
    op.create_index(
        "ix_places_geo",
        "places",
        [sa.literal_column("geo_point(latitude, longitude)")],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(
        "ix_places_metro_geo",
        "places",
        [sa.literal_column("geo_point(latitude, longitude)")],
        unique=False,
        postgresql_using="gist",
        postgresql_where="category = 'metro_station'",
    )
    op.create_index(op.f("ix_places_sector_id"), "places", ["sector_id"], unique=False)
    op.create_table(
        "societies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column(
            "aliases",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "rera_numbers",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("promoter", sa.String(length=200), nullable=True),
        sa.Column("sector_id", sa.Integer(), nullable=True),
        sa.Column("zone_id", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("position_precision", sa.String(length=10), nullable=False),
        sa.Column("total_units", sa.Integer(), nullable=True),
        sa.Column("towers", sa.Integer(), nullable=True),
        sa.Column("land_area_acres", sa.Double(), nullable=True),
        sa.Column("possession", sa.String(length=7), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)",
            name=op.f("ck_societies_position_whole"),
        ),
        sa.CheckConstraint(
            "latitude BETWEEN 28.0 AND 28.75 AND longitude BETWEEN 77.2 AND 77.8",
            name=op.f("ck_societies_inside_district"),
        ),
        sa.ForeignKeyConstraint(["sector_id"], ["sectors.id"], name=op.f("fk_societies_sector_id_sectors")),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_societies_zone_id_zones")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_societies")),
        sa.UniqueConstraint("slug", name=op.f("uq_societies_slug")),
    )
    op.create_index(op.f("ix_societies_sector_id"), "societies", ["sector_id"], unique=False)
    op.create_index(op.f("ix_societies_zone_id"), "societies", ["zone_id"], unique=False)
    op.create_table(
        "properties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "listing_type",
            sa.Enum(
                "sale",
                "rent",
                name="listing_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "property_type",
            sa.Enum(
                "flat",
                "villa",
                "plot",
                "commercial",
                name="property_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("bhk", sa.SmallInteger(), nullable=True),
        sa.Column("bathrooms", sa.SmallInteger(), nullable=True),
        sa.Column("balconies", sa.SmallInteger(), nullable=True),
        sa.Column("area_sqft", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column(
            "area_basis",
            sa.Enum(
                "carpet",
                "built_up",
                "super_built_up",
                "plot",
                name="area_basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("carpet_area_sqft", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column(
            "price_per_sqft",
            sa.Numeric(precision=16, scale=2),
            sa.Computed("round(price / area_sqft, 2)", persisted=True),
            nullable=True,
        ),
        sa.Column("locality", sa.String(length=160), nullable=False),
        sa.Column("sector_id", sa.Integer(), nullable=True),
        sa.Column("society_id", sa.Integer(), nullable=True),
        sa.Column("society_name", sa.String(length=160), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column(
            "location_precision",
            sa.Enum(
                "exact",
                "society",
                "locality",
                "sector",
                name="location_precision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "entrance_facing",
            sa.Enum(
                "north",
                "north_east",
                "east",
                "south_east",
                "south",
                "south_west",
                "west",
                "north_west",
                name="entrance_facing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "window_facing",
            sa.Enum(
                "north",
                "north_east",
                "east",
                "south_east",
                "south",
                "south_west",
                "west",
                "north_west",
                name="window_facing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "furnishing",
            sa.Enum(
                "furnished",
                "semi_furnished",
                "unfurnished",
                name="furnishing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("floor_number", sa.SmallInteger(), nullable=True),
        sa.Column("total_floors", sa.SmallInteger(), nullable=True),
        sa.Column("age_years", sa.SmallInteger(), nullable=True),
        sa.Column(
            "possession",
            sa.Enum(
                "ready_to_move",
                "under_construction",
                "new_launch",
                name="possession",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column(
            "ownership",
            sa.Enum(
                "freehold",
                "leasehold",
                "cooperative_society",
                "power_of_attorney",
                name="ownership",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("lease_years_left", sa.SmallInteger(), nullable=True),
        sa.Column("parking_spaces", sa.SmallInteger(), nullable=True),
        sa.Column("maintenance_monthly", sa.BigInteger(), nullable=True),
        sa.Column(
            "amenities",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("rera_number", sa.String(length=32), nullable=True),
        sa.Column("source", sa.String(length=40), server_default="admin", nullable=False),
        sa.Column("external_id", sa.String(length=80), nullable=True),
        sa.Column("fingerprint", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.BigInteger(), nullable=True),
        sa.Column(
            "review_flags",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "is_listed",
            sa.Boolean(),
            sa.Computed("is_active AND deleted_at IS NULL", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "listed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("metro_place_id", sa.Integer(), nullable=True),
        sa.Column("metro_distance_m", sa.Integer(), nullable=True),
        sa.Column(
            "rank_score",
            sa.Numeric(precision=5, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("rank_parts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "property_type <> 'plot' OR (bhk IS NULL AND furnishing IS NULL)",
            name=op.f("ck_properties_plot_has_no_rooms"),
        ),
        sa.CheckConstraint(
            "property_type <> 'plot' OR area_basis = 'plot' OR area_basis IS NULL",
            name=op.f("ck_properties_plot_basis"),
        ),
        sa.CheckConstraint(
            "rera_number ~ '^UPRERAPRJ\\d{1,7}(/\\d{2}/\\d{4})?$'",
            name=op.f("ck_properties_rera_well_formed"),
        ),
        sa.CheckConstraint(
            "(area_sqft IS NULL) = (area_basis IS NULL)",
            name=op.f("ck_properties_area_has_basis"),
        ),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (location_precision IS NULL)",
            name=op.f("ck_properties_location_whole"),
        ),
        sa.CheckConstraint(
            "area_sqft BETWEEN 1 AND 10000000",
            name=op.f("ck_properties_area_plausible"),
        ),
        sa.CheckConstraint("bhk BETWEEN 1 AND 20", name=op.f("ck_properties_bhk_plausible")),
        sa.CheckConstraint(
            "floor_number <= total_floors",
            name=op.f("ck_properties_floor_inside_building"),
        ),
        sa.CheckConstraint(
            "floor_number BETWEEN -5 AND 200 AND total_floors BETWEEN 0 AND 200",
            name=op.f("ck_properties_floors_plausible"),
        ),
        sa.CheckConstraint(
            "latitude BETWEEN 28.0 AND 28.75 AND longitude BETWEEN 77.2 AND 77.8",
            name=op.f("ck_properties_inside_district"),
        ),
        sa.CheckConstraint(
            "price BETWEEN 1 AND 100000000000",
            name=op.f("ck_properties_price_plausible"),
        ),
        sa.CheckConstraint("rank_score BETWEEN 0 AND 100", name=op.f("ck_properties_rank_score_range")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_properties_created_by_users")),
        sa.ForeignKeyConstraint(
            ["metro_place_id"],
            ["places.id"],
            name=op.f("fk_properties_metro_place_id_places"),
        ),
        sa.ForeignKeyConstraint(["sector_id"], ["sectors.id"], name=op.f("fk_properties_sector_id_sectors")),
        sa.ForeignKeyConstraint(
            ["society_id"],
            ["societies.id"],
            name=op.f("fk_properties_society_id_societies"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_properties")),
    )
    op.create_index(
        "ix_properties_fingerprint",
        "properties",
        ["fingerprint"],
        unique=False,
        postgresql_where="fingerprint IS NOT NULL",
    )
    op.create_index(
        "ix_properties_price",
        "properties",
        ["listing_type", "property_type", "price"],
        unique=False,
        postgresql_where="is_listed",
    )
    op.create_index(
        "ix_properties_price_bhk",
        "properties",
        ["listing_type", "property_type", "bhk", "price"],
        unique=False,
        postgresql_where="is_listed",
    )
    op.create_index(
        "ix_properties_rank",
        "properties",
        [
            "listing_type",
            "property_type",
            sa.literal_column("rank_score DESC"),
            sa.literal_column("listed_at DESC"),
            sa.literal_column("id DESC"),
        ],
        unique=False,
        postgresql_where="is_listed",
    )
    op.create_index(
        "ix_properties_rank_bhk",
        "properties",
        [
            "listing_type",
            "property_type",
            "bhk",
            sa.literal_column("rank_score DESC"),
            sa.literal_column("listed_at DESC"),
            sa.literal_column("id DESC"),
        ],
        unique=False,
        postgresql_where="is_listed",
    )
    op.create_index(
        "ix_properties_sector",
        "properties",
        ["sector_id", "listing_type", "property_type", "price"],
        unique=False,
        postgresql_where="is_listed",
    )
    op.create_index(
        "ix_properties_society",
        "properties",
        ["society_id", "listing_type", "property_type"],
        unique=False,
        postgresql_where="is_listed",
    )
    op.create_index(
        "ix_properties_text",
        "properties",
        ["title", "locality", "society_name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops=dict.fromkeys(("title", "locality", "society_name"), "gin_trgm_ops"),
    )
    op.create_index(
        "ix_properties_updated",
        "properties",
        [sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "uq_properties_source",
        "properties",
        ["source", "external_id"],
        unique=True,
        postgresql_where="external_id IS NOT NULL",
    )
    op.create_table(
        "analytics_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "event_type",
            sa.Enum(
                "property_view",
                "search_performed",
                "inquiry_submitted",
                "suggestion_taken",
                name="event_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("property_id", sa.Uuid(), nullable=True),
        sa.Column("visitor_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["property_id"],
            ["properties.id"],
            name=op.f("fk_analytics_events_property_id_properties"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analytics_events")),
    )
    op.create_index(
        op.f("ix_analytics_events_property_id"),
        "analytics_events",
        ["property_id"],
        unique=False,
    )
    op.create_index(
        "ix_analytics_events_type_time",
        "analytics_events",
        ["event_type", "occurred_at"],
        unique=False,
    )
    op.create_table(
        "inquiries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("property_id", sa.Uuid(), nullable=True),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column(
            "inquiry_type",
            sa.Enum(
                "general",
                "callback",
                "site_visit",
                name="inquiry_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("preferred_contact_time", sa.String(length=120), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("consent_notice", sa.String(length=40), nullable=False),
        sa.Column(
            "marketing_consent",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=40), server_default="web", nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "new",
                "contacted",
                "qualified",
                "converted",
                "lost",
                name="inquiry_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="new",
            nullable=False,
        ),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("phone ~ '^\\+[1-9]\\d{6,14}$'", name=op.f("ck_inquiries_phone_e164")),
        sa.CheckConstraint("consent", name=op.f("ck_inquiries_consent_given")),
        sa.ForeignKeyConstraint(["assigned_to"], ["users.id"], name=op.f("fk_inquiries_assigned_to_users")),
        sa.ForeignKeyConstraint(
            ["property_id"],
            ["properties.id"],
            name=op.f("fk_inquiries_property_id_properties"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
    )
    op.create_index(op.f("ix_inquiries_assigned_to"), "inquiries", ["assigned_to"], unique=False)
    op.create_index("ix_inquiries_phone", "inquiries", ["phone"], unique=False)
    op.create_index(op.f("ix_inquiries_property_id"), "inquiries", ["property_id"], unique=False)
    op.create_index(
        "ix_inquiries_status_created",
        "inquiries",
        ["status", sa.literal_column("created_at DESC")],
        unique=False,
    )
    op.create_table(
        "price_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("property_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["property_id"],
            ["properties.id"],
            name=op.f("fk_price_history_property_id_properties"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_history")),
    )
    op.create_index(
        op.f("ix_price_history_property_id"),
        "price_history",
        ["property_id"],
        unique=False,
    )
    op.create_table(
        "property_images",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("property_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("original_key", sa.String(length=200), nullable=False),
        sa.Column("enhanced_key", sa.String(length=200), nullable=True),
        sa.Column("thumbnail_key", sa.String(length=200), nullable=True),
        sa.Column(
            "variants",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("content_type", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column(
            "image_type",
            sa.Enum(
                "front_exterior",
                "interior",
                "floor_plan",
                "other",
                name="image_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_primary", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "display_order",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "enhancement_status",
            sa.Enum(
                "pending",
                "processing",
                "completed",
                "failed",
                "timeout",
                name="enhancement_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(enhancement_status = 'completed') = (enhanced_key IS NOT NULL)",
            name=op.f("ck_property_images_enhanced_when_completed"),
        ),
        sa.CheckConstraint(
            "image_type = 'front_exterior' OR enhanced_key IS NULL",
            name=op.f("ck_property_images_only_front_enhanced"),
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_property_images_sha256_hex")),
        sa.CheckConstraint(
            "width BETWEEN 1 AND 50000 AND height BETWEEN 1 AND 50000",
            name=op.f("ck_property_images_size_plausible"),
        ),
        sa.ForeignKeyConstraint(
            ["property_id"],
            ["properties.id"],
            name=op.f("fk_property_images_property_id_properties"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_images")),
        sa.UniqueConstraint("property_id", "sha256", name=op.f("uq_property_images_property_id_sha256")),
    )
    op.create_index(
        "uq_property_images_enhanced",
        "property_images",
        ["property_id"],
        unique=True,
        postgresql_where="enhanced_key IS NOT NULL",
    )
    op.create_index(
        "uq_property_images_primary",
        "property_images",
        ["property_id"],
        unique=True,
        postgresql_where="is_primary",
    )
    run_script(TRIGGERS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(
        "uq_property_images_primary",
        table_name="property_images",
        postgresql_where="is_primary",
    )
    op.drop_index(
        "uq_property_images_enhanced",
        table_name="property_images",
        postgresql_where="enhanced_key IS NOT NULL",
    )
    op.drop_table("property_images")
    op.drop_index(op.f("ix_price_history_property_id"), table_name="price_history")
    op.drop_table("price_history")
    op.drop_index("ix_inquiries_status_created", table_name="inquiries")
    op.drop_index(op.f("ix_inquiries_property_id"), table_name="inquiries")
    op.drop_index("ix_inquiries_phone", table_name="inquiries")
    op.drop_index(op.f("ix_inquiries_assigned_to"), table_name="inquiries")
    op.drop_table("inquiries")
    op.drop_index("ix_analytics_events_type_time", table_name="analytics_events")
    op.drop_index(op.f("ix_analytics_events_property_id"), table_name="analytics_events")
    op.drop_table("analytics_events")
    op.drop_index(
        "uq_properties_source",
        table_name="properties",
        postgresql_where="external_id IS NOT NULL",
    )
    op.drop_index("ix_properties_updated", table_name="properties")
    op.drop_index("ix_properties_text", table_name="properties", postgresql_using="gin")
    op.drop_index("ix_properties_society", table_name="properties", postgresql_where="is_listed")
    op.drop_index("ix_properties_sector", table_name="properties", postgresql_where="is_listed")
    op.drop_index("ix_properties_rank_bhk", table_name="properties", postgresql_where="is_listed")
    op.drop_index("ix_properties_rank", table_name="properties", postgresql_where="is_listed")
    op.drop_index("ix_properties_price_bhk", table_name="properties", postgresql_where="is_listed")
    op.drop_index("ix_properties_price", table_name="properties", postgresql_where="is_listed")
    op.drop_index(
        "ix_properties_fingerprint",
        table_name="properties",
        postgresql_where="fingerprint IS NOT NULL",
    )
    op.drop_table("properties")
    op.drop_index(op.f("ix_societies_zone_id"), table_name="societies")
    op.drop_index(op.f("ix_societies_sector_id"), table_name="societies")
    op.drop_table("societies")
    op.drop_index(op.f("ix_places_sector_id"), table_name="places")
    op.drop_index(
        "ix_places_metro_geo",
        table_name="places",
        postgresql_using="gist",
        postgresql_where="category = 'metro_station'",
    )
    op.drop_index("ix_places_geo", table_name="places", postgresql_using="gist")
    op.drop_table("places")
    op.drop_index(op.f("ix_sectors_zone_id"), table_name="sectors")
    op.drop_table("sectors")
    op.drop_table("zones")
    op.drop_index("uq_users_email_lower", table_name="users")
    op.drop_table("users")
    op.execute("DROP FUNCTION search_counts_add")
    op.drop_table("search_counts")
    op.drop_index(op.f("ix_revoked_tokens_expires_at"), table_name="revoked_tokens")
    op.drop_table("revoked_tokens")
    op.drop_table("import_seen")
    run_script(DROPS)
