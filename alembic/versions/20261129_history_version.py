"""the version of the data tells of price history too, which the page of a home keeps ready

Revision ID: 7e2a5c8d1b34
Revises: 4c7d1e9b2f60
"""

from alembic import op

revision = "7e2a5c8d1b34"
down_revision = "4c7d1e9b2f60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "CREATE TRIGGER data_changed AFTER INSERT OR UPDATE OR DELETE ON price_history FOR EACH ROW"
        " WHEN (current_setting('casabricks.data_changed', true) IS DISTINCT FROM 'yes')"
        " EXECUTE FUNCTION data_changed()"
    )
    op.execute("CREATE TRIGGER data_emptied AFTER TRUNCATE ON price_history EXECUTE FUNCTION data_changed()")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER data_changed ON price_history")
    op.execute("DROP TRIGGER data_emptied ON price_history")
