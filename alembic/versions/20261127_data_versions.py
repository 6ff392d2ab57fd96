"""a version of the data that public answers show, changed by every write to it

Revision ID: 8c41d7e2a905
Revises: b27e5f8c1a94
"""

import sqlalchemy as sa
from alembic import op

revision = "8c41d7e2a905"
down_revision = "b27e5f8c1a94"
branch_labels = None
depends_on = None

# Once in each transaction; a row that another writer holds is passed by, so that writers never wait for each other.
FUNCTION = """
CREATE FUNCTION data_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE fresh bigint := hashtextextended(gen_random_uuid()::text, 0);
BEGIN
  IF current_setting('casabricks.data_changed', true) = 'yes' THEN RETURN NULL; END IF;
  UPDATE data_versions SET token = fresh
  WHERE slot = (SELECT slot FROM data_versions LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED);
  IF NOT FOUND THEN INSERT INTO data_versions (token) VALUES (fresh); END IF;
  PERFORM set_config('casabricks.data_changed', 'yes', true);
  RETURN NULL;
END $$
"""
TABLES = (
    "properties",
    "search_counts",
    "property_images",
    "market_segments",
    "market_positions",
    "zones",
    "sectors",
    "societies",
    "places",
    "question_config",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "data_versions",
        sa.Column("slot", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_data_versions")),
    )
    op.execute("INSERT INTO data_versions (token) SELECT hashtextextended(gen_random_uuid()::text, 0)")
    op.execute(FUNCTION)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER data_changed AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
            " WHEN (current_setting('casabricks.data_changed', true) IS DISTINCT FROM 'yes')"
            " EXECUTE FUNCTION data_changed()"
        )
        op.execute(f"CREATE TRIGGER data_emptied AFTER TRUNCATE ON {table} EXECUTE FUNCTION data_changed()")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.execute(f"DROP TRIGGER data_emptied ON {table}")
        op.execute(f"DROP TRIGGER data_changed ON {table}")
    op.execute("DROP FUNCTION data_changed")
    op.drop_table("data_versions")
