"""How statements find their rows: each by one look into an index, however many they name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from sync_server.storage import schema
from sync_server.storage.among import pairs_parameters, rows_of_pairs
from sync_server.storage.store import Store
from tests.storage.writing import Programme

REVISION = schema.revision.c


def plan(store: Store, statement: Any, values: dict[str, Any]) -> str:
    """What the database means to do, in its words."""
    compiled = statement.compile(store.reader)
    bound = {**compiled.params, **values}
    with store.reader.begin() as connection:
        if compiled.positional:
            explain = f"EXPLAIN QUERY PLAN {compiled}"
            order = tuple(bound[name] for name in compiled.positiontup or ())
            return "\n".join(map(str, connection.exec_driver_sql(explain, order)))
        connection.execute(text("SET LOCAL enable_seqscan = off"))  # for so few rows it would
        return "\n".join(map(str, connection.exec_driver_sql(f"EXPLAIN {compiled}", bound)))


def test_a_body_is_found_by_document_and_revision_together(programme: Programme) -> None:
    """With a condition each, a page of a thousand documents took a million looks."""
    store = programme.store
    dialect = store.reader.dialect.name
    query = rows_of_pairs(dialect, (REVISION.document_id, REVISION.rev), REVISION.body)
    values = {"database_id": 1, **pairs_parameters(dialect, [("a", "1-a"), ("b", "1-b")])}

    told = plan(store, query, values)

    if dialect == "sqlite":
        assert "SEARCH revision USING INDEX" in told
        assert "(database_id=? AND document_id=? AND rev=?)" in told
    else:
        assert "Index Cond" in told
        assert "rev = " in told
        assert "document_id = " in told
