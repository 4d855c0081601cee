"""Since when each device may hold documents."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Applies the step."""
    op.create_table(
        "feed_beginning",
        sa.Column("database_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["database_id"],
            ["database.id"],
            name=op.f("fk_feed_beginning_database_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("database_id", "user_id", "device", name=op.f("pk_feed_beginning")),
    )
