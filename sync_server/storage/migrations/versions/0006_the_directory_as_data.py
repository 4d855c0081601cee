"""Roles of a programme's own, groups by name, several of them for one user, areas, emergencies."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Applies the step."""
    op.create_table(
        "role",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("reads", sa.Text(), nullable=False),
        sa.Column("writes", sa.Text(), nullable=False),
        sa.Column("in_emergency", sa.Text(), nullable=False),
        sa.Column("gives", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_role")),
    )
    op.create_table(
        "group",
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_group")),
    )
    op.create_table(
        "membership",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_membership_user_id")),
        sa.ForeignKeyConstraint(["group"], ["group.name"], name=op.f("fk_membership_group")),
        sa.PrimaryKeyConstraint("user_id", "place", name=op.f("pk_membership")),
    )
    _keep_groups()
    op.drop_column("user", "group")
    op.add_column("user", sa.Column("area", sa.Text(), nullable=True))
    op.add_column("record", sa.Column("area", sa.Text(), nullable=True))
    op.add_column("record", sa.Column("emergencies", sa.Text(), nullable=True))
    op.add_column("database", sa.Column("catalog", sa.LargeBinary(), nullable=True))


def _keep_groups() -> None:
    """Who was in a group is in it still, and records stay in theirs."""
    user = sa.table("user", sa.column("id"), sa.column("group"))
    record = sa.table("record", sa.column("group"))
    group = sa.table("group", sa.column("name"))
    membership = sa.table(
        "membership", sa.column("user_id"), sa.column("place"), sa.column("group")
    )
    named = sa.union(
        sa.select(user.c.group).where(user.c.group.is_not(None)),
        sa.select(record.c.group).where(record.c.group.is_not(None)),
    )
    op.execute(group.insert().from_select(["name"], named))
    is_member = sa.select(user.c.id, sa.literal(0), user.c.group).where(user.c.group.is_not(None))
    op.execute(membership.insert().from_select(["user_id", "place", "group"], is_member))
