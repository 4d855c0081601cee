"""Handovers of records to other owners, and what they left where it was."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Applies the step."""
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("database_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("after_record", sa.Text(), nullable=False),
        sa.Column("handed", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["database_id"],
            ["database.id"],
            name=op.f("fk_handover_database_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "kept_record",
        sa.Column("handover_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["handover.id"],
            name=op.f("fk_kept_record_handover_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("handover_id", "record_id", name=op.f("pk_kept_record")),
    )
