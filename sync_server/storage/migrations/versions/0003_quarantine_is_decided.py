"""What was decided about what is in quarantine; undecided until then."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Applies the step."""
    op.add_column("quarantine", sa.Column("decided", sa.Text(), nullable=True))
