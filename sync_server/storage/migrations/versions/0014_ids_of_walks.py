"""The id of a walk that has ended never means another."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Applies the step: PostgreSQL never gives an id twice, SQLite gives the highest again."""
    if op.get_context().dialect.name == "sqlite":
        is_given_once = {"sqlite_autoincrement": True}
        with op.batch_alter_table("fanout_job", recreate="always", table_kwargs=is_given_once):
            pass
