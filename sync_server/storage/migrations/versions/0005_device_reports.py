"""When tablets were last heard of, and what they say of themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Applies the step."""
    op.create_table(
        "device_report",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.Float(), nullable=False),
        sa.Column("told_at", sa.Float(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("unsent", sa.Integer(), nullable=True),
        sa.Column("free_bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_report_device_id")
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_report")),
    )
