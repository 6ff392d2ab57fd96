"""contacts, the timeline of inquiries, versions of inquiries and accounts

Revision ID: c5e1a7d3b482
Revises: c4d2e9a17b36
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c5e1a7d3b482"
down_revision = "c4d2e9a17b36"
branch_labels = None
depends_on = None
BREAKS_OLDER_CODE = {"inquiries.contact_id": "nothing wrote inquiries before"}

EVENT_TYPES = ("received", "status_changed", "note_added", "assigned", "email_sent", "erased")
ONLY_ADDED_TO = """
CREATE FUNCTION inquiry_events_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('casabricks.erasing', true) = 'on'
     AND to_jsonb(NEW) - 'details' = to_jsonb(OLD) - 'details' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'TRUNCATE' AND NOT EXISTS (SELECT FROM inquiry_events) THEN
    RETURN NULL;  -- nothing is lost
  END IF;
  RAISE EXCEPTION 'the timeline of an inquiry is only added to' USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "contact_keys",
        sa.Column("value", sa.String(254), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_keys_contact_id_contacts")),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_contact_keys")),
    )
    op.create_index(op.f("ix_contact_keys_contact_id"), "contact_keys", ["contact_id"])
    op.create_table(
        "inquiry_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column(
            "event_type",
            sa.Enum(*EVENT_TYPES, name="inquiry_event_type", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name=op.f("fk_inquiry_events_inquiry_id_inquiries")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_inquiry_events_actor_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_events")),
    )
    op.create_index("ix_inquiry_events_inquiry", "inquiry_events", ["inquiry_id", "id"])
    op.execute(ONLY_ADDED_TO)
    for name, event, level in (("rows", "UPDATE OR DELETE", "ROW"), ("table", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER inquiry_events_{name}_only_added_to BEFORE {event} ON inquiry_events"
            f" FOR EACH {level} EXECUTE FUNCTION inquiry_events_only_added_to()"
        )
    # Nothing wrote inquiries before this revision: no row lacks a contact, and no index takes long.
    op.add_column("inquiries", sa.Column("contact_id", sa.Uuid(), nullable=False))
    op.add_column("inquiries", sa.Column("idempotency_key", sa.LargeBinary(32), nullable=True))
    op.add_column("inquiries", sa.Column("request_hash", sa.LargeBinary(32), nullable=True))
    op.add_column("inquiries", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("inquiries", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.alter_column("inquiries", "phone", nullable=True)
    op.create_check_constraint(
        op.f("ck_inquiries_phone_until_erased"), "inquiries", "(phone IS NULL) = (erased_at IS NOT NULL)"
    )
    op.create_foreign_key(op.f("fk_inquiries_contact_id_contacts"), "inquiries", "contacts", ["contact_id"], ["id"])
    op.create_unique_constraint(op.f("uq_inquiries_idempotency_key"), "inquiries", ["idempotency_key"])
    op.create_index(op.f("ix_inquiries_contact_id"), "inquiries", ["contact_id"])
    op.create_index("ix_inquiries_email", "inquiries", ["email"])
    op.create_index("ix_inquiries_created", "inquiries", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.add_column("users", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("users", "version")
    op.drop_index("ix_inquiries_created", table_name="inquiries")
    op.drop_index("ix_inquiries_email", table_name="inquiries")
    op.drop_constraint(op.f("ck_inquiries_phone_until_erased"), "inquiries")
    # Before this revision there was no erasure: a row without its person cannot be kept as one.
    op.drop_table("inquiry_events")
    op.execute("DROP FUNCTION inquiry_events_only_added_to")
    op.execute("DELETE FROM inquiries WHERE phone IS NULL")
    op.alter_column("inquiries", "phone", nullable=False)
    for column in ("version", "erased_at", "request_hash", "idempotency_key", "contact_id"):
        op.drop_column("inquiries", column)
    op.drop_table("contact_keys")
    op.drop_table("contacts")
