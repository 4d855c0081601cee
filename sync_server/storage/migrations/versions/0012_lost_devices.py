"""Which tablets are lost, and which of them have erased themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Applies the step."""
    op.add_column("device", sa.Column("lost_at", sa.Float(), nullable=True))
    op.add_column("device", sa.Column("wiped_at", sa.Float(), nullable=True))
