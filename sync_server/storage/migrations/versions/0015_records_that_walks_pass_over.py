"""Records that a walk could not bring up to date are kept, and tried again later."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Applies the step."""
    op.create_table(
        "lagging_record",
        sa.Column("database_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["database_id"],
            ["database.id"],
            name=op.f("fk_lagging_record_database_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("database_id", "record_id", name=op.f("pk_lagging_record")),
    )
    op.create_index(op.f("ix_lagging_record_due_at"), "lagging_record", ["due_at"])
