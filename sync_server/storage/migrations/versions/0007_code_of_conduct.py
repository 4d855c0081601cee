"""The code of conduct, version after version, and who accepted which."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Applies the step."""
    op.create_table(
        "conduct",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_conduct")),
    )
    op.create_table(
        "acceptance",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_acceptance_user_id")),
        sa.ForeignKeyConstraint(
            ["version"], ["conduct.version"], name=op.f("fk_acceptance_version")
        ),
        sa.PrimaryKeyConstraint("user_id", "version", name=op.f("pk_acceptance")),
    )
