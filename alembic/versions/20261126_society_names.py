"""find the societies that only listings know

Revision ID: 8a4be2f0c915
Revises: 8e2d4b6f9c13
"""

from alembic import op

revision = "8a4be2f0c915"
down_revision = "8e2d4b6f9c13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_properties_society_name",
            "properties",
            ["society_name", "listing_type", "property_type"],
            postgresql_include=["sector_id"],
            postgresql_where="is_listed AND society_id IS NULL",
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_properties_society_name", table_name="properties", postgresql_concurrently=True)
