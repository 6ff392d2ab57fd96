"""the file somebody tried to import, until it is imported

Revision ID: 2f7d90c4b1a6
Revises: 7e2a5c8d1b34
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2f7d90c4b1a6"
down_revision = "7e2a5c8d1b34"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "import_trials",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("profile", sa.String(40), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("refused", sa.LargeBinary(), nullable=False),
        sa.Column("digests", postgresql.ARRAY(sa.String(64)), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_import_trials_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_import_trials")),
        sa.UniqueConstraint("id", name=op.f("uq_import_trials_id")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("import_trials")
