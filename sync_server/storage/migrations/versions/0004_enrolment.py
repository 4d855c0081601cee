"""One-time codes by which tablets are enrolled, and what a tablet says it is installed as."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Applies the step."""
    op.add_column("device", sa.Column("install_id", sa.Text(), nullable=True))
    op.create_table(
        "enrolment",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=True),
        sa.Column("issuer_device", sa.Text(), nullable=True),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_enrolment_user_id")),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_enrolment_code_digest")),
    )
