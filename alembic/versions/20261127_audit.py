"""the audit

Revision ID: 8f3c1d6a90be
Revises: 3b9e6f0a5d27
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8f3c1d6a90be"
down_revision = "3b9e6f0a5d27"
branch_labels = None
depends_on = None

ENTITIES = ("property", "image", "enhancement", "import", "inquiry", "delivery", "person", "user", "questions")
ACTIONS = (
    *("created", "updated", "activated", "deactivated", "deleted", "restored", "imported", "exported", "requested"),
    *("published", "discarded", "status_changed", "note_added", "assigned", "replayed", "erased", "password_changed"),
)
ONLY_ADDED_TO = """
CREATE FUNCTION audit_entries_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is only added to' USING ERRCODE = 'restrict_violation';
END $$
"""


def values(*texts: str, name: str) -> sa.Enum:
    return sa.Enum(*texts, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("entity", values(*ENTITIES, name="audit_entity"), nullable=False),
        sa.Column("action", values(*ACTIONS, name="audit_action"), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column("related_ids", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("changes", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=True),
        sa.Column("address_hash", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_entries_actor_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    newest = sa.text("occurred_at DESC")
    op.create_index("ix_audit_entries_occurred", "audit_entries", [newest, sa.text("id DESC")])
    op.create_index("ix_audit_entries_actor", "audit_entries", ["actor_id", newest])
    op.create_index("ix_audit_entries_entity", "audit_entries", ["entity", newest])
    op.create_index("ix_audit_entries_entity_id", "audit_entries", ["entity_id"])
    op.create_index("ix_audit_entries_related_ids", "audit_entries", ["related_ids"], postgresql_using="gin")
    op.execute(ONLY_ADDED_TO)
    for name, event, level in (("rows", "UPDATE OR DELETE", "ROW"), ("table", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER audit_entries_{name}_only_added_to BEFORE {event} ON audit_entries"
            f" FOR EACH {level} EXECUTE FUNCTION audit_entries_only_added_to()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("audit_entries")
    op.execute("DROP FUNCTION audit_entries_only_added_to")
