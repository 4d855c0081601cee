"""An index of the documents with units that wait for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Applies the step."""
    op.create_index(
        "ix_document_open",
        "document",
        ["database_id", "document_id"],
        unique=False,
        sqlite_where=sa.text("open_units > 0"),
        postgresql_where=sa.text("open_units > 0"),
    )
