"""attempts to enhance photos

Revision ID: c4d2e9a17b36
Revises: c3f1a7d29e54
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c4d2e9a17b36"
down_revision = "c3f1a7d29e54"
branch_labels = None
depends_on = None

STATES = ("requested", "dispatched", "received", "completed", "failed", "timeout", "rejected", "discarded")
UNDER_WAY = "state IN ('requested', 'dispatched', 'received')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")

    def moment(column: str, *, nullable: bool = True) -> sa.Column[object]:
        return sa.Column(column, sa.DateTime(timezone=True), nullable=nullable)

    states = sa.Enum(*STATES, name="enhancement_state", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "enhancements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("image_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("state", states, nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        moment("requested_at", nullable=False),
        moment("dispatched_at"),
        moment("received_at"),
        moment("finished_at"),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        moment("next_try_at", nullable=False),
        moment("ask_at", nullable=False),
        sa.Column("result_url", sa.Text(), nullable=True),
        sa.Column("result_key", sa.String(length=200), nullable=True),
        sa.Column("fidelity", postgresql.JSONB(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("callbacks", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["property_images.id"],
            name=op.f("fk_enhancements_image_id_property_images"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_enhancements_requested_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enhancements")),
        sa.UniqueConstraint("image_id", "attempt", name=op.f("uq_enhancements_image_id_attempt")),
    )
    op.create_index("uq_enhancements_under_way", "enhancements", ["image_id"], unique=True, postgresql_where=UNDER_WAY)
    op.create_index("ix_enhancements_ask_at", "enhancements", ["ask_at"], postgresql_where=UNDER_WAY)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("enhancements")
