"""messages about inquiries, and the log of sending them

Revision ID: d7b3f9e2c641
Revises: c5e1a7d3b482
"""

import sqlalchemy as sa
from alembic import op

revision = "d7b3f9e2c641"
down_revision = "c5e1a7d3b482"
branch_labels = None
depends_on = None


def word(column: str, name: str, *values: str, default: str | None = None) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, server_default=default, nullable=False)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        word("channel", "delivery_channel", "email", "webhook"),
        sa.Column("recipient", sa.String(254), nullable=True),
        word("status", "delivery_status", "pending", "delivered", "failed", "cancelled", default="pending"),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inquiry_events.id"], name=op.f("fk_deliveries_event_id_inquiry_events")
        ),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name=op.f("fk_deliveries_inquiry_id_inquiries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("event_id", "channel", name=op.f("uq_deliveries_event_id_channel")),
    )
    op.create_index(op.f("ix_deliveries_inquiry_id"), "deliveries", ["inquiry_id"])
    op.create_index(
        "ix_deliveries_due", "deliveries", ["channel", "next_attempt_at"], postgresql_where="status = 'pending'"
    )
    op.create_table(
        "delivery_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_attempts_delivery_id_deliveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempts")),
    )
    op.create_index(op.f("ix_delivery_attempts_delivery_id"), "delivery_attempts", ["delivery_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("delivery_attempts")
    op.drop_table("deliveries")
