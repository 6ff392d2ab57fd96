"""how the guided questions are asked

Revision ID: b27e5f8c1a94
Revises: 8f3c1d6a90be
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b27e5f8c1a94"
down_revision = "8f3c1d6a90be"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "question_config",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("document", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_question_config_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_config")),
    )
    op.execute("INSERT INTO question_config (id) VALUES (1)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("question_config")
