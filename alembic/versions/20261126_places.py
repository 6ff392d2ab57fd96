"""places of imports: their id in OpenStreetMap, landmarks, an index for each category

Revision ID: 8e2d4b6f9c13
Revises: 5d1f0c2b7a41
"""

import sqlalchemy as sa
from alembic import op

revision = "8e2d4b6f9c13"
down_revision = "5d1f0c2b7a41"
branch_labels = None
depends_on = None

CATEGORIES = ("school", "hospital", "market", "park")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("places", sa.Column("osm_id", sa.String(32), nullable=True))
    op.add_column("places", sa.Column("is_landmark", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_unique_constraint(op.f("uq_places_osm_id"), "places", ["osm_id"])
    # Not concurrently: before this revision the table holds a hundred places.
    for category in CATEGORIES:
        op.create_index(
            f"ix_places_{category}_geo",
            "places",
            [sa.literal_column("geo_point(latitude, longitude)")],
            postgresql_using="gist",
            postgresql_where=f"category = '{category}'",
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for category in CATEGORIES:
        op.drop_index(f"ix_places_{category}_geo", table_name="places")
    op.drop_constraint(op.f("uq_places_osm_id"), "places")
    # Places of imports stay: they are facts, and listings refer to them.
    op.drop_column("places", "is_landmark")
    op.drop_column("places", "osm_id")
