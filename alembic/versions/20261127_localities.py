"""find listings of an unknown sector by their locality; what imported rows say of their unit

Revision ID: 3b9e6f0a5d27
Revises: d7b3f9e2c641
"""

import sqlalchemy as sa
from alembic import op

revision = "3b9e6f0a5d27"
down_revision = "d7b3f9e2c641"
branch_labels = None
depends_on = None

PRIMARY_KEY = "pk_import_seen"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Holds nothing but what running imports have met; one that runs meanwhile ends with an error and is run again.
    op.execute("TRUNCATE import_seen")
    op.add_column("import_seen", sa.Column("said", sa.Text(), nullable=True))
    op.drop_constraint(op.f(PRIMARY_KEY), "import_seen", type_="primary")
    op.create_primary_key(op.f(PRIMARY_KEY), "import_seen", ["import_id", "key", "row_number"])
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
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("TRUNCATE import_seen")
    op.drop_constraint(op.f(PRIMARY_KEY), "import_seen", type_="primary")
    op.create_primary_key(op.f(PRIMARY_KEY), "import_seen", ["import_id", "key"])
    op.drop_column("import_seen", "said")
