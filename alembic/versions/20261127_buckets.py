"""find the best homes of each price bucket in rank order

Revision ID: 5e0b9a3c7d14
Revises: 8c41d7e2a905
"""

import sqlalchemy as sa
from alembic import op

revision = "5e0b9a3c7d14"
down_revision = "8c41d7e2a905"
branch_labels = None
depends_on = None

ROOMS = {"ix_properties_bucket": [], "ix_properties_bucket_bhk": ["bhk"]}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, rooms in ROOMS.items():
            op.create_index(
                name,
                "properties",
                [
                    "listing_type",
                    "property_type",
                    *rooms,
                    sa.text("price_bucket(listing_type, price)"),
                    sa.text("rank_score DESC"),
                    sa.text("listed_at DESC"),
                    sa.text("id DESC"),
                ],
                unique=False,
                postgresql_include=["price"],
                postgresql_where="is_listed",
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in ROOMS:
            op.drop_index(name, table_name="properties", postgresql_concurrently=True)
