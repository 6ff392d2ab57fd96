"""market segments and positions

Revision ID: 5d1f0c2b7a41
Revises: c83269625c7b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5d1f0c2b7a41"
down_revision = "c83269625c7b"
branch_labels = None
depends_on = None

# What a segment is worth: its fence, and of the prices inside it exactly the order statistics from which the
# quartiles, ends and spread follow once any single home is taken out again (repositories/market.py).
SUMMARISE = """
CREATE FUNCTION market_summarise(
  prices double precision[],  -- ascending, one a unit
  fence_z double precision, fence_from int,
  OUT outliers int, OUT fence_low double precision, OUT fence_high double precision,
  OUT kept int, OUT total double precision, OUT lower_half double precision,
  OUT q1 double precision[], OUT q2 double precision[], OUT q3 double precision[],
  OUT lowest double precision[], OUT highest double precision[],
  OUT bins_from double precision, OUT bins_step double precision, OUT bins int[],
  OUT kept_prices double precision[]
) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  middle double precision;
  spread double precision;
  below int;
  inside int;
  at int;
  magnitude double precision;
BEGIN
  kept := cardinality(prices);
  outliers := 0;
  IF kept >= fence_from THEN
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ln(price)) INTO middle FROM unnest(prices) price;
    -- Iglewicz and Hoaglin (1993): modified z = 0.6745 * deviation / MAD; the mean deviation where the MAD is 0.
    SELECT coalesce(nullif(percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(ln(price) - middle)) / 0.6745, 0),
                    1.253314 * avg(abs(ln(price) - middle)))
    INTO spread FROM unnest(prices) price;
    -- A hair wider, so that rounding never shuts out a price on the fence itself.
    fence_low := exp(middle - fence_z * spread) * (1 - 1e-9);
    fence_high := exp(middle + fence_z * spread) * (1 + 1e-9);
    SELECT count(*) FILTER (WHERE price < fence_low), count(*) FILTER (WHERE price <= fence_high)
    INTO below, inside FROM unnest(prices) price;
    outliers := kept - (inside - below);
    prices := prices[below + 1 : inside];
    kept := inside - below;
  END IF;
  at := floor(0.25 * greatest(kept - 2, 0)); q1 := prices[at + 1 : at + 3];
  at := floor(0.75 * greatest(kept - 2, 0)); q3 := prices[at + 1 : at + 3];
  at := floor(0.5 * greatest(kept - 2, 0));  q2 := prices[at + 1 : at + 3];
  SELECT sum(price), sum(price) FILTER (WHERE place <= at + 1) INTO total, lower_half
  FROM unnest(prices) WITH ORDINALITY AS u(price, place);
  lowest := prices[1:2];
  highest := prices[greatest(kept - 1, 1) : kept];

  -- About a dozen bars whose width is 1, 2, 2.5 or 5 times a power of ten.
  bins_step := greatest((prices[kept] - prices[1]) / 12, 0.5);
  magnitude := power(10, floor(log(bins_step)));
  bins_step := magnitude * CASE WHEN bins_step <= magnitude THEN 1 WHEN bins_step <= 2 * magnitude THEN 2
    WHEN bins_step <= 2.5 * magnitude THEN 2.5 WHEN bins_step <= 5 * magnitude THEN 5 ELSE 10 END;
  bins_from := floor(prices[1] / bins_step) * bins_step;
  SELECT array_agg(coalesce(n, 0) ORDER BY bin) INTO bins
  FROM generate_series(0, floor((prices[kept] - bins_from) / bins_step)::int) bin
  LEFT JOIN (SELECT floor((price - bins_from) / bins_step)::int AS bin, count(*)::int AS n
             FROM unnest(prices) price GROUP BY 1) counted USING (bin);
  IF kept <= 61 THEN kept_prices := prices; END IF;
END $$;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "properties", sa.Column("listed_at_is_known", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.execute(sa.text(SUMMARISE.replace(":", r"\:")))
    words = {
        "scope": ("society", "similar_size", "sector", "zone", "noida"),
        "listing_type": ("sale", "rent"),
        "property_type": ("flat", "villa", "plot", "commercial"),
        "area_basis": ("carpet", "built_up", "super_built_up", "plot"),
        "category": ("below_average", "average", "above_average"),
    }

    def word(column: str, *, name: str, nullable: bool = False) -> sa.Column[str]:
        values = sa.Enum(*words[column], name=name, native_enum=False, create_constraint=True, length=32)
        return sa.Column(column, values, nullable=nullable)

    def number(column: str, *, nullable: bool = False) -> sa.Column[float]:
        return sa.Column(column, sa.Float(), nullable=nullable)

    op.create_table(
        "market_segments",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        word("scope", name="market_scope"),
        word("listing_type", name="listing_type"),
        word("property_type", name="property_type"),
        word("area_basis", name="area_basis"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("listings", "units", "inactive", "outliers")),
        *(number(name, nullable=True) for name in ("fence_low", "fence_high")),
        sa.Column("kept", sa.Integer(), nullable=False),
        *(number(name) for name in ("total", "lower_half")),
        *(sa.Column(name, postgresql.ARRAY(sa.Float()), nullable=False) for name in ("q1", "q2", "q3")),
        *(sa.Column(name, postgresql.ARRAY(sa.Float()), nullable=False) for name in ("lowest", "highest")),
        *(number(name) for name in ("bins_from", "bins_step")),
        sa.Column("bins", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("kept_prices", postgresql.ARRAY(sa.Float()), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_market_segments")),
    )
    op.create_table(
        "market_positions",
        sa.Column("property_id", sa.Uuid(), nullable=False),
        sa.Column("segment_key", sa.BigInteger(), nullable=False),
        sa.Column("price_per_sqft", sa.Numeric(16, 2), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        *(number(name, nullable=True) for name in ("median", "p25", "p75", "lowest", "highest", "spread")),
        sa.Column("difference_percentage", sa.Float(), nullable=True),
        word("category", name="price_category", nullable=True),
        number("place_in_range", nullable=True),
        sa.Column("is_taken_out", sa.Boolean(), nullable=False),
        sa.Column("is_below_fence", sa.Boolean(), nullable=False),
        sa.Column("is_pending", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["property_id"],
            ["properties.id"],
            name=op.f("fk_market_positions_property_id_properties"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("property_id", name=op.f("pk_market_positions")),
    )
    op.create_index("ix_market_positions_segment_key", "market_positions", ["segment_key"])
    op.create_index("ix_market_positions_pending", "market_positions", ["property_id"], postgresql_where="is_pending")
    op.create_index(
        "ix_properties_inactive_sector",
        "properties",
        ["sector_id"],
        postgresql_where="NOT is_active AND deleted_at IS NULL",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_properties_inactive_sector", table_name="properties")
    op.drop_table("market_positions")
    op.drop_table("market_segments")
    op.execute("DROP FUNCTION market_summarise")
    op.drop_column("properties", "listed_at_is_known")
