"""find listings of an unknown sector by their locality

Revision ID: 3b9e6f0a5d27
Revises: 8a4be2f0c915
"""

from alembic import op

revision = "3b9e6f0a5d27"
down_revision = "8a4be2f0c915"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_properties_locality",
            "properties",
            ["locality", "listing_type", "property_type"],
            unique=False,
            postgresql_where="is_listed AND sector_id IS NULL",
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_properties_locality", table_name="properties", postgresql_concurrently=True)
