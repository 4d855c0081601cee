"""Sessions remember when they were begun; those of before, which last minutes, end."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Applies the step."""
    op.execute("DELETE FROM session")
    with op.batch_alter_table("session") as session:
        session.add_column(sa.Column("begun_at", sa.Float(), nullable=False))
