"""photos stored so far get the variant of 800 pixels

Revision ID: 4c7d1e9b2f60
Revises: 8a4c1f7e2d90
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "4c7d1e9b2f60"
down_revision = "8a4c1f7e2d90"
branch_labels = None
depends_on = None

FIRST = UUID(int=0)
# A hundred a minute, so that new uploads need not wait behind them.
NEXT_HUNDRED = sa.text("""
WITH hundred AS (
  SELECT id, width, variants_due_at FROM property_images WHERE id > :after ORDER BY id LIMIT 100
), asked AS (
  UPDATE property_images SET variants_due_at = now() + :minutes * interval '1 minute'
  WHERE id IN (SELECT id FROM hundred WHERE width > 800 AND variants_due_at IS NULL)
)
SELECT max(id::text)::uuid FROM hundred
""")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        after, minutes = FIRST, 0
        while after := op.get_bind().execute(NEXT_HUNDRED, {"after": after, "minutes": minutes}).scalar_one():
            minutes += 1


def downgrade() -> None:
    """A variant more disturbs nobody."""
