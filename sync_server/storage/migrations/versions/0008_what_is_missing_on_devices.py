"""What tablets have found missing when they compared themselves with the service."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Applies the step."""
    op.add_column("device_report", sa.Column("missing", sa.Integer(), nullable=True))
    op.add_column("device_report", sa.Column("checked_at", sa.Float(), nullable=True))
