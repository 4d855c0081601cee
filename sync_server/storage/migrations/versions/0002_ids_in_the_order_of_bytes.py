"""An index of the live documents by id, in the order of `_all_docs`."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Applies the step."""
    op.create_index(
        op.f("ix_document_database_id_deleted_document_id"),
        "document",
        ["database_id", "deleted", "document_id"],
        unique=False,
        postgresql_ops={"document_id": 'COLLATE "C"'},
    )
