"""what visitors did, hour by hour and day by day

Revision ID: 8a4c1f7e2d90
Revises: 5e0b9a3c7d14
"""

import sqlalchemy as sa
from alembic import op

revision = "8a4c1f7e2d90"
down_revision = "5e0b9a3c7d14"
branch_labels = None
depends_on = None

VISITORS = ("visitors", "searched", "viewed", "inquired", "searched_viewed", "searched_viewed_inquired")


def counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "analytics_salts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_analytics_salts")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "analytics_hours",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        *counts("searches", "views", "inquiries", "suggestions_taken"),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_analytics_hours")),
    )
    op.create_table(
        "analytics_days",
        sa.Column("day", sa.Date(), nullable=False),
        *counts(*VISITORS),
        sa.Column("aggregated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_analytics_days")),
    )
    op.create_table(
        "analytics_demand",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("listing_type", sa.String(32), nullable=False),
        sa.Column("property_type", sa.String(32), nullable=False),
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("bhk", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        *counts("searches", "few", "none"),
        sa.PrimaryKeyConstraint(
            *("day", "listing_type", "property_type", "band", "bhk", "place"), name=op.f("pk_analytics_demand")
        ),
    )
    op.create_table(
        "analytics_property_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("property_id", sa.Uuid(), nullable=False),
        *counts("views", "inquiries"),
        sa.ForeignKeyConstraint(
            ["property_id"], ["properties.id"], name=op.f("fk_analytics_property_days_property_id_properties")
        ),
        sa.PrimaryKeyConstraint("day", "property_id", name=op.f("pk_analytics_property_days")),
    )
    op.create_index(op.f("ix_analytics_property_days_property_id"), "analytics_property_days", ["property_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("property_days", "demand", "days", "hours", "salts"):
        op.drop_table(f"analytics_{name}")
