"""pictures: variants of both pictures of an image, versions, objects of the storage that no row needs

Revision ID: c3f1a7d29e54
Revises: 8a4be2f0c915
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c3f1a7d29e54"
down_revision = "8a4be2f0c915"
branch_labels = None
depends_on = None

THUMBNAIL = "CASE WHEN enhanced_key IS NULL THEN variants ELSE enhanced_variants END #>> '{0,key}'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Before this revision nothing writes the table, so adding and computing columns takes no time.
    op.drop_column("property_images", "thumbnail_key")
    op.add_column(
        "property_images",
        sa.Column("enhanced_variants", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    op.add_column(
        "property_images",
        sa.Column("thumbnail_key", sa.String(200), sa.Computed(THUMBNAIL, persisted=True), nullable=True),
    )
    op.add_column("property_images", sa.Column("placeholder", sa.String(600), nullable=True))
    op.add_column(
        "property_images",
        sa.Column("variants_due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
    )
    op.add_column(
        "property_images", sa.Column("variants_tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "property_images", sa.Column("is_illustration", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("property_images", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.create_index(
        "ix_property_images_variants_due",
        "property_images",
        ["variants_due_at"],
        postgresql_where="variants_due_at IS NOT NULL",
    )
    op.create_table(
        "loose_objects",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("property_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_going", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_loose_objects")),
    )
    op.create_index(op.f("ix_loose_objects_due_at"), "loose_objects", ["due_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("loose_objects")
    op.drop_index("ix_property_images_variants_due", table_name="property_images")
    for name in (
        "version",
        "is_illustration",
        "variants_tries",
        "variants_due_at",
        "placeholder",
        "thumbnail_key",
        "enhanced_variants",
    ):
        op.drop_column("property_images", name)
    op.add_column("property_images", sa.Column("thumbnail_key", sa.String(200), nullable=True))
